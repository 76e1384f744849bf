"""Digits spoilt until they are none: halves, turned, crossed out, two at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from model.synthesis.handwriting import digit_strokes, written
from model.synthesis.paths import POINTS
from model.synthesis.strokes import Strokes, beside, drawn_by_kind, joined, turned, unit
from model.synthesis.variation import VARIATION

# Which part of a digit's pen path, from and to, is no digit by itself.
PARTS = {
    (0, "plain"): (0.0, 0.6),
    (0, "clockwise"): (0.0, 0.6),
    (2, "plain"): (0.42, 1.0),
    (3, "round"): (0.48, 1.0),
    (4, "closed"): (0.0, 0.55),
    (4, "open-angular"): (0.0, 0.52),
    (5, "one-stroke"): (0.0, 0.42),
    (6, "plain"): (0.0, 0.62),
    (9, "straight"): (0.0, 0.34),
}
# Quarter turns clockwise, mirrored before: what makes no other digit of a digit.
TURNS = {3: [(1, 0), (2, 0), (3, 0), (0, 1)], 4: [(1, 0), (2, 0), (3, 0), (0, 1), (2, 1)], 6: [(3, 0)]}
TURNS |= {7: [(2, 0), (0, 1)], 8: [(1, 0)], 9: [(1, 0), (0, 1)]}
TURNED_STYLES = {4: ["closed", "open-angular", "open-upright"]}
SOLID = replace(VARIATION, dotted_share=0.0)  # two drawings become one with half the points each: too few for dots
OVERLAID = (2, 3, 4, 5, 6, 8, 9)  # digits of which two different ones over each other are no digit


def halves(rng: np.random.Generator, count: int) -> Strokes:
    """Digits whose beginning or end is missing, where what is left is no digit."""
    names = list(PARTS)
    return drawn_by_kind(rng.integers(len(names), size=count), lambda index, number: _half(rng, number, *names[index]))


def _half(rng: np.random.Generator, count: int, digit: int, style: str) -> Strokes:
    whole = digit_strokes(rng, np.full(count, digit), {digit: [style]})
    start, stop = (round(share * (POINTS - 1)) for share in PARTS[digit, style])
    stops = stop - rng.integers(0, 5, count) * (stop < POINTS - 1)
    at = np.clip(np.arange(POINTS), start, stops[:, None])
    each = np.arange(count)[:, None]
    down = whole.down[each, np.minimum(at[:, 1:] - 1, POINTS - 2)] | (at[:, 1:] == at[:, :-1])
    return Strokes(whole.points[each, at], down)


def turned_digits(rng: np.random.Generator, count: int) -> Strokes:
    """Digits lying on their side, upside down or mirrored, where this makes no other digit of them."""
    labels = rng.choice(list(TURNS), count)
    strokes = digit_strokes(rng, labels, TURNED_STYLES)
    points = strokes.points - strokes.points.mean(axis=1, keepdims=True)
    ways = np.array([TURNS[label][rng.integers(len(TURNS[label]))] for label in labels])
    points[..., 0] *= 1 - 2 * ways[:, 1:]
    return Strokes(turned(points, ways[:, 0] * (np.pi / 2)).astype(np.float32), strokes.down)


def spoiled_digits(rng: np.random.Generator, count: int) -> Strokes:
    """Digits crossed out with two lines or a zigzag, scribbled over, circled or boxed."""
    labels = rng.integers(10, size=count)
    digits = unit(digit_strokes(rng, labels, amounts=SOLID))
    t = np.linspace(0, 1, POINTS)
    to_and_fro = 2 / np.pi * np.arcsin(np.sin(2 * np.pi * 3.2 * t))
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]]) * 0.85
    around = np.stack([np.interp(4 * t, range(5), corners[:, i]) for i in (0, 1)], -1)
    two = np.where(t < 0.5, 1, -1)
    forms = np.stack(
        [
            np.stack([(4 * t - 2 * (t >= 0.5) - 1) * 0.65, two * (4 * t - 2 * (t >= 0.5) - 1) * 0.6], -1),
            np.stack([1.3 * t - 0.65, 0.55 * to_and_fro], -1),
            np.stack([0.5 * to_and_fro, 1.2 * t - 0.6], -1),
            np.stack([0.9 * np.cos(6.6 * t - 1.5), 0.9 * np.sin(6.6 * t - 1.5)], -1),
            around,
        ]
    )
    which = rng.choice(5, count, p=[0.35, 0.2, 0.2, 0.15, 0.1])
    which[(which == 3) & np.isin(labels, (0, 1, 7))] = 0  # a line in a circle may be a slashed 0
    down = np.ones((count, POINTS - 1), bool)
    down[which == 0, POINTS // 2 - 1] = False
    over = written(forms[which].astype(np.float32) * rng.uniform(0.85, 1.15, (count, 1, 2)) + 0.5, rng)
    return joined(digits, Strokes(over.astype(np.float32), down))


def pairs(rng: np.random.Generator, count: int) -> Strokes:
    """Two digits side by side that touch or nearly do."""
    left, right = (unit(digit_strokes(rng, rng.integers(10, size=count), amounts=SOLID)) for _ in range(2))
    right.points[..., 1] += rng.normal(0, 0.06, (count, 1))
    return beside(left, right, rng.uniform(-0.12, 0.1, count))


def overlaid(rng: np.random.Generator, count: int) -> Strokes:
    """Two different digits written over each other."""
    labels = np.array([rng.choice(OVERLAID, 2, replace=False) for _ in range(count)]).reshape(count, 2)
    first, second = (unit(digit_strokes(rng, labels[:, place], amounts=SOLID)) for place in (0, 1))
    apart = (rng.uniform(0.15, 0.4, (count, 1, 2)) * rng.choice([-1, 1], (count, 1, 2))).astype(np.float32)
    return joined(first, Strokes(second.points + apart, second.down))
