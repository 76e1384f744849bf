"""The Model tab's content: every figure comes from the card, and what the card lacks is said to be lacking."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from typing import Any

import pytest

from model.card import Card, Network
from model.checkpoint import described
from model.layers import layers
from model.network import DigitNet, count_multiply_adds, count_weights
from model.results import Epoch
from ui import report
from ui.report import plots
from ui.report.formats import duration


def confusion() -> list[list[int]]:
    """445 samples, 40 to 50 of each digit; four 4s were read as 9 and three 7s as 1."""
    counts = [[0] * 10 for _ in range(10)]
    for digit in range(10):
        counts[digit][digit] = 40 + digit
    counts[9][9] = 42
    counts[4][9] = 4
    counts[7][1] = 3
    return counts


def card(**changes: Any) -> Card:
    """A small card with invented figures, none of which stands in the code."""
    full = {
        "format": 2,
        "network": {
            "name": "digitnet",
            "arguments": {"widths": [32, 64, 128]},
            "weights": 366411,
            "multiply_adds": 29178912,
        },
        "config": {"epochs": 3, "seed": 4711, "widths": [32, 64, 128], "precision": "auto"},
        "data": {"file": "train.csv", "sha256": "ab12" * 16, "rows": 4450, "train": 4005, "validation": 445},
        "versions": {"torch": "2.15.0", "numpy": "2.4.6"},
        "machine": "2 threads of x86_64 Linux",
        "seconds": 3725.4,
        "best_epoch": 2,
        "temperature": 0.8371,
        "threshold": 0.4321,
        "validation": {
            "confusion": confusion(),
            "calibration_error": 0.0123,
            "reliability": [
                {"low": 0.6, "high": 0.7, "n": 9, "confidence": 0.65, "accuracy": 0.667},
                {"low": 0.9, "high": 1.0, "n": 436, "confidence": 0.99, "accuracy": 1.0},
            ],
        },
        "curves": [
            {"epoch": epoch, "loss": 2.0 / epoch, "accuracy": 0.9 + epoch / 40, "learning_rate": 0.001, "seconds": 9}
            for epoch in (1, 2, 3)
        ],
        "drawings": {
            "sources": {
                "pens <1>": {"n": 200, "accuracy": 0.95, "wrong_but_sure": 0.015, "calibration_error": 0.02},
                "fingers": {"n": 80, "accuracy": 0.975, "wrong_but_sure": 0.0, "calibration_error": 0.031},
            },
        },
        "not_digits": {"letters": {"n": 60, "read_as_digits": 0.15, "auroc": 0.9731}},
        "baselines": {
            "two layers": {
                "weights": 431080,
                "multiply_adds": 2_400_000,
                "epochs": 5,
                "seconds": 61,
                "validation_accuracy": 0.9876,
            }
        },
    }
    return Card.from_json({name: value for name, value in (full | changes).items() if value is not ...})


def words(html: str) -> str:
    """The text as a visitor reads it."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


def test_the_figures_of_the_card_are_shown() -> None:
    text = words(report.content(card()))
    for figure in (
        "98.43% of the CSV",  # validation
        "96.79–99.24%",
        "96.25% of real drawings",
        "mean of 2 sources, 280 drawings",
        "366,411 weights, 29.2 million multiply-adds",
        "epoch 2 was kept",
        "the mean distance from the dashed line is 1.23%",
        "9 42 91.30% 79.68–96.57% 100.00%",  # precision and recall
        "7 50 100.00% 92.44–100.00% 94.00%",
        "95.00% 91.04–97.26%",  # Wilson's interval of 190 of 200
        "handwritten letters (UNIPEN) 60 15.00% More figures",
        "handwritten letters (UNIPEN) 97.31%",  # the area under the curve folds away
        "two layers 431,080 2.4 million 5 1 min 1 s 98.76%",
        "train.csv, 4,450 rows; 4,005 to train, 445 to validate",
        "in 1 h 2 min",
        "4711",
        "ab12" * 16,
        "torch 2.15.0, numpy 2.4.6",
        "2 threads of x86_64 Linux",
        "0.837",
        "0.432",
        "32, 64, 128",
    ):
        assert figure in text, figure
    assert "pens &lt;1&gt;" in text  # names are text, whatever is in them


def test_plots_are_drawings_in_the_page_s_colours() -> None:
    html = report.content(card())
    drawn = re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL)
    assert len(drawn) == 4
    for plot in drawn:
        root = ElementTree.fromstring(plot)
        assert root.get("role") == "img" and root.get("aria-label")
        assert "var(--soft)" in plot and not re.search(r"#[0-9a-f]{6}", plot)
    assert not re.search(r'\bid="', html), "nothing that could stand twice on the page"


def numbers(axis: plots.Axis) -> list[float]:
    """What is written beside an axis."""
    return [float(text.rstrip("%")) for _, text in axis.ticks]


@pytest.mark.parametrize("values", [(0.3571, 0.3333), (0.2432, 0.2389), (0.9, 0.12, 0.011), (5, 5), (0.001,), (2.0, 1)])
def test_axes_have_several_readable_ticks(values: tuple[float, ...]) -> None:
    axis = plots.axis("error", values, "%")
    assert 2 <= len(axis.ticks) <= 7 and len(set(axis.ticks)) == len(axis.ticks)
    assert all(len(text) <= 7 for _, text in axis.ticks), axis.ticks
    assert numbers(axis) == pytest.approx([value for value, _ in axis.ticks]) and 0 <= axis.low <= min(values)
    places = [axis.at(value) for value, _ in axis.ticks]
    assert places == sorted(places) and places[-1] - places[0] > 0.3


def test_epochs_are_whole_numbers() -> None:
    for last in (1, 2, 8, 40, 300):
        plot = plots.losses([Epoch(epoch, 1 / epoch) for epoch in range(1, last + 1)])
        assert plot is not None and 1 <= len(plot.x.ticks) <= 9 and all(text.isdigit() for _, text in plot.x.ticks)


def test_experts_figures_fold_away() -> None:
    html = report.content(card())
    open_ = words(re.sub(r"<details>.*?</details>", "", html, flags=re.DOTALL))
    for figure in ("AUROC", "SHA-256", "Temperature", "Threshold", "Seed", "precision auto"):
        assert figure in words(html) and figure not in open_, figure


def test_every_table_has_a_name_of_its_own() -> None:
    names = re.findall(r'role="region" aria-label="([^"]*)"', report.content(card()))
    assert len(names) >= 6 and len(names) == len(set(names))


def test_it_begins_with_words_for_everybody() -> None:
    text = words(report.content(card()))
    assert (
        text.index("small neural network") < text.index("96.25%") and "learned from 4,005 handwritten samples" in text
    )


LACKING = {
    "drawings": "Real drawings Not in card.json: these weights have not been measured",
    "not_digits": "What is not a digit Not in card.json: these weights have not been measured",
    "validation": "Not in card.json.",
    "curves": "Not in card.json.",
    "data": "SHA-256 of the CSV not in card.json",
    "config": "Seed not in card.json",
    "seconds": "Trained not in card.json",
    "machine": "On not in card.json",
    "versions": "Versions not in card.json",
}


@pytest.mark.parametrize("names", [[*LACKING], ["validation"], ["curves", "seconds"]], ids=str)
@pytest.mark.parametrize("value", [None, ...], ids=["null", "missing"])
def test_what_the_card_lacks_is_said(names: list[str], value: Any) -> None:
    text = words(report.content(card(format=1, **dict.fromkeys(names, value))))
    for name in names:
        assert LACKING[name] in text


def test_a_network_alone() -> None:
    assert "The network Not in card.json." in words(
        report.content(Card.from_json({"format": 2, "network": {"name": "digitnet"}}))
    )


def test_layers_are_shown_with_what_they_give_and_cost() -> None:
    net = DigitNet((4, 6, 8))
    network = Network("digitnet", net.arguments, count_weights(net), count_multiply_adds(net))
    text = words(report.content(Card(network)))
    assert "28×28×1 the ink" in text
    for layer in layers(net)[:-1]:
        assert f"{layer.side}×{layer.side}×{layer.channels} {layer.words} {layer.weights:,} weights" in text
    assert "11 numbers fully connected: ten digits, and “is it a digit?”" in text


def test_layers_are_not_made_up() -> None:
    network = card().network
    assert described(replace(network, weights=1)) == described(replace(network, name="other")) == []
    html = report.content(Card(replace(network, name="<other>")))
    assert "366,411 weights" in html and "&lt;other&gt;; card.json does not say its layers" in html


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(12.4, "12 s"), (60, "1 min 0 s"), (200, "3 min 20 s"), (3725.4, "1 h 2 min"), (0.0541, "54 ms")],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_broken_card_is_said_not_raised(caplog: pytest.LogCaptureFixture) -> None:
    (answer,) = report.server_functions(replace(card(), seconds="long"))
    assert "card.json is not as expected" in answer({})["html"]
    assert "showing the card failed" in caplog.text


def facts(**values: Any) -> str:
    return words(report.content(card(**values)))


def test_a_fine_tuned_network_names_the_run_before() -> None:
    assert "Began with" not in facts()
    earlier = {"seconds": 120, "epochs": 40}
    assert "the weights of a run of 2 min 0 s, 40 epochs On" in facts(started_from=earlier)
    earlier["started_from"] = {"seconds": 30, "epochs": 4}
    assert "40 epochs, before that of a run of 30 s, 4 epochs On" in facts(started_from=earlier)


def test_corrections_that_were_learned_are_said() -> None:
    assert "corrections" not in facts()
    data = card().as_json()["data"] | {"extra": {"count": 1200, "no_digits": 7, "sha256": "0"}}
    assert "1,200 corrections by visitors, 7 of them not digits" in facts(data=data)


def test_a_cross_validation_is_a_figure_of_its_own() -> None:
    assert "cross-validation" not in facts()
    folds = {
        "accuracies": [0.98, 0.97, 0.99],
        "out_of_fold": {"confusion": confusion(), "calibration_error": 0.01},
        "epochs": 3,
        "seconds": 60,
    }
    text = facts(folds=folds)
    assert "98.43% of the whole CSV is read right in a cross-validation" in text
    assert "445 samples, each read by the one of 3 networks that had not seen it" in text


def test_sources_have_names_that_people_understand() -> None:
    source = {"n": 220, "accuracy": 1.0, "wrong_but_sure": 0.0, "calibration_error": 0.01}
    text = facts(drawings={"sources": {"uji": source, "mine": source}})
    assert "11 people, stylus (UJI Pen Characters)" in text and "mine" in text
