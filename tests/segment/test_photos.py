"""Pages as people hold them before a camera: two sizes of writing, tight crops, dense sheets, any way up."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from model import DigitReader
from model.ink.canvas import drawing_ink, render_strokes
from model.segment.candidates import Candidate
from model.segment.decode import choose
from model.segment.propose import MOST_CANDIDATES, propose_photo
from model.synthesis.render import example_strokes
from tests.support.pages import Page, compose
from tools.make_examples import neat

ROWS = ("20418", "73956", "60272")


@pytest.fixture(scope="module")
def reader() -> DigitReader:
    return DigitReader.load()


def written(*placed: tuple[str, float, float, float], size: tuple[int, int], width: float = 8) -> np.ndarray:
    """(H, W) grey page with texts given as (digits, left, top, height in pixels)."""
    strokes = []
    for text, left, top, height in placed:
        for digit in text:
            points = [np.array(stroke) for stroke in example_strokes(int(digit))]
            low, high = np.concatenate(points).min(axis=0), np.concatenate(points).max(axis=0)
            scale = height / (high - low)[1]
            strokes += [{"points": ((p - low) * scale + [left, top]).tolist(), "width": width} for p in points]
            left += (high - low)[0] * scale + max(0.35 * height, 2 * width)
    return render_strokes(strokes, size)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("ruled", ["", "lines"])
def test_a_page_is_read_whichever_way_it_lies(reader: DigitReader, turns: int, ruled: str):
    composed = compose(np.random.default_rng(5), neat, ROWS, Page(size=(760, 1000), digit=80, noise=2, ruled=ruled))
    image = np.ascontiguousarray(np.rot90(composed.image, turns))
    reading = reader.read_photo(image)
    assert reading.text.splitlines() == list(ROWS) and reading.rotation == 90 * turns
    height, width = composed.image.shape[:2]
    for digit, (left, top, right, bottom) in zip(reading.digits, composed.boxes, strict=True):
        x, y = (left + right) / 2, (top + bottom) / 2
        for _ in range(turns):  # np.rot90 turns anticlockwise
            x, y, width, height = y, width - x, height, width
        assert abs((digit.box[0] + digit.box[2]) / 2 - x) < 8 and abs((digit.box[1] + digit.box[3]) / 2 - y) < 8
        height, width = composed.image.shape[:2]


def test_a_large_number_beside_small_writing_is_read_too(reader: DigitReader):
    rows = [(text, 40, 40 + 70 * k, 26) for k, text in enumerate(("20418", "73956", "60272", "91534"))]
    page = written(*rows, ("856", 420, 200, 260), size=(640, 1300), width=5)
    text = reader.read_photo(page).text.replace("\n", "")
    assert sorted(text) == sorted("20418" + "73956" + "60272" + "91534" + "856")


def test_a_tall_thin_1_among_lower_digits_is_no_line(reader: DigitReader):
    page = written(("2345", 180, 120, 120), size=(320, 760))
    cv2.line(page, (90, 80), (87, 245), 0, 8, cv2.LINE_AA)
    assert reader.read_photo(page).text == "12345"


def test_a_1_that_the_crop_touches_is_read(reader: DigitReader):
    page = written(("4", 40, 30, 90), ("7", 190, 30, 90), size=(150, 300))
    cv2.line(page, (150, 30), (148, 120), 0, 8, cv2.LINE_AA)
    assert reader.read_photo(page[26:124]).text == "417"


def test_a_page_of_words_that_run_together_gives_no_more_candidates_than_a_second_can_read():
    ink = np.zeros((900, 1300), np.float32)
    for row in range(22):
        cv2.ellipse(ink, (30, 30 + 38 * row), (8, 12), 0, 0, 360, 1.0, 2)
        for word in range(8):
            x = np.arange(0, 120)
            wave = 30 + 38 * row + 11 * np.sin(x / 3.1) + 2 * np.sin(x / 7.3)
            line = np.stack([70 + 150 * word + x, wave], axis=1).round().astype(np.int32)
            cv2.polylines(ink, [line], False, 1.0, 2)
    labels = cv2.connectedComponents((ink >= 0.5).view(np.uint8))[0] - 1
    assert labels < len(propose_photo(ink)) <= MOST_CANDIDATES


def test_ink_whose_parts_look_like_digits_may_be_digits_that_touch():
    ink = np.ones((30, 40), np.float32)
    whole = Candidate((0, 0, 40, 30), ink, 0, 0, 2, 0.0)
    parts = [Candidate((20 * k, 0, 20 * k + 20, 30), ink, 0, k, k + 1, -1.0, cut=True) for k in range(2)]
    probabilities = np.tile(np.eye(10)[5], (3, 1))
    for part, touching in ((0.9, True), (0.2, False)):
        (choice,) = choose([whole, *parts], probabilities, np.array([0.3, part, 0.05]))
        assert choice.candidate == 0 and choice.touching == touching


def test_a_refused_mark_says_why(reader: DigitReader):
    page = np.full((280, 420), 255, np.uint8)
    cv2.line(page, (120, 140), (300, 141), 0, 12)
    assert [digit.reason for digit in reader.read_drawing(page).digits] == ["no digit"]


def test_an_accepted_digit_has_no_reason(reader: DigitReader):
    (digit,) = reader.read_drawing(written(("3", 100, 40, 180), size=(280, 280), width=14)).digits
    assert digit.accepted and digit.reason is None


def test_shaded_strokes_are_digits(reader: DigitReader):
    """Hatched with a pen, as children colour the outline of a digit: the network is sure, and what it says counts."""
    page = written(("7", 90, 50, 300), size=(420, 360), width=60)
    hatching = np.full_like(page, 255)
    for offset in range(-420, 420, 9):
        cv2.line(hatching, (offset, 0), (offset + 420, 420), 40, 3, cv2.LINE_AA)
    assert reader.read_photo(np.maximum(page, hatching)).text == "7"
    assert drawing_ink(page).any()
