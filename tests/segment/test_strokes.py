"""How many strokes a mark took, and what that says of it."""

import numpy as np
import pytest

from model.segment.strokes import WRITTEN, odds_of_strokes


def stroke(left: int, top: int, width: int = 40, height: int = 10):
    return (left, top, left + width, top + height), np.ones((height, width), np.float32)


@pytest.mark.parametrize(
    ("count", "odds"), [(1, 0), (2, 0), (3, WRITTEN.odds[2]), (4, WRITTEN.odds[3]), (9, WRITTEN.odds[3])]
)
def test_many_strokes_speak_against_a_digit(count, odds):
    assert odds_of_strokes([(0, 0, 200, 200)], [stroke(10, 20 * k) for k in range(count)]) == [odds]


def test_strokes_count_for_the_mark_that_they_lie_in():
    layers = [stroke(0, 0), stroke(100, 0), stroke(100, 20), stroke(100, 40)]
    assert odds_of_strokes([(0, 0, 60, 60), (100, 0, 160, 60)], layers).tolist() == [0, WRITTEN.odds[2]]


def test_what_goes_over_a_stroke_again_is_no_new_one():
    layers = [stroke(0, 0, 100, 20), *[stroke(10 * k, 2, 60, 20) for k in range(4)]]
    assert odds_of_strokes([(0, 0, 100, 40)], layers) == [0]


def test_unknown_strokes_say_nothing():
    assert odds_of_strokes([(0, 0, 10, 10)], []) == [0]
    assert odds_of_strokes([], [stroke(0, 0)]).shape == (0,)
