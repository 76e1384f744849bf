"""What is no digit: bodies with parts, outlines, textures, and two drawings that become one."""

from __future__ import annotations

import numpy as np

from model.synthesis import doodles, negatives, spoilt
from model.synthesis.handwriting import digit_strokes
from model.synthesis.strokes import Strokes, beside, joined, unit
from model.synthesis.styles import library

COUNT = 60


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_a_body_is_closed_and_reaches_from_side_to_side() -> None:
    bodies = doodles._bodies(rng(), np.repeat(doodles.CORNERS, 10))
    assert np.allclose(bodies[:, 0], bodies[:, -1], atol=0.02)
    assert np.allclose(np.abs(bodies[..., 1]).max(axis=1), 1)


def test_a_doodle_has_a_body_and_two_to_four_parts() -> None:
    down = doodles.doodles(rng(), COUNT).down
    strokes = 1 + (~down[:, doodles.BODY_POINTS - 1 :: doodles.PART_POINTS]).sum(axis=1)
    assert (strokes == 1 + doodles.PARTS).all()
    parts = down[:, doodles.BODY_POINTS :: doodles.PART_POINTS].sum(axis=1)
    assert set(parts) == {2, 3, 4}


def test_no_outline_is_a_plain_ring() -> None:
    points = doodles.outlines(rng(), COUNT).points
    away = np.linalg.norm(points - points.mean(axis=1, keepdims=True), axis=2)
    assert (away.std(axis=1) / away.mean(axis=1)).min() > 0.08


def test_textures_show_ink_and_paper() -> None:
    inked = doodles.textures(rng(), COUNT, 40) > 0.5
    assert inked.mean(axis=(1, 2)).min() > 0.05 and inked.mean(axis=(1, 2)).max() < 0.7


def test_letters_and_signs_that_people_write_come_oftener_than_other_scripts() -> None:
    weight = {symbol.name: symbol.weight for symbol in library().symbols}
    assert min(weight["question"], weight["plus"], weight["greater"]) >= weight["E"] > weight["san"]


def test_two_digits_over_each_other_are_different_ones() -> None:
    drawn = spoilt.overlaid(rng(), COUNT)
    assert drawn.points.shape[0] == COUNT
    assert set(spoilt.OVERLAID) <= set(range(10)) - {0, 1, 7}


def test_drawings_beside_each_other_keep_their_distance() -> None:
    digits = unit(digit_strokes(rng(), np.full(COUNT, 3)))
    both = beside(digits, digits, 0.25)
    half = both.points.shape[1] // 2
    gap = both.points[:, half:, 0].min(axis=1) - both.points[:, :half, 0].max(axis=1)
    assert gap.min() > 0.249 and gap.max() < 0.45  # every second point is dropped, perhaps the outermost
    assert not both.down[:, half - 1].any()


def test_a_unit_drawing_is_one_high_and_centred() -> None:
    points = unit(digit_strokes(rng(), np.full(COUNT, 1))).points
    assert np.allclose(points.max(axis=1) + points.min(axis=1), 0, atol=1e-4)
    assert np.ptp(points[..., 1], axis=1).max() <= 1.001


def test_joined_drawings_have_half_of_each_ones_points() -> None:
    line = np.repeat(np.linspace([0, 0], [0, 1], 48, dtype=np.float32)[None], 2, axis=0)
    strokes = Strokes(line, np.ones((2, 47), bool))
    both = joined(strokes, Strokes(line + 1, strokes.down))
    assert both.points.shape == (2, 48, 2) and both.down.sum(axis=1).tolist() == [46, 46]


def test_the_shares_of_all_kinds_sum_to_1() -> None:
    assert abs(sum(share for _, share in negatives.KINDS) - 1) < 1e-9
