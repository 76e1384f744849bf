"""Rows of digits: which boxes stand in one line of writing, and how that line slopes.

Boxes are (left, top, right, bottom) in pixels, right and bottom exclusive.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from model.segment.components import Box

SLOPES = range(-45, 46, 1)  # degrees that rows may slope
ROW_GAP = 0.5  # of the typical height between the middles of two rows, at least


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
    for slope in SLOPES:
        level = (y - np.tan(np.deg2rad(slope)) * x) / height
        costs[slope] = _row_cost(level) + abs(slope) / 15
    return min(SLOPES, key=lambda slope: (costs[slope], abs(slope)))


def _levels(level: np.ndarray) -> np.ndarray:
    """Row of each digit: a new one begins where the sorted heights leave a gap."""
    order = np.argsort(level, kind="stable")
    row = np.zeros(len(level), int)
    row[order[1:]] = np.cumsum(np.diff(level[order]) > ROW_GAP)
    return row


def _row_cost(level: np.ndarray) -> float:
    rows = _levels(level)
    count = np.bincount(rows)
    spread = [np.ptp(level[rows == row]) for row in range(len(count))]
    return len(count) + float(sum(2 * max(0.0, wide - 0.6) * many for wide, many in zip(spread, count, strict=True)))
