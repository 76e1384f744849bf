"""Strokes drawn by code: digits in many styles and what is no digit, as pen strokes and as pictures.

Same seed, same strokes, same pictures. Neither torch nor anything but numpy is needed to draw them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from model.ink.normalise import BOX, SIDE
from model.synthesis.handwriting import Strokes, digit_strokes, styles
from model.synthesis.negatives import blots, non_digit_strokes

__all__ = [
    "NOT_A_DIGIT",
    "Strokes",
    "example_strokes",
    "render",
    "sample_digit",
    "sample_non_digit",
    "styles",
    "synthetic_batch",
    "synthetic_strokes",
]
NOT_A_DIGIT = 10  # the label of everything that is none
CHUNK = 16  # samples rendered at once: what fits into a core's cache


def sample_digit(rng: np.random.Generator, digit: int | None = None, style: str | None = None) -> list[np.ndarray]:
    """One digit as polylines (P, 2), one per pen stroke, y pointing down, about 1 high."""
    label = int(rng.integers(10)) if digit is None else digit
    return digit_strokes(rng, np.array([label]), None if style is None else {label: [style]}).polylines(0)


def example_strokes(digit: int, style: str | None = None, seed: int = 0) -> list[list[list[float]]]:
    """A neatly written digit: strokes, each a list of [x, y] from 0 to 1, for a page to show; the first style if none.

    Raises ValueError for a style that the digit does not have.
    """
    chosen = {digit: [style or styles(digit)[0]]}
    strokes = digit_strokes(np.random.default_rng(seed), np.array([digit]), chosen, amount=0.35)
    low, high = strokes.points[0].min(axis=0), strokes.points[0].max(axis=0)
    place = (strokes.points - (low + high) / 2) * (0.7 / (high - low).max()) + 0.5
    return [np.round(line.astype(float), 4).tolist() for line in Strokes(place, strokes.down).polylines(0)]


def sample_non_digit(rng: np.random.Generator) -> list[np.ndarray]:
    """One letter, symbol, scribble or spoiled digit as polylines (P, 2), as `sample_digit`."""
    return non_digit_strokes(rng, 1).polylines(0)


def synthetic_strokes(
    rng: np.random.Generator,
    count: int,
    *,
    non_digit: float = 0.0,
    styles: Mapping[int, Sequence[str]] | None = None,
) -> tuple[Strokes, np.ndarray]:
    """`count` drawings and their labels (N,) int64, 0 to 9 or NOT_A_DIGIT, in random order.

    non_digit: the share of non-digits, 0 to 1 (True is 1). styles: the digits to draw, and their styles; None for all.
    Raises ValueError for a share out of range or a style that a digit does not have.
    """
    if not 0 <= non_digit <= 1:
        raise ValueError(f"drawing strokes: got a share of non-digits of {non_digit}, expected 0 to 1")
    kinds = np.array(list(range(10) if styles is None else styles), np.int64)
    labels = rng.choice(kinds, count)
    labels[rng.permutation(count)[: round(count * float(non_digit))]] = NOT_A_DIGIT
    digits, others = np.flatnonzero(labels < NOT_A_DIGIT), np.flatnonzero(labels == NOT_A_DIGIT)
    drawn = digit_strokes(rng, labels[digits], styles), non_digit_strokes(rng, len(others))
    order = np.argsort(np.concatenate([digits, others]))
    return Strokes(*(np.concatenate(parts)[order] for parts in zip(*drawn, strict=True))), labels


def synthetic_batch(
    rng: np.random.Generator,
    count: int,
    *,
    non_digit: float = 0.0,
    styles: Mapping[int, Sequence[str]] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """(N, 28, 28) uint8 pictures in MNIST's convention and their labels (N,) int64; arguments as `synthetic_strokes`.

    Strokes are 1.6 to 4.2 pixels wide, edges more or less soft; some strokes swell along the way. Of the non-digits,
    some are drawn with a very broad pen, and a few are no strokes at all but blots.
    """
    strokes, labels = synthetic_strokes(rng, count, non_digit=non_digit, styles=styles)
    other = labels == NOT_A_DIGIT
    width = np.clip(rng.normal(2.6, 0.55, count), 1.6, 4.2)
    width = np.where(other, width, np.minimum(width, _room(strokes)))
    broad = other & (rng.random(count) < 0.06)
    width[broad] = rng.uniform(3.5, 7, broad.sum())
    softness = rng.uniform(0.8, 1.9, count)
    waves = np.sin(
        np.linspace(0, 1, strokes.down.shape[1]) * rng.uniform(3, 14, (count, 1)) + rng.uniform(0, 7, (count, 1))
    )
    taper = 1 + waves * rng.uniform(0.1, 0.35, (count, 1)) * (rng.random((count, 1)) < 0.15)
    pictures = render(strokes, width.astype(np.float32), softness.astype(np.float32), taper.astype(np.float32))
    blotted = np.flatnonzero(other & (rng.random(count) < 0.06))
    pictures[blotted] = _centred(blots(rng, len(blotted), BOX))
    return pictures, labels


def _room(strokes: Strokes) -> np.ndarray:
    """(N,) the stroke width in pixels with which a drawing would fill its bounding box, from 1.8 up."""
    size = np.ptp(strokes.points, axis=1)
    scale = BOX / np.maximum(size.max(axis=1), 1e-3)
    lengths = np.linalg.norm(np.diff(strokes.points, axis=1), axis=2) * strokes.down
    area = np.maximum(size * scale[:, None], BOX / 2).prod(axis=1)
    return np.maximum(area / np.maximum(lengths.sum(axis=1) * scale, 1), 1.8)


def render(strokes: Strokes, width: np.ndarray, softness: np.ndarray, taper: np.ndarray | None = None) -> np.ndarray:
    """(N, 28, 28) uint8 pictures in MNIST's convention, ink bright on 0.

    The ink's bounding box, width included, is BOX pixels on its longest side; its centre of mass is in the middle.
    width: (N,) stroke width in pixels. softness: (N,) pixels over which an edge fades.
    taper: (N, POINTS - 1) factors of the width along the stroke, about 1.
    """
    pictures = np.zeros((len(width), SIDE, SIDE), np.uint8)
    for start in range(0, len(width), CHUNK):
        part = slice(start, start + CHUNK)
        chunk = Strokes(strokes.points[part], strokes.down[part])
        ink = _ink(chunk, width[part], softness[part], None if taper is None else taper[part])
        pictures[part] = _centred(ink)
    return pictures


def _ink(strokes: Strokes, width: np.ndarray, softness: np.ndarray, taper: np.ndarray | None) -> np.ndarray:
    """(N, BOX, BOX) float32 ink of drawings scaled to the box: from each pixel, how far is the nearest segment?"""
    points, half, box = _fitted(strokes.points, width)
    start, step = points[:, :-1], np.diff(points, axis=1)
    step[..., 0] += np.where((step == 0).all(axis=-1), 1e-3, 0)  # a dot has a direction too
    length = np.maximum(np.hypot(step[..., 0], step[..., 1]), 1e-4)
    radius = half[:, None] * (np.ones_like(length) if taper is None else taper)
    unit = step / (length * radius)[..., None]  # (N, S, 2) along the segment, in radii
    middle = start + step / 2
    along = np.concatenate([unit, -(unit * middle).sum(-1, keepdims=True)], -1)
    across = np.stack([-unit[..., 1], unit[..., 0], unit[..., 1] * middle[..., 0] - unit[..., 0] * middle[..., 1]], -1)
    across[..., 2] += np.where(strokes.down, 0, 1e3)
    pixels = _pixels()
    beyond = np.abs(along @ pixels)  # (N, S, BOX²)
    beyond -= (length / (2 * radius))[..., None]
    np.maximum(beyond, 0, out=beyond)
    beyond *= beyond
    aside = across @ pixels
    aside *= aside
    beyond += aside
    distance = (np.sqrt(beyond.min(axis=1)) - 1) * half[:, None]
    ink = np.clip(0.5 - distance / softness[:, None], 0, 1).reshape(-1, BOX, BOX)
    pixel = np.arange(BOX)
    inside = (pixel >= box[:, 0, :, None]) & (pixel < box[:, 1, :, None])  # (N, 2, BOX), columns and rows
    return ink * (inside[:, 1, :, None] & inside[:, 0, None])


def _fitted(points: np.ndarray, width: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pen points in pixels of the box, half stroke widths, and (N, 2, 2): first and last column and row of the ink."""
    low = points.min(axis=1, keepdims=True)
    size = points.max(axis=1) - low[:, 0]
    longest = size.max(axis=1)
    width = np.where(longest < 1e-3, BOX, width).astype(np.float32)  # a dot fills the box
    scale = (BOX - width) / np.maximum(longest, 1e-3)
    extent = np.ceil(size * scale[:, None] + width[:, None] - 0.25)
    first = np.floor((BOX - extent) / 2)
    points = (points - low) * scale[:, None, None] + width[:, None, None] / 2 + first[:, None]
    return points.astype(np.float32), width / 2, np.stack([first, first + extent], 1)


@cache
def _pixels() -> np.ndarray:
    """(3, BOX²) float32: x, y and 1 of each pixel's middle."""
    y, x = np.mgrid[:BOX, :BOX].reshape(2, -1) + 0.5
    return np.stack([x, y, np.ones_like(x)]).astype(np.float32)


def _centred(ink: np.ndarray) -> np.ndarray:
    """(N, SIDE, SIDE) uint8 of (N, BOX, BOX) ink, moved by whole pixels until its centre of mass is in the middle."""
    count = len(ink)
    mass = np.maximum(ink.sum(axis=(1, 2)), 1e-6)
    place = np.arange(BOX)
    top = SIDE / 2 - (ink.sum(axis=2) @ place) / mass
    left = SIDE / 2 - (ink.sum(axis=1) @ place) / mass
    top, left = (np.clip(np.round(at), 0, SIDE - BOX).astype(int) for at in (top, left))
    picture = np.zeros((count, SIDE, SIDE), np.uint8)
    rows = (top[:, None] + place)[:, :, None]
    columns = (left[:, None] + place)[:, None, :]
    picture[np.arange(count)[:, None, None], rows, columns] = np.round(ink * 255)
    return picture
