"""How handwriting varies: each function changes one thing about many drawings at once, each drawing at random.

Pen points are (N, P, 2) float32 in a box of 1 × 1 with y pointing down, a digit is about 1 high. Every function returns
new points; those that lift or move the pen take and return Strokes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import NamedTuple

import numpy as np

from model.synthesis.strokes import Strokes


@dataclass(frozen=True)
class Variation:
    """How far handwriting varies: lengths in heights of a digit and angles in radians, both as standard deviations.

    A `…_share` is the share of the drawings that vary in this way, from 0 to 1.
    """

    shake: float = 0.022  # of each control point: no two 2s are the same
    drift: float = 0.03  # of a stroke as a whole, times the digit's own limit: a 5's bar stands apart
    growth: float = 0.07  # of a stroke about its own middle, as a share of its size
    reach: float = 0.05  # by which a stroke overshoots, or stops short where it should meet another
    upper: float = 0.25  # of the bend that makes the upper half larger than the lower, or smaller
    left: float = 0.12  # the same for the left and the right half
    narrow_top: float = 0.15  # of the share by which the top is wider than the middle, or narrower
    slant: float = 0.2  # sideways for each height
    turn: float = 0.075  # of the whole drawing: paper lies askew
    squeeze: float = 0.22  # of the logarithm of the width
    wave: float = 0.022  # across the page, about as long as a digit is high
    tremor: float = 0.004  # of each pen point
    wobble: float = 0.014  # slow and seldom: a mouse, a moving train
    tail_share: float = 0.22  # of strokes that end, or begin, in a curl
    polygon_share: float = 0.05  # written with straight lines alone
    boxed_share: float = 0.12  # of round digits, written into a square
    wild_share: float = 0.15  # of slants, turns and widths twice as far from the usual
    stretch_share: float = 0.05  # of widths anywhere between a digit's least and greatest
    lift_share: float = 0.05  # in which the pen leaves the paper in mid-stroke and comes back a little beside
    retrace_share: float = 0.02  # in which the pen goes back over its own line
    coarse_share: float = 0.1  # drawn so fast that few points were recorded, joined by straight lines
    stepped_share: float = 0.02  # recorded on a grid so coarse that lines go in steps
    dotted_share: float = 0.015  # the same, not joined at all


VARIATION = Variation()


def reduced(amounts: Variation, amount: float) -> Variation:
    """Careful writing: each length and angle times `amount`, and every share 0."""
    return replace(
        amounts,
        **{f.name: 0.0 if f.name.endswith("_share") else amount * getattr(amounts, f.name) for f in fields(amounts)},
    )


class Limits(NamedTuple):
    """How far a digit may vary without becoming another one: the least and the greatest of each.

    width: the logarithm of the factor by which it is squeezed. slant: sideways for each height. start, end: of the
    curl before the first and after the last point, in radians against and with the stroke's own bend. upper: the bend
    that moves its middle down. drift: of its strokes, sideways and down, as a factor of the usual. boxed: is it round?
    """

    width: tuple[float, float] = (-0.7, 0.9)
    slant: tuple[float, float] = (-0.4, 0.75)
    start: tuple[float, float] = (-1.0, 1.0)
    end: tuple[float, float] = (-1.0, 1.0)
    upper: tuple[float, float] = (-0.5, 0.5)
    drift: tuple[float, float] = (1.0, 1.0)
    boxed: bool = True


LIMITS = (
    Limits(width=(-0.7, 1.1), start=(-0.8, 4.0), end=(-0.8, 4.0)),
    Limits(width=(-0.6, 0.25), slant=(-0.25, 0.9), start=(-0.3, 0.3), end=(-0.4, 0.4), drift=(0.7, 0.4), boxed=False),
    Limits(width=(-0.75, 1.3), start=(-0.8, 3.0), end=(-1.2, 1.8), upper=(-0.4, 0.4)),
    Limits(width=(-0.6, 0.8), start=(-0.8, 1.8), end=(-0.8, 2.0)),
    Limits(width=(-0.45, 0.8), start=(-0.6, 0.6), end=(-0.9, 0.9), drift=(1.3, 0.8), boxed=False),
    Limits(width=(-0.5, 0.9), start=(-0.6, 0.6), end=(-0.8, 2.8), drift=(1.2, 1.4)),
    Limits(width=(-0.6, 0.8), start=(-0.8, 2.0), end=(-0.5, 2.5), upper=(-0.15, 0.3)),
    Limits(width=(-0.4, 0.8), end=(-0.5, 0.5), upper=(-0.4, 0.2), drift=(1.0, 0.6), boxed=False),
    Limits(width=(-0.7, 0.8), start=(-1.3, 1.3), end=(-1.3, 1.3), drift=(0.8, 1.2)),
    Limits(width=(-0.6, 0.8), start=(-0.8, 2.0), end=(-0.9, 3.5), upper=(-0.25, 0.2)),
)
OTHER_LIMITS = Limits()


def normal(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Standard normal float32 of a shape."""
    return rng.standard_normal(shape, np.float32)


def apart(
    controls: np.ndarray,
    stroke: np.ndarray,
    rng: np.random.Generator,
    amounts: Variation,
    limits: Limits,
) -> np.ndarray:
    """(N, K, 2) control points, each stroke moved and grown by itself; `stroke` (K,) says which is whose."""
    count, strokes = len(controls), stroke[-1] + 1
    middle = np.stack([controls[:, stroke == s].mean(axis=1) for s in range(strokes)], 1)[:, stroke]
    grown = 1 + np.clip(amounts.growth * normal(rng, count, strokes, 2), -0.2, 0.2)[:, stroke]
    far = amounts.drift * np.exp(0.5 * normal(rng, count, 1, 1))  # most people keep strokes together, some do not
    moved = np.clip(far * normal(rng, count, strokes, 2), -0.1, 0.1) * np.array(limits.drift, np.float32)
    return middle + (controls - middle) * grown + (moved if strokes > 1 else moved / 2)[:, stroke]


def reaching(controls: np.ndarray, ends: np.ndarray, rng: np.random.Generator, amounts: Variation) -> np.ndarray:
    """Control points of strokes that stop short or overshoot; `ends` (E, 2) are a template's."""
    end, near = ends.T
    last = controls[:, end] - controls[:, near]
    length = np.maximum(np.linalg.norm(last, axis=-1, keepdims=True), 1e-3)
    far = amounts.reach * np.exp(0.4 * normal(rng, len(controls), 1, 1)) * normal(rng, len(controls), len(end), 1)
    share = np.clip(far, -0.12, 0.14) / length
    out = controls.copy()
    out[:, end] += np.clip(share, -0.6, 0.6) * last
    return out


def with_tail(points: np.ndarray, turn: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Strokes (N, P, 2) that end in a curl: `turn` (N,) radians, above 0 the way they bend already; radius (N,)."""
    size = points.shape[1]
    of_tail = min(10, size // 3)
    body = _resampled(points, np.linspace(0, size - 1, size - of_tail))
    last, before = body[:, -1] - body[:, -3], body[:, -3] - body[:, -6]
    bend = np.sign(before[:, 0] * last[:, 1] - before[:, 1] * last[:, 0])[:, None]
    steps = np.arange(1, of_tail + 1)[None] / of_tail
    heading = np.arctan2(last[:, 1], last[:, 0])[:, None] + bend * turn[:, None] * steps
    length = (0.04 + radius * np.abs(turn))[:, None, None] / of_tail
    curl = np.cumsum(np.stack([np.cos(heading), np.sin(heading)], -1) * length, axis=1)
    return np.concatenate([body, body[:, -1:] + curl], axis=1).astype(np.float32)


def tails(
    points: np.ndarray, sizes: tuple[int, ...], rng: np.random.Generator, amounts: Variation, limits: Limits
) -> np.ndarray:
    """Some drawings of one style with a curl at the end of its longest stroke, some at the beginning.

    sizes: the pen points of each stroke.
    """
    longest = int(np.argmax(sizes))
    first = sum(sizes[:longest])
    part = slice(first, first + sizes[longest])
    out = points.copy()
    for (low, high), way in ((limits.end, 1), (limits.start, -1)):
        rows = np.flatnonzero(rng.random(len(points)) < amounts.tail_share)
        side = np.where(rng.random(len(rows)) * (high - low) < high, high, low)
        turn = side * rng.random(len(rows)) ** 1.5
        radius = rng.uniform(0.05, 0.15, len(rows))
        if len(rows) and sizes[longest] >= 18:
            out[rows, part] = with_tail(out[rows, part][:, ::way], turn, radius)[:, ::way]
    return out


def _resampled(points: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Points at the fractional indices `at`, (P,) for all or (N, P) for each drawing."""
    low = np.clip(at.astype(int), 0, points.shape[1] - 2)
    share = (at - low).astype(np.float32)[..., None]
    if at.ndim == 1:
        return points[:, low] + share * (points[:, low + 1] - points[:, low])
    each = np.arange(len(points))[:, None]
    return points[each, low] + share * (points[each, low + 1] - points[each, low])


def proportioned(
    points: np.ndarray, rng: np.random.Generator, amounts: Variation, limits: Sequence[Limits] = (OTHER_LIMITS,)
) -> np.ndarray:
    """The upper half larger than the lower or smaller, the left than the right, the top wider or narrower."""
    count = len(points)
    low, high = np.array([b.upper for b in limits], np.float32).T
    down = np.clip(amounts.upper * normal(rng, count), low, high)
    aside = np.clip(amounts.left * normal(rng, count), -0.35, 0.35)
    points = points + np.stack([aside, down], -1)[:, None] * points * (1 - points)
    wider = 1 + np.clip(amounts.narrow_top * normal(rng, count, 1), -0.4, 0.4) * (2 * points[..., 1] - 1)
    return np.stack([0.5 + (points[..., 0] - 0.5) * wider, points[..., 1]], -1)


def boxed(points: np.ndarray, amount: np.ndarray) -> np.ndarray:
    """Circles as squares: points pushed out along the diagonals, wholly for an `amount` (N,) of 1."""
    away = points - 0.5
    flat = np.maximum(np.abs(away).max(axis=-1, keepdims=True), 1e-4)
    stretch = np.minimum(np.linalg.norm(away, axis=-1, keepdims=True) / flat, np.sqrt(2))
    return (0.5 + away * (1 + amount[:, None, None] * (stretch - 1))).astype(np.float32)


def leaning(
    points: np.ndarray, rng: np.random.Generator, amounts: Variation, limits: Sequence[Limits] = (OTHER_LIMITS,)
) -> np.ndarray:
    """Slanted, turned and squeezed about the origin, which becomes the middle; `limits` of each, or one for all."""
    count = len(points)
    low, high = np.array([(b.slant, b.width) for b in limits], np.float32).transpose(2, 1, 0)
    wild = 1 + (rng.random((3, count)) < amounts.wild_share) * np.array([[1.0], [1.2], [1.6]])
    slant = np.clip((0.4 + normal(rng, count)) * amounts.slant * wild[0], low[0], high[0])
    angle = np.clip(normal(rng, count) * amounts.turn * wild[1], -0.3, 0.3)
    width = np.clip((normal(rng, count) - 0.15) * amounts.squeeze * wild[2], low[1], high[1])
    stretched = rng.random(count) < amounts.stretch_share
    squeeze = np.exp(np.where(stretched, low[1] + rng.random(count) * (high[1] - low[1]), width))
    cos, sin = np.cos(angle), np.sin(angle)
    turned = np.stack([cos, sin, -sin, cos], -1).reshape(-1, 2, 2)
    shear = np.stack([squeeze, np.zeros(count), -slant, np.ones(count)], -1).reshape(-1, 2, 2)
    return (points - 0.5) @ (shear @ turned).astype(np.float32)


def unsteady(points: np.ndarray, rng: np.random.Generator, amounts: Variation) -> np.ndarray:
    """Bent by two waves across the page, shaken point by point, and seldom wobbling slowly."""
    count, size = points.shape[:2]
    for _ in range(2):
        across = 4.5 * normal(rng, count, 2, 1)
        phase = points @ across + rng.uniform(0, 2 * np.pi, (count, 1, 1)).astype(np.float32)
        points = points + amounts.wave * normal(rng, count, 1, 2) * np.sin(phase)
    tremor = amounts.tremor * (1 + 1.2 * (rng.random((count, 1, 1), np.float32) < 0.1))
    wobble = amounts.wobble * (rng.random((count, 1, 1), np.float32) < 0.3)
    return points + tremor * normal(rng, count, size, 2) + wobble * (_slowly(size) @ normal(rng, count, 14, 2))


@cache
def _slowly(size: int) -> np.ndarray:
    """(size, 14) float32 weights that draw 14 values out over `size` points."""
    at = np.linspace(0, 13, size)[:, None] - np.arange(14)
    return np.maximum(1 - np.abs(at), 0).astype(np.float32)


def lifted(strokes: Strokes, rng: np.random.Generator) -> Strokes:
    """The pen leaves the paper somewhere on the way and comes down again a little beside: a gap, seldom a step."""
    points, down = strokes
    count, size = points.shape[:2]
    at = rng.integers(size // 8, size - size // 8, (count, 1))
    up = rng.integers(1, 5, (count, 1))
    segment = np.arange(size - 1)
    beside = 0.03 * normal(rng, count, 1, 2) * (np.arange(size) > at)[..., None]
    return Strokes(points + beside, down & ~((segment >= at) & (segment < at + up)))


def retraced(strokes: Strokes, rng: np.random.Generator) -> Strokes:
    """The pen draws its one stroke, then goes back over the last part of it, not quite on the same line."""
    points, down = strokes
    count, size = points.shape[:2]
    forth = 2 * size // 3
    back = np.linspace(0, 1, size - forth)[None] * rng.uniform(0.3, 1, (count, 1)) * (size - 1)
    at = np.concatenate([np.repeat(np.linspace(0, size - 1, forth)[None], count, 0), size - 1 - back], 1)
    beside = 0.02 * normal(rng, count, 1, 2) * np.maximum(np.arange(size) - forth, 0)[:, None] / (size - forth)
    again = _resampled(points, at) + beside.astype(np.float32)
    one_stroke = np.asarray(down.all(axis=1, keepdims=True))
    return Strokes(np.where(one_stroke[..., None], again, points), down)


def coarse(strokes: Strokes, apart: np.ndarray) -> Strokes:
    """Strokes of which only some points were recorded, about `apart` (N,) from each other, joined by straight lines."""
    points, down = strokes
    count, size = points.shape[:2]
    length = (np.linalg.norm(np.diff(points, axis=1), axis=2) * down).sum(axis=1)
    every = np.clip(np.round(apart * size / np.maximum(length, 1e-3)), 2, 9).astype(int)
    index = np.broadcast_to(np.arange(size), (count, size))
    kept = index % every[:, None] == 0
    kept[:, -1] = True
    kept[:, 1:] |= ~down
    kept[:, :-1] |= ~down
    before = np.maximum.accumulate(np.where(kept, index, 0), axis=1)
    after = np.minimum.accumulate(np.where(kept, index, size)[:, ::-1], axis=1)[:, ::-1]
    share = ((index - before) / np.maximum(after - before, 1)).astype(np.float32)[..., None]
    each = np.arange(count)[:, None]
    return Strokes(points[each, before] * (1 - share) + points[each, after] * share, down)


def stepped(strokes: Strokes, cell: np.ndarray) -> Strokes:
    """Strokes that a tablet of few places recorded: points moved to the corners of squares with sides `cell` (N,)."""
    side = cell[:, None, None].astype(np.float32)
    return Strokes(np.round(strokes.points / side) * side, strokes.down)


def dotted(strokes: Strokes, every: np.ndarray) -> Strokes:
    """The recorded points alone, `every` (N,) so many, as a row of dots."""
    points = strokes.points
    index = np.arange(points.shape[1])[None] // every[:, None] * every[:, None]
    return Strokes(points[np.arange(len(points))[:, None], index], index[:, 1:] == index[:, :-1])
