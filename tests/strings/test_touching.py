"""Digits that touch, read from their ink alone with the shipped string network and without it."""

from __future__ import annotations

import numpy as np
import pytest

from model.ink import canvas
from model.network import CLASSES
from model.reader import ASSETS, DigitReader, checkpoint
from model.segment.candidates import STROKES, Candidate
from model.strings.evidence import WEIGHT, strings_of, supported
from model.strings.network import BLANK, STRIDE
from model.strings.reading import StringReader
from model.synthesis.render import example_strokes
from tests.support.drawings import drawing

Line = list[list[float]]
PEN, HEIGHT = 14.0, 186.0  # pixels
READ = {  # name: digits, pixels by which their strokes overlap, lines beside them in shares of their box
    "zeros into each other": ("2800", 14, []),
    "a zero into a 3": ("300", 20, []),
    "loops into each other": ("96", 14, []),
    "overlapping": ("50", 20, []),
    "joined along the top": ("300", -10, [[(0.1, 0.06), (0.95, 0.04)]]),
    "a line along the top": ("68", -10, [[(0.1, 0.06), (0.95, 0.04)]]),
    "an underline": ("47", -10, [[(-0.08, 1.0), (1.08, 1.01)]]),
    "crossed out": ("52", -10, [[(-0.08, 0.5), (1.08, 0.5)]]),
}


@pytest.fixture(scope="module")
def with_strings() -> DigitReader:
    return DigitReader.load()


@pytest.fixture(scope="module")
def without_strings() -> DigitReader:
    return DigitReader(*checkpoint.load(ASSETS))


def written(text: str, overlap: float, lines: list[list[tuple[float, float]]]) -> np.ndarray:
    """(h, w) grey picture of neat digits side by side, and lines across their box."""
    strokes: list[np.ndarray] = []
    left = 60.0
    for digit in text:
        points = [np.array(stroke) * HEIGHT for stroke in example_strokes(int(digit))]
        everything = np.concatenate(points)
        strokes += [stroke - (everything[:, 0].min() - left, -60) for stroke in points]
        left += float(np.ptp(everything[:, 0])) + PEN - overlap
    everything = np.concatenate(strokes)
    low, size = everything.min(axis=0), np.ptp(everything, axis=0)
    strokes += [low + np.array(line) * size for line in lines]
    parts = [{"points": stroke.tolist(), "width": PEN} for stroke in strokes]
    return canvas.render_strokes(parts, (320, int(left) + 100))


@pytest.mark.parametrize("name", READ)
def test_digits_that_touch_are_read_from_their_ink(
    with_strings: DigitReader, without_strings: DigitReader, name: str
) -> None:
    text, overlap, lines = READ[name]
    image = written(text, overlap, lines)
    assert with_strings.read_drawing(image).text == text
    assert without_strings.read_drawing(image).text != text


@pytest.mark.parametrize("text", ["25", "47", "52"])
def test_a_comma_that_touches_is_no_digit(with_strings: DigitReader, text: str) -> None:
    first = np.concatenate([np.array(stroke) for stroke in example_strokes(int(text[0]))])
    share = np.ptp(first[:, 0]) / (np.ptp(first[:, 0]) + 0.5)
    comma = [(share, 0.93), (share + 0.03, 1.02), (share - 0.02, 1.22)]
    assert with_strings.read_drawing(written(text, -10, [comma])).text == text


def test_a_settled_digit_does_not_pay_for_the_string_network(
    with_strings: DigitReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StringReader, "columns", lambda *_: pytest.fail("the string network was asked"))
    assert [with_strings.read_drawing(drawing(text)).text for text in ("3", "0", "47")] == ["3", "0", "47"]


class Said(StringReader):
    """In place of the network: 7 and 1, with their middles in the middle of either half."""

    def __init__(self) -> None:
        pass

    def columns(self, ink: np.ndarray) -> np.ndarray:
        columns = np.full((CLASSES + 1, ink.shape[1] // STRIDE), 1e-6)
        columns[BLANK] = 1 - 1e-5
        for label, place in ((7, 0.25), (1, 0.75)):
            at = int(place * columns.shape[1])
            columns[[label, BLANK], at] = columns[[BLANK, label], at]
        return columns


def candidate(left: int, right: int, first: int, last: int, *, cut: bool, way: int = 0) -> Candidate:
    return Candidate(
        (left, 0, right, 32), np.ones((32, right - left), np.float32), 0, first, last, 0.0, cut=cut, way=way
    )


def test_spans_with_one_digit_are_preferred() -> None:
    whole = candidate(0, 80, 0, 3, cut=False)
    left, right = candidate(0, 40, 0, 1, cut=True), candidate(40, 70, 1, 2, cut=True)
    nothing, both = candidate(66, 80, 2, 3, cut=True), candidate(0, 70, 0, 2, cut=True)
    whole, left, right, nothing, both = supported([whole, left, right, nothing, both], Said())
    assert whole.prior == both.prior == pytest.approx(np.log(WEIGHT.least))
    assert left.prior == pytest.approx(0, abs=0.01) and left.odds > 2 and right.odds > 2 and both.odds < -2
    assert left.classes is not None and left.classes.argmax() == 7 and whole.classes is None
    assert nothing.fragment and nothing.prior == pytest.approx(-WEIGHT.left_out, abs=0.01)


def test_known_strokes_say_more_than_the_string_network() -> None:
    cut = [candidate(0, 80, 0, 2, cut=False), candidate(0, 40, 0, 1, cut=True)]
    assert strings_of(cut) == {0: [0, 1]}
    assert strings_of([*cut, candidate(0, 80, 0, 1, cut=False, way=STROKES)]) == {}
