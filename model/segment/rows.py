"""Rows of digits: which boxes stand in one line of writing, and how that line slopes.

Boxes are (left, top, right, bottom) in pixels, right and bottom exclusive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.segment.components import Box


@dataclass(frozen=True)
class Rows:
    """What a row of digits is like; heights are the median one of the digits."""

    steepest: int = 45  # degrees that rows may slope; beyond, the page lies on its side
    gap: float = 0.5  # heights between the middles of two rows, at least
    spread: float = 0.6  # heights over which the middles of one row may be scattered
    flat: float = 15.0  # degrees of slope that count as much as one more row


ROWS = Rows()


def rows_of(boxes: Sequence[Box]) -> list[int]:
    """Row numbers from 0, top to bottom, of boxes; rows may slope together and digits lie a little scattered."""
    if len(boxes) < 2:
        return [0] * len(boxes)
    x, y, height = _middles(boxes)
    return [int(row) for row in _levels((y - np.tan(np.deg2rad(slope_of(boxes))) * x) / height)]


def _middles(boxes: Sequence[Box]) -> tuple[np.ndarray, np.ndarray, float]:
    """x and y of the boxes' middles, and their median height."""
    table = np.asarray(boxes, float)
    height = float(np.median(table[:, 3] - table[:, 1]))
    return (table[:, 0] + table[:, 2]) / 2, (table[:, 1] + table[:, 3]) / 2, height


def slope_of(boxes: Sequence[Box]) -> int:
    """Degrees, clockwise, at which boxes fall into the fewest and flattest rows; 0 for fewer than two."""
    if len(boxes) < 2:
        return 0
    x, y, height = _middles(boxes)
    costs = {}
    for slope in range(-ROWS.steepest, ROWS.steepest + 1):
        level = (y - np.tan(np.deg2rad(slope)) * x) / height
        costs[slope] = _row_cost(level) + abs(slope) / ROWS.flat
    return min(costs, key=lambda slope: (costs[slope], abs(slope)))


def _levels(level: np.ndarray) -> np.ndarray:
    """Row of each digit: a new one begins where the sorted heights leave a gap."""
    order = np.argsort(level, kind="stable")
    row = np.zeros(len(level), int)
    row[order[1:]] = np.cumsum(np.diff(level[order]) > ROWS.gap)
    return row


def _row_cost(level: np.ndarray) -> float:
    rows = _levels(level)
    count = np.bincount(rows)
    wide = [np.ptp(level[rows == row]) for row in range(len(count))]
    return len(count) + float(2 * count @ np.maximum(0.0, np.array(wide) - ROWS.spread))
