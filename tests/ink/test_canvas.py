"""Drawings of every pen: hairlines, inks of several colours, pictures that lie on their side by EXIF."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from model import DigitReader
from model.ink.canvas import as_grey, drawing_ink
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
