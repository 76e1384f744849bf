"""Lines and frames are taken out of the ink and strokes of digits are not, in small pictures of few digits."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from model import DigitReader
from model.ink.photo import photo_ink
from model.ink.ruling import without_lines
from tests.support.drawings import drawing


@pytest.fixture(scope="module")
def reader() -> DigitReader:
    return DigitReader.load()


def row(text: str, height: int, brush: int = 24, margin: float = 0.2) -> np.ndarray:
    """(height, W) grey row of digits, black on white, cropped to its ink and a margin in shares of its height."""
    grey = drawing(text, brush=brush)
    ys, xs = np.nonzero(grey < 128)
    grey = grey[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    room = round(margin * len(grey))
    grey = cv2.copyMakeBorder(grey, room, room, room, room, cv2.BORDER_CONSTANT, value=255)
    return cv2.resize(grey, None, fx=height / len(grey), fy=height / len(grey), interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("height", [28, 110, 560, 1000])
@pytest.mark.parametrize("digit", "2345678")
def test_a_digit_alone_keeps_its_straight_strokes(reader: DigitReader, digit: str, height: int, inverted: bool):
    image = row(digit, height, brush=34)
    assert reader.read_photo(255 - image if inverted else image).text == digit


@pytest.mark.parametrize("height", [40, 110, 300])
@pytest.mark.parametrize("text", ["735426", "4574", "12345689"])
def test_the_bars_of_a_row_on_one_level_are_no_line(reader: DigitReader, text: str, height: int):
    assert reader.read_photo(row(text, height)).text == text


@pytest.mark.parametrize("height", [80, 140])
@pytest.mark.parametrize("text", ["407", "4079283"])
def test_the_frames_of_form_boxes_go(reader: DigitReader, text: str, height: int):
    digits = row(text, height, brush=18, margin=0.4)
    side = digits.shape[1] / len(text)
    for number in range(len(text)):
        corner, opposite = (round(number * side), 2), (min(round((number + 1) * side), digits.shape[1] - 1), height - 3)
        cv2.rectangle(digits, corner, opposite, 40, 2)
    image = cv2.copyMakeBorder(digits, 20, 20, 20, 20, cv2.BORDER_CONSTANT, value=255)
    assert reader.read_photo(image).text == text


@pytest.mark.parametrize("thickness", [1, 3, 6])
@pytest.mark.parametrize("away", [0, 12])
@pytest.mark.parametrize("text", ["5", "427"])
def test_a_box_around_few_digits_goes(reader: DigitReader, text: str, away: int, thickness: int):
    image = row(text, 300, margin=0.4)
    cv2.rectangle(image, (away, away), (image.shape[1] - 1 - away, image.shape[0] - 1 - away), 0, thickness)
    assert reader.read_photo(image).text == text


def test_two_lines_may_begin_in_the_same_corner():
    """Both boxes have the same left and top."""
    ink = np.zeros((400, 700), np.float32)
    cv2.circle(ink, (500, 200), 40, 1.0, 6)
    digit = ink > 0
    cv2.line(ink, (0, 60), (150, 40), 1.0, 3)
    cv2.line(ink, (0, 112), (400, 40), 1.0, 3)
    left = without_lines(ink, ink, 0.1)
    assert left[digit].all() and not left[50:80, 200:].any()


def test_a_square_0_is_no_frame():
    ink = np.zeros((300, 200), np.float32)
    cv2.rectangle(ink, (50, 50), (150, 250), 1.0, 12)
    assert (without_lines(ink, ink, 0.1) == ink).all()


@pytest.mark.parametrize("inverted", [False, True])
def test_a_frame_at_the_border_does_not_turn_the_polarity(inverted: bool):
    image = row("7", 300)
    cv2.rectangle(image, (0, 0), (image.shape[1] - 1, image.shape[0] - 1), 0, 8)
    ink, _ = photo_ink(255 - image if inverted else image)
    assert 0.02 < (ink >= 0.5).mean() < 0.3
