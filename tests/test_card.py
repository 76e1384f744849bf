"""card.json: comes back as it went, is read in older formats, and is refused with one sentence."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.card import CARD, FORMAT, Card, Data, Network, Origin
from model.results import DrawingFigures, Drawings, Epoch, NonDigitFigures, Validation

CONFUSION = (np.diag([40] * 10) + np.eye(10, k=1, dtype=int)).tolist()
WHOLE = Card(
    Network("digitnet", {"widths": [4, 6, 8]}, weights=1000, multiply_adds=20_000),
    temperature=1.25,
    data=Data("train.csv", "ab" * 32, rows=500, train=450, validation=50),
    started_from=Origin("cd" * 32, {"epochs": 3}, seconds=60, epochs=3),
    validation=Validation(CONFUSION, 0.0123),
    drawings=Drawings({"pens": DrawingFigures(100, 0.95, 0.01, 0.02), "mice": DrawingFigures(300, 0.99, 0.0, 0.01)}),
    not_digits={"letters": NonDigitFigures(60, 0.15, auroc=0.97)},
    curves=[Epoch(1, 0.5, 0.9, 0.001, 12.0), Epoch(2, 0.25)],
)


def test_a_card_comes_back_as_it_was_written(tmp_path: Path) -> None:
    WHOLE.write(tmp_path)
    assert Card.read(tmp_path) == WHOLE
    text = (tmp_path / CARD).read_text()
    assert "null" not in text and max(map(len, text.splitlines())) <= 120
    assert '\n  {"epoch": 1, "loss": 0.5, "accuracy": 0.9, "learning_rate": 0.001, "seconds": 12.0},\n' in text


def test_what_follows_from_other_figures() -> None:
    validation, drawings = WHOLE.validation, WHOLE.drawings
    assert validation is not None and drawings is not None
    assert (validation.n, validation.errors, validation.accuracy) == (409, 9, pytest.approx(400 / 409))
    assert validation.interval[0] < validation.accuracy < validation.interval[1]
    row = validation.per_class[1]
    assert (row.n, row.precision, row.recall) == (41, pytest.approx(40 / 41), pytest.approx(40 / 41))
    assert drawings.mean == pytest.approx(0.97) and drawings.n == 400
    assert drawings.interval[0] < 0.97 < drawings.interval[1]
    assert [run.epochs for run in replace(WHOLE, epochs=7).origin().chain()] == [7, 3]


def test_a_card_of_the_first_format_is_upgraded_and_its_file_is_left(tmp_path: Path) -> None:
    old: dict[str, Any] = {
        "format": 1,
        "network": {"name": "digitnet", "arguments": {"widths": [4, 6, 8]}},
        "validation": {"n": 409, "errors": 9, "accuracy": 0.978, "interval": [0.95, 0.99], "per_class": [{"digit": 0}]}
        | {"confusion": CONFUSION, "calibration_error": 0.0123, "reliability": []},
        "drawings": {"mean": 0.97, "sources": {name: asdict(one) for name, one in WHOLE.drawings.sources.items()}},  # type: ignore[union-attr]
        "photos": None,
        "not_digits": None,
    }
    (tmp_path / CARD).write_text(json.dumps(old))
    card = Card.read(tmp_path)
    assert (card.format, card.validation, card.drawings) == (FORMAT, WHOLE.validation, WHOLE.drawings)
    assert json.loads((tmp_path / CARD).read_text()) == old and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 99}, "card format 99"),
        ({"format": None}, "expected the card of a network"),
        ({"network": {"name": "resnet"}}, "got network 'resnet', expected one of"),
        ({"temperature": -1}, "got temperature -1"),
        ({"validation": {"confusion": [[1]], "calibration_error": 0.1}}, "got validation .*10 rows of 10 counts"),
        ({"photos": {"a page": {"pictures": 3, "exact": 1.5, "f1": 1}}}, r"got photos\.a page\.exact 1\.5"),
        ({"curves": [{"epoch": 1, "loss": "low"}]}, r"got curves\.0\.loss 'low'"),
        ({"drawings": {"sources": {}}}, "no source of drawings"),
    ],
)
def test_what_is_no_card_is_one_sentence(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        Card.from_json({**WHOLE.as_json(), **changes})
    assert "\n" not in str(caught.value)
