"""What the page says of each candidate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from model.page.detect import Found
from model.page.evidence import WEIGHT, supported
from model.segment.candidates import Candidate

SCALES = (1.0,)
WIDTH = 400  # pixels of the picture
AT_HOME = Candidate((10, 10, 30, 40), np.ones((30, 20), np.float32), 0, 0, 1, 0.5)


def found(score: float, label: int = 4, box: tuple[float, ...] = (10, 10, 30, 40)) -> Found:
    return Found(np.array([box]), np.array([score]), np.eye(10)[[label]] * 0.9 + 0.01, SCALES)


def test_what_is_seen_speaks_for_a_candidate() -> None:
    (said,) = supported([AT_HOME], found(0.9), WIDTH)
    assert said.prior == pytest.approx(0.5 + WEIGHT.prior * (0.9 - WEIGHT.none))
    assert said.odds == pytest.approx(WEIGHT.is_digit * (0.9 - WEIGHT.none))
    assert said.classes is not None and said.classes.argmax() == 4


def test_what_is_not_seen_speaks_against_it() -> None:
    for elsewhere in (
        found(0.9, box=(100, 10, 120, 40)),
        found(0.9)._replace(boxes=np.zeros((0, 4)), scores=np.zeros(0)),
    ):
        (said,) = supported([AT_HOME], elsewhere, WIDTH)
        assert said.odds == pytest.approx(-WEIGHT.is_digit * WEIGHT.none)
        assert said.classes is None


def test_nothing_is_said_of_what_cannot_be_seen() -> None:
    huge = replace(AT_HOME, box=(0, 0, 300, 400))
    fragment = replace(AT_HOME, fragment=True)
    assert supported([huge, fragment], found(0.9, box=(100, 10, 120, 40)), WIDTH) == [huge, fragment]


def test_no_candidates_need_nothing() -> None:
    assert supported([], found(0.9), WIDTH) == []


def test_an_upright_line_at_the_edge_that_alone_is_not_seen_is_no_digit() -> None:
    line = replace(AT_HOME, box=(2, 10, 7, 40))
    for box, score, odds in (
        (line.box, 0.9, -WEIGHT.unseen),
        ((200, 10, 205, 40), 0.9, -WEIGHT.is_digit * WEIGHT.none),
        (line.box, 0.2, -WEIGHT.is_digit * WEIGHT.none),
    ):
        (said,) = supported([replace(line, box=box)], found(score, box=(100, 10, 120, 40)), WIDTH)
        assert said.odds == pytest.approx(odds)


def test_such_a_line_is_none_beside_several_marks_of_which_none_is_seen() -> None:
    line = replace(AT_HOME, box=(2, 10, 7, 40))
    marks = [replace(AT_HOME, box=(x, 10, x + 20, 40)) for x in (100, 140, 180)]
    nothing = found(0.9)._replace(boxes=np.zeros((0, 4)), scores=np.zeros(0))
    assert supported([line, *marks], nothing, WIDTH)[0].odds == pytest.approx(-WEIGHT.unseen)
    assert supported([line, *marks[:1]], nothing, WIDTH)[0].odds == pytest.approx(-WEIGHT.is_digit * WEIGHT.none)
