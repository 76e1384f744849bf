"""Photos of handwriting, composed by our own code on synthetic paper, read by the shipped network."""

from __future__ import annotations

from pathlib import Path

import cv2
import matplotlib
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from model import DigitReader
from model.ink import photo
from model.ink.photo import photo_ink
from model.ink.ruling import without_lines
from tests.support.pages import Page, compose
from tools import make_examples
from tools.make_examples import FOLDER, PAGES, neat

ROWS = ("20418", "73956", "60272")
CLEAN = Page(size=(760, 1000), digit=80, noise=2)


@pytest.fixture(scope="module")
def reader() -> DigitReader:
    return DigitReader.load()


def page(seed: int = 5, rows: tuple[str, ...] = ROWS, **changes) -> np.ndarray:
    base = {name: getattr(CLEAN, name) for name in CLEAN.__dataclass_fields__}
    composed = compose(np.random.default_rng(seed), neat, rows, Page(**{**base, **changes}))
    assert composed.text == "\n".join(rows)
    return composed.image


@pytest.mark.parametrize("slope", [-10, -5, 0, 5, 10])
def test_turning_a_page_changes_no_reading(reader: DigitReader, slope: int):
    assert reader.read_photo(page(slope=slope)).text.splitlines() == list(ROWS)


@pytest.mark.parametrize("scale", [0.5, 0.75, 1.5, 2.0])
def test_scaling_a_page_changes_no_reading(reader: DigitReader, scale: float):
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scaled = cv2.resize(page(), None, fx=scale, fy=scale, interpolation=how)
    assert reader.read_photo(scaled).text.splitlines() == list(ROWS)


@pytest.mark.parametrize(
    "changes",
    [
        {"paper": "yellow", "vignette": 0.5},
        {"paper": "grey", "pen": "pencil"},
        {"paper": "blue", "soft_shadow": 0.5, "pen": "ballpoint"},
        {"hard_shadow": 0.45, "pen": "red"},
        {"bleed": 0.1, "pen": "marker"},
        {"paper": "board", "pen": "chalk"},
        {"ruled": "lines"},
        {"ruled": "squares", "slope": 3.0},
        {"table": True, "paper": "yellow"},
        {"noise": 8, "jpeg": 40},
        {"vignette": 0.95},
    ],
    ids=lambda changes: "-".join(str(value) for value in changes.values()),
)
def test_paper_light_pen_and_lines_change_no_reading(reader: DigitReader, changes: dict):
    assert reader.read_photo(page(**changes)).text.splitlines() == list(ROWS)


def test_boxes_lie_on_the_digits_of_the_picture_as_given(reader: DigitReader):
    composed = compose(np.random.default_rng(5), neat, ROWS, CLEAN)
    big = cv2.resize(composed.image, None, fx=2.5, fy=2.5)  # more than the working size
    digits = reader.read_photo(big).digits
    assert len(digits) == len(composed.boxes)
    for digit, box in zip(digits, composed.boxes, strict=True):
        middle = (np.array(digit.box[:2]) + digit.box[2:]) / 5
        assert np.abs(middle - (np.array(box[:2]) + box[2:]) / 2).max() < 8


@pytest.mark.parametrize(
    "changes", [{}, {"soft_shadow": 0.5}, {"hard_shadow": 0.4}, {"vignette": 0.6, "paper": "grey"}]
)
def test_an_empty_sheet_has_no_digits(reader: DigitReader, changes: dict):
    assert reader.read_photo(page(rows=(), **changes)).text == ""


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (3, 3), (40, 40), (400, 2)])
def test_tiny_and_odd_shapes_are_read_without_an_error(reader: DigitReader, shape: tuple[int, int]):
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    for image in (np.zeros((*shape, 3), np.uint8), np.full(shape, 255, np.uint8), noise):
        assert isinstance(reader.read_photo(image).text, str)


@pytest.mark.parametrize("side", [40, 90, 400])
@pytest.mark.parametrize("digit", [2, 4, 7, 8])
def test_one_digit_fills_the_picture(reader: DigitReader, digit: int, side: int):
    composed = compose(np.random.default_rng(3), neat, (str(digit),), Page(size=(600, 600), digit=250, pen="marker"))
    left, top, right, bottom = (int(value) for value in composed.boxes[0])
    x, y, half = (left + right) // 2, (top + bottom) // 2, 190
    crop = composed.image[max(y - half, 0) : y + half, max(x - half, 0) : x + half]
    crop = cv2.resize(crop, (side, round(side * crop.shape[0] / crop.shape[1])), interpolation=cv2.INTER_AREA)
    assert reader.read_photo(crop).text == str(digit)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK", "LA", "I;16", "1"])
def test_modes_of_pictures(reader: DigitReader, mode: str):
    image = Image.fromarray(page())
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
    else:
        image = image.convert("L" if mode == "1" else "RGB").convert(mode)
    assert reader.read_photo(image).text.splitlines() == list(ROWS)


def test_the_upright_lines_of_a_form_are_no_ones(reader: DigitReader):
    image = page().copy()
    for x in range(30, 1000, 120):
        cv2.line(image, (x, 600), (x, 735), (30, 30, 30), 3)
    assert reader.read_photo(image).text.splitlines() == list(ROWS)


def test_a_few_dark_digits_are_read_on_a_page_full_of_what_shines_through(reader: DigitReader):
    other_side = page(rows=("58201473", "90628451", "37165204"))[:, ::-1]
    faint = np.full((760, 1000), 247, np.uint8)
    faint[:, : other_side.shape[1]] -= ((255 - other_side.min(axis=2)) // 10).astype(np.uint8)
    for stroke in neat(np.random.default_rng(2), 5):
        points = (np.array(stroke) * 60 + (480, 560)).round().astype(np.int32)
        cv2.polylines(faint, [points], False, 35, 6, cv2.LINE_AA)
    assert reader.read_photo(faint).text == "5"


def test_digits_of_all_colours_are_read_on_one_page(reader: DigitReader):
    image = np.full((200, 600, 3), 255, np.uint8)
    for digit, left, colour in ((4, 60, (255, 240, 0)), (5, 250, (220, 0, 0)), (6, 440, (80, 0, 160))):
        for stroke in neat(np.random.default_rng(3), digit):
            points = (np.array(stroke) * 130 + (left, 30)).round().astype(np.int32)
            cv2.polylines(image, [points], False, colour, 11, cv2.LINE_AA)
    assert reader.read_photo(image).text == "456"


def test_a_picture_is_read_the_same_again(reader: DigitReader):
    image = page(ruled="squares", pen="pencil")
    one, other = reader.read_photo(image), reader.read_photo(image)
    assert [(d.box, d.probabilities) for d in one.digits] == [(d.box, d.probabilities) for d in other.digits]


def test_ink_is_full_on_strokes_and_nothing_on_paper():
    composed = compose(np.random.default_rng(1), neat, ("3",), Page(size=(600, 600), digit=200, pen="pencil"))
    ink, scale = photo_ink(composed.image)
    left, top, right, bottom = (int(side) for side in composed.boxes[0])
    assert scale == 1.0 and ink.dtype == np.float32 and ink.shape == (600, 600)
    assert 0.05 < (ink[top:bottom, left:right] > 0.5).mean() < 0.4
    ink[top - 10 : bottom + 10, left - 10 : right + 10] = 0
    assert not (ink > 0.5).any()


def test_a_line_goes_and_the_stroke_that_crosses_it_stays():
    ink = np.zeros((600, 800), np.float32)
    ink[300:303, :] = 1
    ink[260:340, 400:406] = 1
    cleaned = without_lines(ink, ink * 0.5, 0.1)
    assert not cleaned[300:303, :390].any() and not cleaned[300:303, 416:].any()
    assert (cleaned[260:340, 401:405] == 1).all()


@pytest.mark.parametrize("name", PAGES)
def test_the_example_pages_are_read_right(reader: DigitReader, name: str):
    rows, _, _ = PAGES[name]
    assert reader.read_photo(Image.open(FOLDER / name)).text.splitlines() == list(rows)


def test_the_example_pages_are_those_that_the_code_composes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(make_examples, "FOLDER", tmp_path)
    make_examples.main([])
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(file.name for file in FOLDER.iterdir())
    for name in PAGES:
        fresh, kept = (cv2.imread(str(folder / name)).astype(int) for folder in (tmp_path, FOLDER))
        assert np.abs(fresh - kept).mean() < 1


@pytest.mark.parametrize("slope", [-28, -20, 25])
def test_a_page_that_lies_askew_is_read_turned_back(reader: DigitReader, slope: int):
    assert reader.read_photo(page(slope=slope, size=(1100, 1200), digit=60)).text.splitlines() == list(ROWS)


@pytest.mark.parametrize(("paper", "ruled"), [("grey", "lines"), ("blue", "squares"), ("white", "")])
def test_pencil_in_light_that_falls_off_is_still_dark(paper: str, ruled: str):
    grey = page(paper=paper, ruled=ruled, pen="pencil", vignette=0.36, noise=4).mean(axis=2).astype(np.uint8)
    assert photo._ink_is_dark(grey)
    assert not photo._ink_is_dark(255 - grey)


def test_a_digit_so_thick_that_it_fills_the_picture_is_still_dark_on_light(reader: DigitReader):
    image = np.full((100, 100), 235, np.uint8)
    cv2.ellipse(image, (50, 50), (32, 38), 0, 0, 360, 30, 32)  # a hole is left of 24 pixels
    assert photo._ink_is_dark(image)
    assert not photo._ink_is_dark(255 - image)


@pytest.mark.parametrize("tone", [90, 150])
@pytest.mark.parametrize("width", [25, 50])
def test_a_strip_of_the_table_at_the_border_changes_no_reading(reader: DigitReader, width: int, tone: int):
    image = page(size=(560, 740), digit=56)
    grain = np.random.default_rng(0).normal(tone, 6, image.shape).clip(0, 255).astype(np.uint8)
    image[:, -width:], image[-width:] = grain[:, -width:], grain[-width:]
    assert reader.read_photo(image).text.splitlines() == list(ROWS)


WORDS = [
    "reads",
    "every",
    "number",
    "and",
    "the",
    "letters",
    "beside",
    "them",
    "stay",
    "what",
    "they",
    "are",
    "while",
    "nobody",
    "wrote",
    "any",
    "figure",
    "here",
]


def printed_page(font: str, size: int) -> np.ndarray:
    """(500, 800, 3) page of printed words without a digit."""
    face = ImageFont.truetype(str(Path(matplotlib.get_data_path(), "fonts", "ttf", f"{font}.ttf")), size)
    image = Image.new("RGB", (800, 500), (250, 248, 244))
    lines, draw = [""], ImageDraw.Draw(image)
    for word in WORDS * 12:
        if draw.textlength(lines[-1] + word, font=face) > 740:
            lines.append("")
        lines[-1] += word + " "
    for number, line in enumerate(lines[: int(440 / (1.5 * size))]):
        draw.text((30, 30 + number * 1.5 * size), line, font=face, fill=(30, 30, 40))
    return np.asarray(image)


@pytest.mark.parametrize(
    ("font", "size"), [("DejaVuSerif-BoldItalic", 28), ("STIXGeneralBolIta", 36), ("DejaVuSans", 20)]
)
def test_a_page_of_printed_words_has_next_to_no_digits(reader: DigitReader, font: str, size: int):
    """Letters are no digits, though many look like 0, 1 or 5; at most one in a hundred is read as one."""
    text = reader.read_photo(printed_page(font, size)).text.replace("\n", "")
    assert len(text) <= 2, text


@pytest.mark.parametrize(("font", "size"), [("DejaVuSans-BoldOblique", 24), ("STIXGeneralBolIta", 36)])
def test_a_row_of_letters_is_no_ruled_line(font: str, size: int):
    image = printed_page(font, size)
    before = (image.min(axis=2) < 128).sum()
    ink, scale = photo_ink(image)
    assert scale == 1 and (ink >= 0.5).sum() > 0.9 * before


def test_a_thick_frame_is_taken_out_for_all_its_width():
    ink = np.zeros((600, 600), np.float32)
    cv2.rectangle(ink, (40, 40), (560, 560), 1.0, 12)
    for x in (150, 300, 450):
        cv2.ellipse(ink, (x, 305), (14, 22), 0, 0, 360, 1.0, 5)
    left = without_lines(ink, ink, 0.1)
    assert (left[:60] >= 0.5).sum() < 0.06 * (ink[:60] >= 0.5).sum()
    assert (left[280:330, 140:480] >= 0.5).sum() > 0.9 * (ink[280:330, 140:480] >= 0.5).sum()
