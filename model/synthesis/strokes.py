"""Drawings as pen strokes, many at once, and how two of them become one."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from model.synthesis.paths import POINTS


class Strokes(NamedTuple):
    """N drawings of P pen points each, y pointing down, in any unit.

    points: (N, P, 2) float32. down: (N, P - 1) bool, whether the pen draws from a point to the next.
    """

    points: np.ndarray
    down: np.ndarray

    def polylines(self, index: int) -> list[np.ndarray]:
        """The strokes of one drawing: arrays (P, 2) of at least two points."""
        starts = np.flatnonzero(~self.down[index]) + 1
        return [part for part in np.split(self.points[index], starts) if len(part) > 1]


def drawn_by_kind(which: np.ndarray, draw: Callable[[int, int], Strokes]) -> Strokes:
    """A drawing for each number in `which` (N,): `draw(kind, count)` makes all those of one kind at once."""
    points, down = np.empty((len(which), POINTS, 2), np.float32), np.empty((len(which), POINTS - 1), bool)
    for kind in np.unique(which):
        rows = np.flatnonzero(which == kind)
        points[rows], down[rows] = draw(int(kind), len(rows))
    return Strokes(points, down)


def turned(points: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Pen points (N, P, 2) turned clockwise about the origin by `angle` (N,) radians."""
    cos, sin = np.cos(angle), np.sin(angle)
    return np.asarray(points @ np.stack([cos, sin, -sin, cos], -1).reshape(-1, 2, 2))


def unit(strokes: Strokes) -> Strokes:
    """Centred on the origin, 1 high (or 1.3 wide where it is very flat)."""
    low, high = strokes.points.min(axis=1, keepdims=True), strokes.points.max(axis=1, keepdims=True)
    size = high - low
    longest = np.maximum(np.maximum(size[..., 1:], size[..., :1] / 1.3), 1e-3)
    return Strokes((strokes.points - (low + high) / 2) / longest, strokes.down)


def joined(first: Strokes, second: Strokes) -> Strokes:
    """Both drawings in one, with half of the pen points each."""
    points = np.concatenate([first.points[:, ::2], second.points[:, ::2]], axis=1)
    parts = [strokes.down[:, :-1:2] & strokes.down[:, 1::2] for strokes in (first, second)]
    lifted = np.zeros((len(points), 1), bool)
    return Strokes(points, np.concatenate([parts[0], lifted, parts[1]], axis=1))


def beside(left: Strokes, right: Strokes, gap: float | np.ndarray) -> Strokes:
    """Both drawings in one, the second `gap` to the right of the first: a number, or (N,) of them."""
    shift = left.points[..., 0].max(axis=1) - right.points[..., 0].min(axis=1) + gap
    moved = right.points + np.stack([shift, np.zeros_like(shift)], -1)[:, None]
    return joined(left, Strokes(moved.astype(np.float32), right.down))
