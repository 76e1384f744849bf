"""Strokes drawn by code as pictures in MNIST's convention: digits in many styles, and what is not a digit.

Same seed, same strokes, same pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from model.ink.normalise import BOX, FINE, NOT_A_DIGIT, SIDE, place, to_picture
from model.synthesis.doodles import textures
from model.synthesis.handwriting import digit_strokes, styles
from model.synthesis.negatives import non_digit_strokes
from model.synthesis.strokes import Strokes
from model.synthesis.variation import VARIATION, reduced

__all__ = ["example_strokes", "render", "styles", "synthetic_batch"]
SHIFT = 4  # binary places of the pen points' coordinates: OpenCV draws to a sixteenth of a fine pixel


@dataclass(frozen=True)
class Pen:
    """How far pens vary. Widths are in pixels of a picture, in which a drawing is BOX pixels high."""

    usual: tuple[float, float] = (2.6, 0.55)  # width drawn as it is: mean and standard deviation
    least: float = 1.6  # such a width
    most: float = 4.2
    any_share: float = 0.3  # of the drawings that come from any brush and are brought to the standard width
    any_spread: float = 0.5  # standard deviation of the logarithm of such a width
    hairline: float = 0.5  # the least such width
    marker: float = BOX / 3  # the greatest
    fills: tuple[float, float] = (1.0, 1.4)  # times the width that leaves room in loops: markers that close them
    soft: tuple[float, float] = (0.8, 1.9)  # over which an edge fades
    swelling_share: float = 0.2  # of the drawings whose width changes along the way
    pressure: tuple[float, float] = (0.1, 0.4)  # share by which it does
    texture_share: float = 0.06  # of the non-digits that are no strokes at all


PEN = Pen()
NEAT = reduced(VARIATION, 0.35)  # of the examples that the page shows


def example_strokes(digit: int, style: str | None = None, seed: int = 0) -> list[list[list[float]]]:
    """A neatly written digit: strokes, each a list of [x, y] from 0 to 1, for a page to show; the first style if none.

    Raises ValueError for a style that the digit does not have.
    """
    chosen = {digit: [style or styles(digit)[0]]}
    strokes = digit_strokes(np.random.default_rng(seed), np.array([digit]), chosen, NEAT)
    low, high = strokes.points[0].min(axis=0), strokes.points[0].max(axis=0)
    place = (strokes.points - (low + high) / 2) * (0.7 / (high - low).max()) + 0.5
    return [np.round(line.astype(float), 4).tolist() for line in Strokes(place, strokes.down).polylines(0)]


def synthetic_batch(
    rng: np.random.Generator, count: int, *, non_digit: float = 0.0, pen: Pen = PEN
) -> tuple[np.ndarray, np.ndarray]:
    """`count` pictures (N, 28, 28) uint8 in MNIST's convention and their labels (N,) int64, 0 to 9 or NOT_A_DIGIT.

    A part of them is drawn about as wide as MNIST's strokes are, the others with any brush from a hairline to a
    marker, which the convention then brings to its width. Of the non-digits, a few are no strokes at all but textures.
    non_digit: the share of non-digits. Raises ValueError when it is not from 0 to 1.
    """
    strokes, labels = _labelled_strokes(rng, count, non_digit)
    other = labels == NOT_A_DIGIT
    any_brush = rng.random(count) < pen.any_share
    spread = np.exp(rng.normal(0, pen.any_spread, count)) * pen.usual[0]
    width = np.clip(rng.normal(*pen.usual, count), pen.least, pen.most)
    width = np.where(any_brush, np.clip(spread, pen.hairline, pen.marker), width)
    fills = np.where(any_brush & (labels > 0), rng.uniform(*pen.fills, count), 1.0)  # a filled 0 is a dot
    width = np.where(other, width, np.minimum(width, fills * _room(strokes)))
    pictures = render(strokes, width, rng.uniform(*pen.soft, count), _pressure(rng, strokes, pen), any_brush)
    textured = np.flatnonzero(other & (rng.random(count) < pen.texture_share))
    for index, ink in zip(textured, textures(rng, len(textured), BOX * FINE // 2), strict=True):
        pictures[index] = to_picture(ink) if any_brush[index] else place(ink)
    return pictures, labels


def _labelled_strokes(rng: np.random.Generator, count: int, non_digit: float) -> tuple[Strokes, np.ndarray]:
    """Drawings and their labels in random order, a share of them `non_digit`."""
    if not 0 <= non_digit <= 1:
        raise ValueError(f"drawing strokes: got a share of non-digits of {non_digit}, expected 0 to 1")
    labels = rng.choice(10, count)
    labels[rng.permutation(count)[: round(count * non_digit)]] = NOT_A_DIGIT
    digits, others = np.flatnonzero(labels < NOT_A_DIGIT), np.flatnonzero(labels == NOT_A_DIGIT)
    drawn = digit_strokes(rng, labels[digits]), non_digit_strokes(rng, len(others))
    order = np.argsort(np.concatenate([digits, others]))
    return Strokes(*(np.concatenate(parts)[order] for parts in zip(*drawn, strict=True))), labels


def _pressure(rng: np.random.Generator, strokes: Strokes, pen: Pen) -> np.ndarray:
    """(N, P - 1) factors of the width along each drawing, 1 for most of them."""
    count = len(strokes.down)
    along = np.linspace(0, 1, strokes.down.shape[1]) * rng.uniform(3, 14, (count, 1)) + rng.uniform(0, 7, (count, 1))
    swells = rng.random((count, 1)) < pen.swelling_share
    return 1 + np.sin(along) * rng.uniform(*pen.pressure, (count, 1)) * swells


def _room(strokes: Strokes) -> np.ndarray:
    """(N,) the stroke width in pixels with which a drawing would nearly fill its bounding box, from 1.8 up."""
    size = np.ptp(strokes.points, axis=1)
    scale = BOX / np.maximum(size.max(axis=1), 1e-3)
    lengths = np.linalg.norm(np.diff(strokes.points, axis=1), axis=2) * strokes.down
    area = np.maximum(size * scale[:, None], BOX / 2).prod(axis=1)
    return np.maximum(0.85 * area / np.maximum(lengths.sum(axis=1) * scale, 1), 1.8)


def render(
    strokes: Strokes,
    width: np.ndarray,
    softness: np.ndarray,
    taper: np.ndarray | None = None,
    normalised: np.ndarray | None = None,
) -> np.ndarray:
    """(N, 28, 28) uint8 pictures in MNIST's convention, ink bright on 0.

    width: (N,) stroke width in pixels. softness: (N,) pixels over which an edge fades.
    taper: (N, P - 1) factors of the width along the stroke, about 1.
    normalised: (N,) bool, which drawings are brought to the convention's stroke width, as the reader does; else none.
    """
    count = len(width)
    normalised = np.zeros(count, bool) if normalised is None else normalised
    width = np.where(np.ptp(strokes.points, axis=1).max(axis=1) < 1e-3, BOX, width)  # a dot fills the box
    taper = np.ones(strokes.down.shape, np.float32) if taper is None else taper
    swells = np.ptp(taper, axis=1) > 1e-3
    points = np.round(_fitted(strokes.points, width) * 2**SHIFT).astype(np.int32)
    thick = np.maximum(np.round(taper * width[:, None] * FINE), 1).astype(int)
    pictures, small = np.zeros((count, SIDE, SIDE), np.uint8), np.zeros((count, BOX, BOX), np.uint8)
    for index in range(count):
        draw = _swelling if swells[index] else _even
        canvas = draw(points[index], strokes.down[index], thick[index])
        if normalised[index]:
            pictures[index] = to_picture(canvas * np.float32(1 / 255))
            continue
        if softness[index] > 1:
            canvas = cv2.GaussianBlur(canvas, (0, 0), 0.4 * FINE * (softness[index] - 0.9))
        cv2.resize(canvas, (BOX, BOX), small[index], interpolation=cv2.INTER_AREA)
    pictures[~normalised] = _centred(small[~normalised])
    return pictures


def _fitted(points: np.ndarray, width: np.ndarray) -> np.ndarray:
    """Pen points in pixels of a canvas FINE times as large as the box, which the ink fills from side to side.

    Across its shorter side the ink begins with a whole pixel of the picture, as an upright line does in MNIST.
    """
    low = points.min(axis=1, keepdims=True)
    size = np.ptp(points, axis=1)
    scale = (BOX - width) / np.maximum(size.max(axis=1), 1e-3)
    extent = np.ceil(size * scale[:, None] + width[:, None] - 0.25)
    first = np.floor((BOX - extent) / 2) + width[:, None] / 2
    return np.asarray(((points - low) * scale[:, None, None] + first[:, None]) * FINE - 0.5)


def _even(points: np.ndarray, down: np.ndarray, thick: np.ndarray) -> np.ndarray:
    """(BOX·FINE, BOX·FINE) uint8 canvas with one drawing, as wide everywhere as where it begins."""
    canvas = np.zeros((FINE * BOX, FINE * BOX), np.uint8)
    bounds = [0, *(np.flatnonzero(~down) + 1).tolist(), len(points)]
    strokes = [points[start:stop] for start, stop in pairwise(bounds) if stop - start > 1]
    cv2.polylines(canvas, strokes, False, 255, int(thick[0]), cv2.LINE_8, SHIFT)
    return canvas


def _swelling(points: np.ndarray, down: np.ndarray, thick: np.ndarray) -> np.ndarray:
    """The same with a width of its own for each segment, `thick` (P - 1,) fine pixels."""
    canvas = np.zeros((FINE * BOX, FINE * BOX), np.uint8)
    corners, widths = points.tolist(), thick.tolist()
    for at in np.flatnonzero(down).tolist():
        cv2.line(canvas, corners[at], corners[at + 1], 255, widths[at], cv2.LINE_8, SHIFT)
    return canvas


def _centred(ink: np.ndarray) -> np.ndarray:
    """(N, SIDE, SIDE) of (N, BOX, BOX) ink, moved by whole pixels until its centre of mass is in the middle."""
    mass = np.maximum(ink.sum(axis=(1, 2), dtype=np.float32), 1e-6)
    at = np.arange(BOX, dtype=np.float32)
    middles = (ink.sum(axis=axis, dtype=np.float32) @ at / mass for axis in (2, 1))
    top, left = (np.clip(np.round(SIDE / 2 - middle), 0, SIDE - BOX).astype(int) for middle in middles)
    pictures = np.zeros((len(ink), SIDE, SIDE), np.uint8)
    rows, columns = (first[:, None] + np.arange(BOX) for first in (top, left))
    pictures[np.arange(len(ink))[:, None, None], rows[:, :, None], columns[:, None]] = ink
    return pictures
