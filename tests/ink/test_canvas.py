"""Drawings of every pen: hairlines, inks of several colours, pictures that lie on their side by EXIF."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from model import DigitReader
from model.ink.canvas import as_grey, drawing_ink, drawn, render_strokes, stroke_layers
from model.ink.normalise import to_picture
from tests.support.drawings import drawing


@pytest.fixture(scope="module")
def reader() -> DigitReader:
    return DigitReader.load()


@pytest.mark.parametrize("brush", [1, 3])
@pytest.mark.parametrize("side", [200, 400, 1000])
@pytest.mark.parametrize("digit", [3, 4, 8])
def test_hairlines_do_not_vanish(reader: DigitReader, digit: int, side: int, brush: int):
    grey = drawing(str(digit), brush=brush, side=side)
    ink = to_picture(drawing_ink(grey)) > 127
    assert ink.sum() >= 40
    assert reader.read_drawing(grey).text == str(digit)


STROKES = [
    {"points": [[60, 40], [90, 220]], "width": 14},
    {"points": [[30, 150], [180, 150]], "width": 9},
    {"points": [[0, 260], [279, 260]], "width": 12},
    {"points": [[20, 150], [40, 150]], "width": 30, "erase": True},
]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_the_part_with_ink_is_the_whole_without_its_paper(count: int):
    picture = render_strokes(STROKES[:count])
    whole, part = drawing_ink(picture), drawn(picture)
    height, width = part.ink.shape
    there = np.s_[part.top : part.top + height, part.left : part.left + width]
    np.testing.assert_array_equal(part.ink, whole[there])
    assert np.count_nonzero(part.ink) == np.count_nonzero(whole) and part.shape == picture.shape
    sides = (part.ink[:, 0], part.ink[:, -1], part.ink[0], part.ink[-1])
    at_edge = (part.left == 0, part.left + width == 280, part.top == 0, part.top + height == 280)
    assert [bool(side.any()) for side in sides] == [count > 2, count > 2, False, False]
    assert at_edge == (count > 2, count > 2, False, False), "paper lies around it but at the picture's edge"


def test_an_empty_drawing_has_a_part_without_ink():
    assert not drawn(np.full((40, 60), 255, np.uint8)).ink.any()


def test_strokes_are_told_apart_within_the_part_with_ink():
    picture = render_strokes(STROKES)
    part = drawn(picture)
    layers = stroke_layers(STROKES, part)
    assert len(layers) == 3, "what erases leaves no ink"
    for (box, ink), stroke in zip(layers, STROKES, strict=False):
        alone = np.minimum(1 - render_strokes([stroke]) / np.float32(255), drawing_ink(picture))
        left, top, right, bottom = box[0] + part.left, box[1] + part.top, box[2] + part.left, box[3] + part.top
        np.testing.assert_allclose(ink, alone[top:bottom, left:right], atol=1e-6)
        assert np.count_nonzero(alone >= 0.5) == np.count_nonzero(ink >= 0.5)


def test_a_part_of_strokes_is_drawn_as_in_the_whole():
    whole = render_strokes(STROKES[:2], (300, 280))
    np.testing.assert_array_equal(render_strokes(STROKES[:2], (300, 280), (15, 20, 200, 290)), whole[20:290, 15:200])


def test_nothing_makes_an_empty_picture():
    assert to_picture(np.zeros((200, 200), np.float32)).max() == 0


COLOURS = {
    "orange": (255, 150, 0),
    "yellow": (255, 225, 0),
    "red": (210, 0, 0),
    "violet": (90, 0, 160),
    "grey": (150,) * 3,
}


@pytest.mark.parametrize("ground", ["white", "black"])
@pytest.mark.parametrize("colours", [("orange", "violet"), ("yellow", "red"), ("grey", "red")])
def test_two_inks_on_one_drawing_are_both_read(reader: DigitReader, colours: tuple[str, str], ground: str):
    cover = 1 - drawing("45")[..., None] / 255
    ink = np.concatenate([np.tile(COLOURS[name], (280, 280, 1)) for name in colours], axis=1)
    image = (cover * ink + (1 - cover) * (255 if ground == "white" else 0)).astype(np.uint8)
    assert reader.read_drawing(image).text == "45"


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_picture_is_turned_as_exif_says(orientation: int):
    upright = Image.fromarray(drawing("47"))
    turned = upright.rotate({1: 0, 3: 180, 6: 90, 8: 270}[orientation], expand=True)
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    turned.save(file, "PNG", exif=exif)
    assert (as_grey(Image.open(file)) == np.asarray(upright)).all()
