"""What is no digit, drawn by code: letters, symbols, invented glyphs, scribbles, spoiled and half-drawn digits, blots.

Training shows these to the network so that it learns to refuse. Whatever a person may take for a digit is left out.
"""

from __future__ import annotations

import numpy as np

from model.synthesis.freedoms import Strokes
from model.synthesis.handwriting import digit_strokes, draw, written
from model.synthesis.paths import POINTS
from model.synthesis.styles import STROKES_OF_A_GLYPH as SLOTS
from model.synthesis.styles import library

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
COMMON = {"plus": 5, "times": 3, "cross": 3, "x": 2, "equals": 2}  # how much oftener than another symbol


def symbols(rng: np.random.Generator, count: int) -> Strokes:
    """Letters of several scripts, signs and little pictures."""
    known = [symbol for symbol in library().symbols if not symbol.looks_like]
    weights = np.array([COMMON.get(symbol.name, 1) for symbol in known])
    which = rng.choice(len(known), count, p=weights / weights.sum())
    points = np.empty((count, POINTS, 2), np.float32)
    down = np.empty((count, POINTS - 1), bool)
    for index in np.unique(which):
        rows = np.flatnonzero(which == index)
        points[rows] = draw(known[index], rng, len(rows))
        down[rows] = known[index].down
    return Strokes(written(points, rng), down)


def glyphs(rng: np.random.Generator, count: int) -> Strokes:
    """Characters of invented alphabets: two to four simple strokes, most of which begin or cross on an earlier one.

    After the generative model of Lake, Salakhutdinov and Tenenbaum (2015), by chance alone.
    """
    size = POINTS // SLOTS
    parts = _attached(_parts(rng, count) @ _any_way(rng, count), rng)
    used = np.arange(SLOTS) < rng.choice([2, 3, 4], count, p=[0.1, 0.5, 0.4])[:, None]
    parts = np.where(used[:, :, None, None], parts, parts[:, :1, :1])
    down = np.repeat(used, size, axis=1)[:, 1:].copy()
    down[:, size - 1 :: size] = False
    return Strokes(written(parts.reshape(count, POINTS, 2) + 0.5, rng), down)


def _parts(rng: np.random.Generator, count: int) -> np.ndarray:
    """(count, SLOTS, P, 2) simple strokes around the origin."""
    kinds = library().strokes
    weights = np.array([kind.weight for kind in kinds])
    weights /= weights.sum()
    which = rng.choice(len(kinds), (count, SLOTS), p=weights)
    plain = [index for index, kind in enumerate(kinds) if kind.name in ("line", "circle", "dot")]
    while (again := np.isin(which[:, 0], plain)).any():  # which with another stroke may be a digit
        which[again, 0] = rng.choice(len(kinds), again.sum(), p=weights)
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
    points = _turned(points, rng.uniform(0, 2 * np.pi, count))
    return Strokes(written(points.astype(np.float32) + 0.5, rng), np.ones((count, POINTS - 1), bool))


def _turned(points: np.ndarray, angle: np.ndarray) -> np.ndarray:
    cos, sin = np.cos(angle), np.sin(angle)
    return points @ np.stack([cos, sin, -sin, cos], -1).reshape(-1, 2, 2)


def halves(rng: np.random.Generator, count: int) -> Strokes:
    """Digits whose beginning or end is missing, where what is left is no digit."""
    names = list(PARTS)
    which = rng.integers(len(names), size=count)
    points, down = np.empty((count, POINTS, 2), np.float32), np.empty((count, POINTS - 1), bool)
    for index, (digit, style) in enumerate(names):
        rows = np.flatnonzero(which == index)
        whole = digit_strokes(rng, np.full(len(rows), digit), {digit: [style]})
        start, stop = (round(share * (POINTS - 1)) for share in PARTS[digit, style])
        stops = stop - rng.integers(0, 5, len(rows)) * (stop < POINTS - 1)
        at = np.clip(np.arange(POINTS), start, stops[:, None])
        each = np.arange(len(rows))[:, None]
        points[rows] = whole.points[each, at]
        down[rows] = whole.down[each, np.minimum(at[:, 1:] - 1, POINTS - 2)] | (at[:, 1:] == at[:, :-1])
    return Strokes(points, down)


def turned_digits(rng: np.random.Generator, count: int) -> Strokes:
    """Digits lying on their side, upside down or mirrored, where this makes no other digit of them."""
    labels = rng.choice(list(TURNS), count)
    strokes = digit_strokes(rng, labels, TURNED_STYLES)
    points = strokes.points - strokes.points.mean(axis=1, keepdims=True)
    ways = np.array([TURNS[label][rng.integers(len(TURNS[label]))] for label in labels])
    points[..., 0] *= 1 - 2 * ways[:, 1:]
    return Strokes(_turned(points, ways[:, 0] * (np.pi / 2)).astype(np.float32), strokes.down)


def spoiled_digits(rng: np.random.Generator, count: int) -> Strokes:
    """Digits crossed out with two lines or a zigzag, scribbled over, circled or boxed."""
    labels = rng.integers(10, size=count)
    digits = _unit(digit_strokes(rng, labels))
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
    return _joined(digits, Strokes(over.astype(np.float32), down))


def pairs(rng: np.random.Generator, count: int) -> Strokes:
    """Two digits or symbols side by side that touch or nearly do."""
    left, right = (_unit(digit_strokes(rng, rng.integers(10, size=count))) for _ in range(2))
    gap = left.points[..., 0].max(axis=1) - right.points[..., 0].min(axis=1) + rng.uniform(-0.12, 0.1, count)
    right.points[..., 0] += gap[:, None]
    right.points[..., 1] += rng.normal(0, 0.06, (count, 1))
    return _joined(left, right)


def words(rng: np.random.Generator, count: int) -> Strokes:
    """Three or four letters or symbols in a row."""
    halves = []
    for _ in range(2):
        left, right = _unit(symbols(rng, count)), _unit(symbols(rng, count))
        right.points[..., 0] += (left.points[..., 0].max(axis=1) - right.points[..., 0].min(axis=1) + 0.1)[:, None]
        halves.append(_joined(left, right))
    halves[1].points[..., 0] += (halves[0].points[..., 0].max(axis=1) - halves[1].points[..., 0].min(axis=1) + 0.1)[
        :, None
    ]
    return _joined(*halves)


def dots(rng: np.random.Generator, count: int) -> Strokes:
    """Specks: one to six single dots, a lone one as a blot that fills the picture."""
    number = rng.choice([1, 2, 3, 4, 6], count, p=[0.4, 0.25, 0.15, 0.1, 0.1])
    which = np.arange(POINTS)[None] * number[:, None] // POINTS
    places = rng.random((count, 6, 2)).astype(np.float32)
    points = places[np.arange(count)[:, None], which]
    return Strokes(points, which[:, 1:] == which[:, :-1])


def _unit(strokes: Strokes) -> Strokes:
    """Centred on the origin, 1 high (or 1.3 wide where it is very flat)."""
    low, high = strokes.points.min(axis=1, keepdims=True), strokes.points.max(axis=1, keepdims=True)
    size = high - low
    longest = np.maximum(np.maximum(size[..., 1:], size[..., :1] / 1.3), 1e-3)
    return Strokes((strokes.points - (low + high) / 2) / longest, strokes.down)


def _joined(first: Strokes, second: Strokes) -> Strokes:
    """Both drawings in one, with half of the pen points each."""
    points = np.concatenate([first.points[:, ::2], second.points[:, ::2]], axis=1)
    parts = [strokes.down[:, :-1:2] & strokes.down[:, 1::2] for strokes in (first, second)]
    lifted = np.zeros((len(points), 1), bool)
    return Strokes(points, np.concatenate([parts[0], lifted, parts[1]], axis=1))


# What is drawn, and how often.
KINDS = ((symbols, 0.38), (glyphs, 0.2), (scribbles, 0.1), (halves, 0.07), (turned_digits, 0.06))
KINDS += ((spoiled_digits, 0.07), (pairs, 0.06), (words, 0.03), (dots, 0.05))


def non_digit_strokes(rng: np.random.Generator, count: int) -> Strokes:
    """`count` drawings of all kinds but digits."""
    shares = np.array([share for _, share in KINDS])
    which = rng.choice(len(KINDS), count, p=shares / shares.sum())
    points, down = np.empty((count, POINTS, 2), np.float32), np.empty((count, POINTS - 1), bool)
    for index, (kind, _) in enumerate(KINDS):
        rows = np.flatnonzero(which == index)
        if len(rows):
            points[rows], down[rows] = kind(rng, len(rows))
    return Strokes(points, down)


def blots(rng: np.random.Generator, count: int, side: int) -> np.ndarray:
    """(count, side, side) float32 ink of shapeless blots: smooth noise cut off at a level."""
    noise = rng.standard_normal((count, side, side), np.float32)
    grown = noise
    level = rng.integers(1, 9, count)
    for step in range(8):
        for axis in (1, 2):
            blurred = (np.roll(grown, 1, axis) + 2 * grown + np.roll(grown, -1, axis)) / 4
            grown = np.where((step < level)[:, None, None], blurred, grown)
    grown = (grown - grown.mean(axis=(1, 2), keepdims=True)) / grown.std(axis=(1, 2), keepdims=True)
    cut = rng.uniform(-0.3, 1.2, (count, 1, 1)).astype(np.float32)
    return np.clip((grown - cut) * rng.uniform(2, 6, (count, 1, 1)).astype(np.float32) + 0.5, 0, 1)
