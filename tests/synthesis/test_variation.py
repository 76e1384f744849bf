"""Each freedom of the amounts: what it changes, how far at most, and what stays."""

from __future__ import annotations

import numpy as np
import pytest

from model.synthesis import variation
from model.synthesis.handwriting import digit_strokes, draw, penned
from model.synthesis.paths import POINTS, family
from model.synthesis.strokes import Strokes
from model.synthesis.styles import library
from model.synthesis.variation import LIMITS, OTHER_LIMITS, VARIATION, reduced

COUNT = 400


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def line() -> np.ndarray:
    """(COUNT, POINTS, 2) upright lines, 1 high, in the middle of the box."""
    return np.repeat(np.linspace([0.5, 0], [0.5, 1], POINTS, dtype=np.float32)[None], COUNT, axis=0)


def ring() -> np.ndarray:
    """(COUNT, POINTS, 2) circles of radius 0.5, clockwise from the right."""
    angle = np.linspace(0, 2 * np.pi, POINTS)
    circle = 0.5 + 0.5 * np.stack([np.cos(angle), np.sin(angle)], -1)
    return np.repeat(circle[None].astype(np.float32), COUNT, axis=0)


def one_stroke(points: np.ndarray) -> Strokes:
    return Strokes(points, np.ones((len(points), POINTS - 1), bool))


def test_a_careful_hand_has_no_accidents() -> None:
    calm = reduced(VARIATION, 0.5)
    assert calm.shake == VARIATION.shake / 2
    assert not calm.lift_share and not calm.dotted_share and not calm.tail_share
    drawn = digit_strokes(rng(), np.zeros(50, int), {0: ["plain"]}, reduced(VARIATION, 0))
    assert np.ptp(drawn.points, axis=0).max() < 1e-5


def test_every_digit_has_bounds_of_its_own() -> None:
    assert len(LIMITS) == 10
    for limits in LIMITS:
        for low, high in (limits.width, limits.slant, limits.start, limits.end, limits.upper):
            assert low < 0 < high


def test_strokes_move_apart_as_wholes() -> None:
    """The gap between an 8's two rings may grow to a tenth of its height and more."""
    (style,) = family("M0 0 L100 0 M0 10 L100 10")
    moved = variation.apart(np.repeat(style.controls, COUNT, axis=0), style.stroke, rng(), VARIATION, LIMITS[8])
    gap = (moved[:, 2:, 1].mean(axis=1) - moved[:, :2, 1].mean(axis=1)) - 0.1
    assert 0.1 < gap.max() < 0.25 and -0.25 < gap.min() < -0.1
    assert np.allclose(moved[:, 0, 1], moved[:, 1, 1], atol=1e-5)


def test_strokes_stop_short_and_overshoot() -> None:
    (style,) = family("M0 0 L50 0 L100 0")
    ends = variation.reaching(np.repeat(style.controls, COUNT, axis=0), style.ends, rng(), VARIATION)[:, :, 0]
    assert np.allclose(ends[:, 1], 0.5)
    assert 1.08 < ends[:, 2].max() <= 1.141 and 0.879 <= ends[:, 2].min() < 0.92


@pytest.mark.parametrize("turn", [-3.0, -0.5, 0.0, 1.0, 4.0])
def test_a_tail_turns_as_far_as_it_is_told(turn: float) -> None:
    """Above 0 it goes on the way the stroke bends: clockwise for a clockwise ring."""
    arc = ring()[:5]
    curled = variation.with_tail(arc, np.full(5, turn), np.full(5, 0.1))
    assert curled.shape == arc.shape
    steps = np.diff(curled[0], axis=0)
    heading = np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))
    assert heading[-1] - heading[-11] == pytest.approx(turn, abs=0.15)


def test_few_digits_get_a_tail_and_only_at_their_longest_stroke() -> None:
    style = next(style for style in library().digits[5] if style.sizes[0] > style.sizes[-1])
    points = np.repeat((style.curve @ style.controls[0])[None], COUNT, axis=0)
    out = variation.tails(points, style.sizes, rng(), VARIATION, LIMITS[5])
    changed = (out != points).any(axis=2)
    assert 0.1 < changed.any(axis=1).mean() < 0.6
    assert not changed[:, style.sizes[0] :].any()


def test_halves_grow_at_the_cost_of_each_other() -> None:
    out = variation.proportioned(line(), rng(), VARIATION)
    middle = np.abs(out[..., 1] - 0.5).argmin(axis=1) / (POINTS - 1)
    assert middle.min() < 0.42 and middle.max() > 0.58
    assert (np.diff(out[..., 1], axis=1) > 0).all()
    assert np.allclose(out[:, [0, -1], 1], [0, 1], atol=1e-5)
    low = variation.proportioned(line(), rng(), VARIATION, [LIMITS[9]])[..., 1]
    assert (low[:, POINTS // 2] < 0.58).all()


def test_circles_become_squares() -> None:
    square = variation.boxed(ring(), np.ones(COUNT)) - 0.5
    assert np.allclose(np.abs(square).max(axis=-1), 0.5, atol=0.01)
    assert np.allclose(variation.boxed(ring(), np.zeros(COUNT)), ring(), atol=1e-6)


def test_slant_turn_and_width_stay_within_bounds() -> None:
    still = reduced(VARIATION, 0)
    only = {name: getattr(VARIATION, name) for name in ("slant", "squeeze", "turn")}
    for name, value in only.items():
        amounts = type(VARIATION)(**{**still.__dict__, name: value, "wild_share": 1.0})
        leant = variation.leaning(line() if name != "squeeze" else ring(), rng(), amounts, [LIMITS[2]])
        size = np.ptp(leant, axis=1)
        if name == "squeeze":
            width = np.log(size[:, 0] / size[:, 1])
            assert LIMITS[2].width[0] - 0.01 <= width.min() < -0.5 and 0.5 < width.max() <= LIMITS[2].width[1] + 0.01
        else:
            assert 0.15 < (size[:, 0] / size[:, 1]).max() <= max(LIMITS[2].slant[1], 0.31) + 0.01


def test_widths_go_from_a_third_of_the_height_to_three_times_it() -> None:
    labels = np.repeat([0, 2], 2000)
    drawn = digit_strokes(rng(), labels, {2: ["plain", "long-foot"], 0: ["plain"]})
    width, height = np.ptp(drawn.points, axis=1).T
    assert (width / height).min() < 0.45 and (width / height).max() > 2.5


def test_unsteady_lines_stay_near() -> None:
    away = np.abs(variation.unsteady(line(), rng(), VARIATION) - line())
    assert 0.05 < away.max() < 0.35 and np.median(away) < 0.03


def test_a_lifted_pen_leaves_one_gap_and_may_come_down_beside() -> None:
    points, down = variation.lifted(one_stroke(line()), rng())
    assert set((~down).sum(axis=1)) == {1, 2, 3, 4}
    assert (np.diff(down.astype(int), axis=1) != 0).sum(axis=1).max() == 2
    assert 0.02 < np.abs(points[:, -1] - line()[:, -1]).mean() < 0.1
    assert np.allclose(points[:, 0], line()[:, 0])


def test_a_retraced_stroke_goes_back_beside_itself() -> None:
    points, down = variation.retraced(one_stroke(line()), rng())
    assert down.all()
    assert np.allclose(points[:, 2 * POINTS // 3 - 1, 1], 1, atol=0.01)
    assert points[:, -1, 1].max() < 0.85 and np.abs(points[..., 0] - 0.5).max() < 0.1
    two = one_stroke(line())
    two.down[:, 20] = False
    assert np.array_equal(variation.retraced(two, rng()).points, line())


def test_a_fast_stroke_is_a_polyline_of_few_points() -> None:
    length = np.linalg.norm(np.diff(ring()[0], axis=0), axis=1).sum()
    apart = np.full(COUNT, 6 * length / POINTS)
    points, down = variation.coarse(one_stroke(ring()), apart)
    assert down.all()
    steps = np.diff(points[0], axis=0)
    corners = np.abs(np.diff(np.unwrap(np.arctan2(steps[:, 1], steps[:, 0])))) > 0.1
    assert corners.sum() == 7
    assert np.allclose(points[:, ::6], ring()[:, ::6], atol=1e-6)
    lifted = one_stroke(ring())
    lifted.down[:, 20] = False
    assert np.allclose(variation.coarse(lifted, apart).points[:, [20, 21]], ring()[:, [20, 21]], atol=1e-6)


def test_points_lie_as_far_apart_on_a_long_stroke_as_on_a_short_one() -> None:
    apart = np.full(COUNT, 0.3)

    def corners(size: float) -> int:
        points = variation.coarse(Strokes((ring() * size).astype(np.float32), one_stroke(ring()).down), apart).points
        steps = np.diff(points[0], axis=0)
        return int((np.abs(np.diff(np.unwrap(np.arctan2(steps[:, 1], steps[:, 0])))) > 0.1).sum())

    assert corners(2.0) > corners(1.0)


def test_a_coarse_grid_makes_steps() -> None:
    points, down = variation.stepped(one_stroke(ring()), np.full(COUNT, 0.125))
    assert down.all() and np.allclose(points * 8, np.round(points * 8), atol=1e-4)
    assert np.abs(points - ring()).max() <= 0.0625 + 1e-4


def test_a_row_of_dots_is_not_joined() -> None:
    points, down = variation.dotted(one_stroke(line()), np.full(COUNT, 3))
    assert len(np.unique(points[0], axis=0)) == POINTS // 3
    length = np.linalg.norm(np.diff(points, axis=1), axis=2)
    assert (length[down] == 0).all() and (length[~down] > 0).all()


def test_accidents_befall_the_shares_that_the_hand_says() -> None:
    before = one_stroke(ring())
    for share, low, high in ((0.0, 0, 0), (0.3, 0.2, 0.4)):
        amounts = type(VARIATION)(**{**reduced(VARIATION, 1).__dict__, "coarse_share": share})
        after = penned(before, rng(), amounts)
        assert low <= (after.points != before.points).any(axis=(1, 2)).mean() <= high


def test_some_digits_are_written_with_straight_lines_alone() -> None:
    style = library().digits[0][0]
    drawn = draw(style, rng(), 100, type(VARIATION)(**{**reduced(VARIATION, 0).__dict__, "polygon_share": 0.5}))
    assert len(np.unique(drawn.round(5), axis=0)) == 2


def test_symbols_have_bounds_too() -> None:
    assert OTHER_LIMITS.width[0] < 0 < OTHER_LIMITS.width[1]
