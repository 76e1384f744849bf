"""The answers wanted from the page network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from model.synthesis.page.crops import IGNORE, SIDE, STRIDE, Crop

PLACES = SIDE // STRIDE  # of the network's answer, along each side
SPREAD = (0.13, 0.13)  # standard deviation around a centre, by the digit's width and height: near misses count less
LEAST_SPREAD = (0.55, 0.7)  # places
BROAD = 3.2  # places: wider or higher digits are also learnt one place beside their centre
BESIDE = 0.5  # what such a place counts
COLUMNS = 9  # of Shard.places


class Shard(NamedTuple):
    """N crops with the answers wanted from the network; n is PLACES.

    grey: (N, SIDE, SIDE) uint8. ink, heat: (N, n, n) uint8, 255 for all ink and for a centre. counted: (N, n, n) bool,
    False where a digit may be found or not. places: (P, 9) float32, one for each place at which a class and a box are
    learnt: crop, y, x, label, centre x and y from the place's own, logarithm of width and of height, both in places,
    and weight. windows: (M, 5) int64: crop, and left, top, right, bottom of a picture in it. places and windows are
    in the order of the crops.
    """

    grey: np.ndarray
    ink: np.ndarray
    heat: np.ndarray
    counted: np.ndarray
    places: np.ndarray
    windows: np.ndarray


def shard_of(made: Sequence[Crop]) -> Shard:
    """The crops as arrays."""
    answers = [_answer(crop.digits / (1, *[STRIDE] * 4)) for crop in made]
    heat, counted = (np.stack([answer[part] for answer in answers]) for part in (0, 1))
    numbered = [np.insert(answer[2], 0, number, axis=1) for number, answer in enumerate(answers)]
    windows = [np.insert(crop.windows, 0, number, axis=1) for number, crop in enumerate(made)]
    return Shard(
        np.stack([crop.grey for crop in made]),
        np.stack([crop.ink for crop in made]),
        np.round(heat * 255).astype(np.uint8),
        counted,
        np.concatenate(numbered).astype(np.float32),
        np.concatenate(windows),
    )


def _answer(digits: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Heat (n, n) float32, counted (n, n) bool and (P, COLUMNS - 1) places of digits whose boxes are in places."""
    heat, counted = np.zeros((PLACES, PLACES), np.float32), np.ones((PLACES, PLACES), bool)
    places: list[tuple[float, ...]] = []
    for label, left, top, right, bottom in digits:
        if label == IGNORE:
            counted[max(0, int(top)) : int(bottom) + 1, max(0, int(left)) : int(right) + 1] = False
    at = np.arange(PLACES)
    for label, left, top, right, bottom in digits[digits[:, 0] != IGNORE]:
        width, height = right - left, bottom - top
        x, y = (min(int(middle), PLACES - 1) for middle in ((left + right) / 2, (top + bottom) / 2))
        spread_x, spread_y = max(LEAST_SPREAD[0], SPREAD[0] * width), max(LEAST_SPREAD[1], SPREAD[1] * height)
        hill = np.exp(-(((at - x) / spread_x) ** 2)[None] / 2 - (((at - y) / spread_y) ** 2)[:, None] / 2)
        np.maximum(heat, hill, out=heat)
        counted[y, x] = True
        for row in range(max(0, y - (height > BROAD)), min(PLACES, y + 1 + (height > BROAD))):
            for column in range(max(0, x - (width > BROAD)), min(PLACES, x + 1 + (width > BROAD))):
                middle = (left + right) / 2 - column - 0.5, (top + bottom) / 2 - row - 0.5
                size = np.log(max(width, 0.5)), np.log(max(height, 0.5))
                weight = 1.0 if (row, column) == (y, x) else BESIDE
                places.append((row, column, label, *middle, *size, weight))
    return heat, counted, np.array(places, np.float32).reshape(-1, COLUMNS - 1)
