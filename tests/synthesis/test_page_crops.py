"""Crops of pages: where their digits are said to be, there they are."""

from __future__ import annotations

import numpy as np
import pytest

from model.synthesis.page import writing
from model.synthesis.page.crops import IGNORE, LEAST, MOST, SIDE, STRIDE, Crop, a_crop, crops
from model.synthesis.page.glyphs import FINE, Supply, put
from model.synthesis.page.paper import a_paper
from model.synthesis.page.scenery import a_scene, text_mask
from model.synthesis.render import synthetic_batch

COUNT = 60


@pytest.fixture(scope="module")
def source() -> tuple[np.ndarray, np.ndarray]:
    """Digits that stand for those of the CSV."""
    return synthetic_batch(np.random.default_rng(0), 200)


@pytest.fixture(scope="module")
def made(source: tuple[np.ndarray, np.ndarray]) -> list[Crop]:
    return crops((0, 1), COUNT, *source)


def test_the_same_seed_gives_the_same_crops(made: list[Crop], source: tuple[np.ndarray, np.ndarray]) -> None:
    again = crops((0, 1), 5, *source)
    assert all(
        np.array_equal(one, other) for a, b in zip(made, again, strict=False) for one, other in zip(a, b, strict=True)
    )
    assert not np.array_equal(crops((0, 2), 1, *source)[0].grey, made[0].grey)


def test_shapes_and_types(made: list[Crop]) -> None:
    for crop in made:
        assert crop.grey.shape == (SIDE, SIDE) and crop.grey.dtype == np.uint8
        assert crop.ink.shape == (SIDE // STRIDE, SIDE // STRIDE) and crop.ink.dtype == np.uint8
        assert crop.digits.shape[1:] == (5,) and crop.windows.shape[1:] == (4,)


def test_digits_lie_in_a_picture_and_have_a_size_that_can_be_found(made: list[Crop]) -> None:
    digits = np.concatenate([crop.digits for crop in made])
    wanted = digits[digits[:, 0] != IGNORE]
    assert set(wanted[:, 0]) == set(range(10)) and len(wanted) > 2 * COUNT
    size = np.maximum(wanted[:, 4] - wanted[:, 2], (wanted[:, 3] - wanted[:, 1]) / 1.3)
    assert size.max() <= MOST + 1e-3 and size.min() > 0.8 * LEAST
    for crop in made:
        middles = (crop.digits[:, 1:3] + crop.digits[:, 3:]) / 2
        low, high = crop.windows[:, None, :2], crop.windows[:, None, 2:]
        assert ((middles >= low) & (middles <= high)).all(axis=2).any(axis=0).all()


def test_boxes_hold_ink(made: list[Crop]) -> None:
    for crop in made:
        for _, left, top, right, bottom in crop.digits[crop.digits[:, 0] != IGNORE] / (1, *[STRIDE] * 4):
            inside = crop.ink[int(top) : int(np.ceil(bottom)), int(left) : int(np.ceil(right))]
            assert inside.max() > 10


def test_pictures_do_not_overlap(made: list[Crop]) -> None:
    for crop in made:
        covered = np.zeros((SIDE, SIDE), int)
        for left, top, right, bottom in crop.windows:
            covered[top:bottom, left:right] += 1
        assert covered.max() <= 1
    assert any(len(crop.windows) > 2 for crop in made) and any(not len(crop.digits) for crop in made)


def test_a_glyph_fills_the_box_that_is_said(source: tuple[np.ndarray, np.ndarray]) -> None:
    rng = np.random.default_rng(3)
    supply = Supply(rng, *source)
    for glyph in (supply.drawn(8, supply.style(8)), supply.scanned(3), supply.printed(supply.font(), 5)):
        ink = np.zeros((SIDE * FINE, SIDE * FINE), np.uint8)
        box = put(ink, glyph, np.array([80.0, 70.0]), 40.0, np.eye(2), 4.0)
        rows, columns = np.nonzero(ink > 100)
        assert box is not None
        edges = (columns.min() / FINE, rows.min() / FINE, columns.max() / FINE, rows.max() / FINE)
        np.testing.assert_allclose(box, edges, atol=2.0)
        assert 36 <= box[3] - box[1] <= 44


@pytest.mark.parametrize("layout", [writing.table, writing.scattered, writing.single])
def test_every_layout_writes(layout, source: tuple[np.ndarray, np.ndarray]) -> None:
    rng = np.random.default_rng(5)
    sheet = writing.Sheet(rng, Supply(rng, *source), SIDE)
    layout(sheet, 25.0, 0.05)
    assert sheet.digits and sheet.ink.any()


def test_no_digits_are_said_to_be_on_scenery() -> None:
    rng = np.random.default_rng(1)
    for shape in ((160, 160), (40, 90)):
        assert a_scene(rng, shape).shape == shape
        assert text_mask(rng, shape, "DejaVuSans").shape == shape
        paper, base = a_paper(rng, shape)
        assert paper.shape == shape and 100 < base < 255


def test_crops_come_by_chance_of_every_kind(source: tuple[np.ndarray, np.ndarray]) -> None:
    rng = np.random.default_rng(9)
    supply = Supply(rng, *source)
    assert all(a_crop(rng, supply).windows.size for _ in range(10))
