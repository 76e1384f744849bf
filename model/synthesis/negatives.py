"""What is not a digit, drawn by code: letters, symbols, invented glyphs, doodles, scribbles and spoilt digits.

Training shows these to the network so that it learns to refuse. Whatever a person may take for a digit is left out.
"""

from __future__ import annotations

import numpy as np

from model.synthesis.doodles import doodles, outlines
from model.synthesis.handwriting import draw, of_templates, penned, written
from model.synthesis.paths import POINTS, by_weight
from model.synthesis.spoilt import halves, overlaid, pairs, spoiled_digits, turned_digits
from model.synthesis.strokes import Strokes, beside, drawn_by_kind, turned, unit
from model.synthesis.styles import STROKES_OF_A_GLYPH as SLOTS
from model.synthesis.styles import library


def symbols(rng: np.random.Generator, count: int) -> Strokes:
    """Letters of several scripts, signs and little pictures."""
    known = [symbol for symbol in library().symbols if not symbol.looks_like]
    points, down = of_templates(known, by_weight(rng, known, count), rng)
    return Strokes(written(points, rng), down)


def glyphs(rng: np.random.Generator, count: int) -> Strokes:
    """Characters of invented alphabets: two to four simple strokes, most of which begin or cross on an earlier one.

    After the generative model of Lake, Salakhutdinov and Tenenbaum (2015), by chance alone.
    """
    size = POINTS // SLOTS
    parts = _attached(_parts(rng, count) @ _any_way(rng, count), rng)
    used = np.arange(SLOTS) < rng.choice([2, 3, 4], count, p=[0.05, 0.5, 0.45])[:, None]
    parts = np.where(used[:, :, None, None], parts, parts[:, :1, :1])
    down = np.repeat(used, size, axis=1)[:, 1:].copy()
    down[:, size - 1 :: size] = False
    return Strokes(written(parts.reshape(count, POINTS, 2) + 0.5, rng), down)


def _parts(rng: np.random.Generator, count: int) -> np.ndarray:
    """(count, SLOTS, P, 2) simple strokes around the origin."""
    kinds = library().strokes
    which = by_weight(rng, kinds, (count, SLOTS))
    plain = [index for index, kind in enumerate(kinds) if kind.name in ("line", "circle", "dot")]
    while (again := np.isin(which[:, 0], plain)).any():  # which with another stroke may be a digit
        which[again, 0] = by_weight(rng, kinds, again.sum())
    parts = np.empty((count, SLOTS, POINTS // SLOTS, 2), np.float32)
    for index, kind in enumerate(kinds):
        rows = which == index
        parts[rows] = draw(kind, rng, int(rows.sum())) - 0.5
    return parts


def _any_way(rng: np.random.Generator, count: int) -> np.ndarray:
    """(count, SLOTS, 2, 2) float32 matrices: about a multiple of an eighth turn, any size, mirrored or not."""
    angle = rng.integers(8, size=(count, SLOTS)) * (np.pi / 4) + rng.normal(0, 0.2, (count, SLOTS))
    length = np.exp(rng.normal(-0.1, 0.4, (count, SLOTS)))
    length[:, 0] = np.maximum(length[:, 0], 0.7)
    across = length * np.exp(rng.normal(0, 0.3, (count, SLOTS))) * rng.choice([-1, 1], (count, SLOTS))
    cos, sin = np.cos(angle), np.sin(angle)
    matrix = np.stack([length * cos, length * sin, -across * sin, across * cos], -1)
    return matrix.reshape(count, SLOTS, 2, 2).astype(np.float32)


def _attached(parts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The strokes, an end or the middle of each laid on a point of an earlier one, or near it."""
    count, slots, size = parts.shape[:3]
    each = np.arange(count)
    for slot in range(1, slots):
        own = parts[each, slot, rng.choice([0, 0, size // 2], count)]
        place = parts[each, rng.integers(slot, size=count), rng.choice([0, size // 2, size - 1, size // 4], count)]
        apart = rng.normal(0, 0.35, (count, 2)) * (rng.random((count, 1)) < 0.35)
        parts[:, slot] += (place - own + apart)[:, None].astype(np.float32)
    return parts


def scribbles(rng: np.random.Generator, count: int) -> Strokes:
    """One long line: wandering about, curling, going to and fro or round and round."""
    t = np.linspace(0, 1, POINTS)[None]
    n = (count, 1)
    turning = rng.normal(0, rng.uniform(0.35, 1.1, n), (count, POINTS)) + rng.normal(0, 0.15, n)
    heading = np.cumsum(turning, axis=1) + rng.uniform(0, 2 * np.pi, n)
    walk = np.cumsum(np.stack([np.cos(heading), np.sin(heading)], -1), axis=1)
    walk /= np.ptp(walk, axis=1, keepdims=True).max(axis=2, keepdims=True)
    laps, phase = rng.uniform(2.5, 9, n), rng.uniform(0, 2 * np.pi, n)
    swing = 2 / np.pi * np.arcsin(np.sin(2 * np.pi * laps * t + phase))
    fro = np.stack([t * rng.uniform(0.3, 1.4, n), swing * rng.uniform(0.2, 0.6, n)], -1)
    shrink = 1 - rng.uniform(0.6, 0.97, n) * t
    ring = 2 * np.pi * np.minimum(laps, 5) * t + phase
    rounds = np.stack([np.cos(ring) * shrink + t * rng.uniform(0, 2, n), np.sin(ring) * shrink], -1)
    kind = rng.integers(3, size=count)[:, None, None]
    points = np.where(kind == 0, walk, np.where(kind == 1, fro, rounds))
    points += rng.normal(0, 0.03, points.shape) * (kind > 0)
    points = turned(points, rng.uniform(0, 2 * np.pi, count))
    return Strokes(written(points.astype(np.float32) + 0.5, rng), np.ones((count, POINTS - 1), bool))


def words(rng: np.random.Generator, count: int) -> Strokes:
    """Three or four letters or symbols in a row."""
    first, last = (beside(unit(symbols(rng, count)), unit(symbols(rng, count)), 0.1) for _ in range(2))
    return beside(first, last, 0.1)


def dots(rng: np.random.Generator, count: int) -> Strokes:
    """Specks: one to six single dots, a lone one as a blot that fills the picture."""
    number = rng.choice([1, 2, 3, 4, 6], count, p=[0.4, 0.25, 0.15, 0.1, 0.1])
    which = np.arange(POINTS)[None] * number[:, None] // POINTS
    places = rng.random((count, 6, 2)).astype(np.float32)
    points = places[np.arange(count)[:, None], which]
    return Strokes(points, which[:, 1:] == which[:, :-1])


# What is drawn, and how often.
KINDS = (
    (symbols, 0.37),
    (glyphs, 0.14),
    (doodles, 0.16),
    (outlines, 0.04),
    (scribbles, 0.06),
    (words, 0.03),
    (dots, 0.04),
    (halves, 0.04),
    (turned_digits, 0.04),
    (spoiled_digits, 0.04),
    (pairs, 0.03),
    (overlaid, 0.01),
)


def non_digit_strokes(rng: np.random.Generator, count: int) -> Strokes:
    """`count` drawings of all kinds but digits."""
    shares = np.array([share for _, share in KINDS])
    which = rng.choice(len(KINDS), count, p=shares / shares.sum())
    return penned(drawn_by_kind(which, lambda index, number: KINDS[index][0](rng, number)), rng)
