"""Digits as hands write them: the templates' styles, varied like a hand varies them, many drawings at once.

Every random number comes from the generator handed in: same seed, same strokes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from model.synthesis.paths import POINTS, Template
from model.synthesis.styles import library


class Strokes(NamedTuple):
    """N drawings of POINTS pen points each, y pointing down, in any unit.

    points: (N, POINTS, 2) float32. down: (N, POINTS - 1) bool, whether the pen draws from a point to the next.
    """

    points: np.ndarray
    down: np.ndarray

    def polylines(self, index: int) -> list[np.ndarray]:
        """The strokes of one drawing: arrays (P, 2) of at least two points."""
        starts = np.flatnonzero(~self.down[index]) + 1
        return [part for part in np.split(self.points[index], starts) if len(part) > 1]


def styles(digit: int) -> list[str]:
    """The names of the styles in which a digit can be drawn."""
    return list(dict.fromkeys(style.name for style in library().digits[digit]))


def draw(style: Template, rng: np.random.Generator, count: int, amount: float = 1.0) -> np.ndarray:
    """(count, P, 2) float32 pen points of one style: between its extremes, control points moved, corners rounded.

    `amount` scales what chance does, 0 for none.
    """
    many, size = style.controls.shape[:2]
    mix = rng.dirichlet(np.ones(many), count) * 1.2 - 0.2 / many if amount else np.full((count, many), 1 / many)
    points = np.tensordot(mix.astype(np.float32), style.controls, 1)  # (count, K, 2)
    shaky = amount * 0.022 * np.exp(0.4 * _normal(rng, count, 1, 1))
    points += shaky * _normal(rng, count, size, 2)
    points += (amount * 0.018 * _normal(rng, count, style.stroke[-1] + 1, 2))[:, style.stroke]
    end, near = style.ends.T
    reach = np.clip(amount * 0.06 * _normal(rng, count, len(end), 1), -0.15, 0.2)
    points[:, end] += reach * (points[:, end] - points[:, near])
    curve = style.curve @ points
    return curve + amount * rng.random((count, 1, 1), np.float32) * (style.rounded @ points - curve)


def _normal(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.standard_normal(shape, np.float32)


def hand(points: np.ndarray, rng: np.random.Generator, amount: float = 1.0) -> np.ndarray:
    """(N, P, 2) pen points as a hand would write them: slanted, turned, squeezed, bent and a little shaky.

    `amount` scales what chance does, 0 for none. The unit is a box of 1 × 1.
    """
    count, size = points.shape[:2]
    slant = np.clip(0.08 + 0.2 * _normal(rng, count), -0.4, 0.65) * amount
    angle = np.clip(0.075 * _normal(rng, count), -0.2, 0.2) * amount
    squeeze = np.exp(amount * np.clip(0.22 * _normal(rng, count) - 0.04, -0.5, 0.42))
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.stack([cos, sin, -sin, cos], -1).reshape(-1, 2, 2)
    shear = np.stack([squeeze, np.zeros_like(slant), -slant, np.ones_like(slant)], -1).reshape(-1, 2, 2)
    points = (points - 0.5) @ (shear @ turn).astype(np.float32)
    for _ in range(2):  # waves across the page, about as long as a digit is high
        across = 4.5 * _normal(rng, count, 2, 1)
        phase = points @ across + rng.uniform(0, 2 * np.pi, (count, 1, 1)).astype(np.float32)
        points = points + amount * 0.022 * _normal(rng, count, 1, 2) * np.sin(phase)
    tremor = 0.004 + 0.005 * (rng.random((count, 1, 1), np.float32) < 0.1)
    wobble = 0.014 * (rng.random((count, 1, 1), np.float32) < 0.3)  # a mouse, a moving train
    return points + amount * (
        tremor * _normal(rng, count, size, 2) + wobble * (_slowly(size) @ _normal(rng, count, 14, 2))
    )


@cache
def _slowly(size: int) -> np.ndarray:
    """(size, 14) float32 weights that draw 14 values out over `size` points."""
    at = np.linspace(0, 13, size)[:, None] - np.arange(14)
    return np.maximum(1 - np.abs(at), 0).astype(np.float32)


def digit_strokes(
    rng: np.random.Generator,
    labels: np.ndarray,
    chosen: Mapping[int, Sequence[str]] | None = None,
    amount: float = 1.0,
) -> Strokes:
    """Drawings of the digits in `labels` (N,), in their styles by weight or in the `chosen` ones of each digit.

    Raises ValueError for a label that is no digit or a style that a digit does not have.
    """
    points = np.empty((len(labels), POINTS, 2), np.float32)
    down = np.empty((len(labels), POINTS - 1), bool)
    for digit in np.unique(labels):
        known = _chosen(int(digit), chosen)
        weights = np.array([style.weight for style in known])
        where = np.flatnonzero(labels == digit)
        which = rng.choice(len(known), len(where), p=weights / weights.sum())
        for index, style in enumerate(known):
            rows = where[which == index]
            if len(rows):
                points[rows] = draw(style, rng, len(rows), amount)
                down[rows] = style.down
    return Strokes(hand(points, rng, amount), down)


def _chosen(digit: int, chosen: Mapping[int, Sequence[str]] | None) -> list[Template]:
    if digit not in range(10):
        raise ValueError(f"drawing a digit: got {digit}, expected 0 to 9")
    known = library().digits[digit]
    names = None if chosen is None else chosen.get(digit)
    found = [style for style in known if names is None or style.name in names]
    if not found or (names is not None and not {style.name for style in found} >= set(names)):
        raise ValueError(f"drawing a {digit}: got the styles {names}, expected some of {styles(digit)}")
    return found
