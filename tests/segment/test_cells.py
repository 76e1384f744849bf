"""Digits in cells, boxes and corners of forms, cut out with the lines around them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from model import DigitReader
from model.segment.components import components
from model.segment.frames import frames
from tests.segment.test_photos import written

SIDE = 90
Line = tuple[tuple[int, int], tuple[int, int], int]  # from, to, width in pixels
CORNER: list[Line] = [((81, -9), (83, 84), 3), ((20, 84), (83, 84), 3)]
CELL: list[Line] = [((4, -9), (9, 99), 3), ((-9, 82), (99, 78), 2), ((85, -9), (81, 99), 3), ((-9, 6), (99, 4), 2)]
CUT_OFF: list[Line] = [((3, 8), (6, 70), 3)]


@pytest.fixture(scope="module")
def reader() -> DigitReader:
    return DigitReader.load()


def cell(digit: int, height: int, left: int, top: int, lines: Sequence[Line]) -> np.ndarray:
    """(90, 90) grey picture of a digit with lines around it, as out of focus as a photo is."""
    page = written((str(digit), left, top, height), size=(SIDE, SIDE), width=5)
    for start, end, width in lines:
        cv2.line(page, start, end, 80, width, cv2.LINE_AA)
    return cv2.GaussianBlur(page, (0, 0), 0.7)


@pytest.mark.parametrize("digit", range(1, 10))
def test_a_digit_is_read_beside_the_corner_of_its_cell(reader: DigitReader, digit: int):
    assert reader.read_photo(cell(digit, 44, 36, 22, CORNER)).text == str(digit)


@pytest.mark.parametrize("digit", range(1, 10))
def test_a_digit_is_read_in_its_box(reader: DigitReader, digit: int):
    page = written((str(digit), 120, 90, 60), size=(250, 300), width=5)
    cv2.rectangle(page, (100, 72), (180, 168), 90, 3)
    assert reader.read_photo(cv2.GaussianBlur(page, (0, 0), 1)).text == str(digit)


@pytest.mark.parametrize("digit", [1, 2, 3, 4, 5, 6, 8])
def test_what_is_left_of_a_frame_at_the_edge_is_no_1(reader: DigitReader, digit: int):
    assert reader.read_photo(cell(digit, 64, 22, 13, CUT_OFF)).text == str(digit)


def test_a_digit_that_touches_the_lines_of_its_cell_is_read(reader: DigitReader):
    assert reader.read_photo(cell(1, 64, 22, 13, CELL)).text == "1"


def test_a_1_between_other_digits_is_no_frame(reader: DigitReader):
    page = written(("417", 40, 30, 90), size=(150, 330))
    assert reader.read_photo(page).text == "417"


def test_strokes_of_a_digit_go_around_no_other():
    """A digit below the arm of a 7 is passed on two sides, one in a box on four. A ring is no frame."""
    ink = np.zeros((200, 300), np.float32)
    cv2.polylines(ink, [np.array([[20, 40], [110, 40], [60, 180]])], False, 1.0, 6)
    cv2.circle(ink, (35, 120), 15, 1.0, 4)
    cv2.rectangle(ink, (150, 20), (250, 120), 1.0, 3)
    cv2.circle(ink, (200, 70), 20, 1.0, 4)
    cv2.circle(ink, (110, 150), 40, 1.0, 4)
    cv2.circle(ink, (110, 150), 15, 1.0, 4)
    labels, boxes, _ = components(ink, 0.5)
    assert [tuple(map(int, box)) for box in boxes[frames(labels, boxes)]] == [(148, 18, 253, 123)]
