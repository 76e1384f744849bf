"""The picture convention: the same drawing, wherever and however it is drawn, gives the same picture."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from model.ink import normalise
from model.ink.canvas import drawing_ink, render_strokes
from model.synthesis.render import example_strokes


def pad(digit: int, *, size: float = 0.6, left: float = 0.2, top: float = 0.2, brush: float = 16, side: int = 280):
    """(side, side) grey canvas of a digit drawn at a place, size and brush of our choice; shares of the side."""
    strokes = [
        {"points": [[(left + x * size) * side, (top + y * size) * side] for x, y in stroke], "width": brush}
        for stroke in example_strokes(digit)
    ]
    return render_strokes(strokes, (side, side))


def picture(canvas) -> np.ndarray:
    return normalise.to_picture(drawing_ink(canvas))


def difference(a: np.ndarray, b: np.ndarray) -> float:
    """Share of the ink that differs, after the best shift by at most one pixel."""
    a, b = a.astype(float), b.astype(float)
    shifted = [np.roll(b, (dy, dx), (0, 1)) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    return min(np.abs(a - s).sum() for s in shifted) / a.sum()


@pytest.mark.parametrize("digit", range(10))
def test_box_is_20_pixels_and_centre_of_mass_in_the_middle(digit):
    image = picture(pad(digit))
    left, top, right, bottom = normalise.bounding_box(image / np.float32(255), 0.02)
    assert image.shape == (28, 28) and image.dtype == np.uint8
    assert 19 <= max(right - left, bottom - top) <= 20
    rows, columns = np.mgrid[:28, :28]
    mass = image.sum(dtype=float)
    assert abs((rows * image).sum() / mass - 14) <= 0.75
    assert abs((columns * image).sum() / mass - 14) <= 0.75


@pytest.mark.parametrize("digit", range(10))
@pytest.mark.parametrize("change", [{"left": 0.02, "top": 0.38}, {"size": 0.3, "brush": 8}, {"side": 560, "brush": 32}])
def test_place_and_size_change_nothing(digit, change):
    assert difference(picture(pad(digit)), picture(pad(digit, **change))) < 0.3


@pytest.mark.parametrize("digit", range(10))
@pytest.mark.parametrize("brush", [6, 10, 24])
def test_stroke_width_changes_little(digit, brush):
    assert difference(picture(pad(digit, brush=14)), picture(pad(digit, brush=brush))) < 0.4


@pytest.mark.parametrize("brush", [4, 8, 14, 20, 26])
def test_pictures_have_the_standard_stroke_width(brush):
    mask = (normalise.normalise(drawing_ink(pad(3, size=0.9, left=0.05, top=0.05, brush=brush))) >= 0.5).astype("uint8")
    assert normalise.stroke_width(mask) / normalise.FINE == pytest.approx(normalise.STROKE_WIDTH, abs=0.7)


def test_stroke_width_is_measured_in_pixels():
    for width in (3, 9, 21):
        line = render_strokes([{"points": [[40, 140], [240, 140]], "width": width}])
        assert normalise.stroke_width((line < 128).astype("uint8")) == pytest.approx(width, abs=1.1)


def test_white_on_black_and_colour_read_as_black_on_white():
    canvas = pad(4)
    expected = picture(canvas)
    blue_on_yellow = np.where(canvas[..., None] < 128, (20, 30, 160), (250, 240, 180)).astype(np.uint8)
    for other in (255 - canvas, np.dstack([canvas] * 3), blue_on_yellow, Image.fromarray(canvas)):
        assert difference(expected, picture(other)) < 0.1


def test_transparent_pixels_are_paper():
    canvas = pad(5)
    layer = np.zeros((*canvas.shape, 4), np.uint8)
    layer[..., 3] = 255 - canvas  # black ink on a transparent layer
    assert difference(picture(canvas), picture(layer)) < 0.02
    layer[..., :3] = 255  # white ink on a transparent layer
    assert difference(picture(canvas), picture(layer)) < 0.02


@pytest.mark.parametrize(
    "image", [np.full((90, 120), 255, np.uint8), np.zeros((5, 5, 4), np.uint8), np.full((1, 1), 7, np.uint8)]
)
def test_an_empty_pad_has_no_ink(image):
    assert drawing_ink(image).max() == 0
    assert picture(image).max() == 0


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I", "I;16", "F", "HSV"])
def test_every_mode_of_pillow_is_read(mode):
    canvas = pad(7)
    if mode == "I;16":
        image = Image.fromarray(canvas.astype(np.uint16) * 257)
    elif mode in ("HSV", "CMYK", "LA", "RGBA"):
        image = Image.fromarray(canvas).convert("RGB").convert("RGBA" if mode == "LA" else mode).convert(mode)
    else:
        image = Image.fromarray(canvas).convert(mode)
    assert difference(picture(canvas), picture(image)) < 0.15


@pytest.mark.parametrize(
    "image", [None, "photo.png", 3, np.zeros((4, 4)), np.zeros((2, 3, 5), np.uint8), np.zeros((0, 4), np.uint8), [[0]]]
)
def test_what_is_no_picture_says_what_came(image):
    with pytest.raises(ValueError, match=r"reading a picture: got .*expected"):
        drawing_ink(image)


@settings(max_examples=60, deadline=None)
@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 60), st.integers(1, 60))))
def test_any_picture_gives_a_picture(image):
    result = picture(image)
    assert result.shape == (28, 28) and result.dtype == np.uint8


def test_a_small_filled_8_keeps_its_outline():
    """A thick brush fills both loops; narrowing the blob to a line would make a 1 of it."""
    image = picture(pad(8, size=0.25, brush=26))
    columns = np.flatnonzero((image > 127).any(axis=0))
    assert columns.max() - columns.min() >= 5


@pytest.mark.parametrize("length", [1_999, 7_000, 60_000])
def test_a_hairline_of_any_length_is_a_bar(length):
    fine = normalise.normalise(np.ones((1, length), np.float32))
    assert abs(fine.shape[1] - normalise.BOX * normalise.FINE) <= 6 and fine.shape[0] <= 14
    assert (fine[fine.shape[0] // 2, 4:-4] == 1).all()


def test_strokes_are_drawn_in_order_with_their_width():
    line = {"points": [[20, 50], [80, 50]], "width": 10}
    canvas = render_strokes([line], (100, 100))
    assert canvas.shape == (100, 100) and canvas[50, 50] == 0 and canvas[10, 10] == 255
    assert 9 <= (canvas[:, 50] < 128).sum() <= 11
    erased = render_strokes([line, {**line, "width": 14, "erase": True}], (100, 100))
    assert erased.min() > 200


@pytest.mark.parametrize(
    "stroke",
    [
        {},
        {"points": [], "width": 4},
        {"points": [[1]], "width": 4},
        {"points": [[1, 2]], "width": -4},
        {"points": [[float("nan"), 2]], "width": 4},
        {"points": "abc", "width": 4},
        None,
    ],
)
def test_strokes_of_another_form_are_refused(stroke):
    with pytest.raises(ValueError, match="drawing stroke 0: got"):
        render_strokes([stroke])
