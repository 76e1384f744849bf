"""Pen paths as text, and what they become: templates whose pen points are linear in their control points.

Many samples of one style are therefore one matrix product.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

POINTS = 48  # pen points of one drawing
STEPS = 24  # dense points between two control points, of which the evenly spaced ones are taken
BLURS = 3  # passes that round a corner
_NUMBER = r"-?\d+(?:\.\d+)?(?![\d.])"
_PAIRS = rf"(?:\s*{_NUMBER}\s+{_NUMBER})+\s*"
_PATH = re.compile(rf"(?:M{_PAIRS}(?:[LR]{_PAIRS})*)+")

Stroke = list[tuple[str, np.ndarray]]  # its commands in order, each with its (n, 2) points


@dataclass(frozen=True)
class Template:
    """One style of one digit or symbol.

    controls: (M, K, 2) float32, the control points of its M extremes in a box of 1 × 1.
    curve, rounded, straight: (P, K), pen points = curve @ controls; the same with its corners rounded; and with
    straight lines from one control point to the next.
    down: (P - 1,) bool. sizes: the pen points of each stroke. stroke: (K,) which stroke a control point belongs to.
    ends: (E, 2) indices of the first or last control point of a stroke and of its neighbour.
    """

    name: str
    weight: float
    looks_like: str
    controls: np.ndarray
    curve: np.ndarray
    rounded: np.ndarray
    straight: np.ndarray
    down: np.ndarray
    sizes: tuple[int, ...]
    stroke: np.ndarray
    ends: np.ndarray


def by_weight(rng: np.random.Generator, templates: Sequence[Template], shape: int | tuple[int, ...]) -> np.ndarray:
    """Indices of templates, of any shape, each drawn as often as its weight says."""
    weights = np.array([template.weight for template in templates])
    return rng.choice(len(templates), shape, p=weights / weights.sum())


def parse(path: str) -> list[Stroke]:
    """The strokes of a path as styles.txt describes it. Raises ValueError for any other text."""
    if not _PATH.fullmatch(path.strip()):
        raise ValueError(f"parsing a path: got {path.strip()[:40]!r}, expected M x y first, then pairs after M, L, R")
    return [
        [(command, np.array(numbers.split(), float).reshape(-1, 2)) for command, numbers in commands]
        for commands in (re.findall(r"([MLR])([^MLR]+)", stroke) for stroke in re.findall(r"M[^M]+", path))
    ]


def _through(points: np.ndarray) -> np.ndarray:
    """(k·STEPS + 1, k + 1) weights of a smooth curve through k + 1 points (k + 1, 2).

    A Catmull–Rom curve over the square roots of the distances (Yuksel, Schaefer and Keyser, 2011: no cusps, no loops).
    """
    count = len(points)
    knots = np.maximum(np.sqrt(np.linalg.norm(np.diff(points, axis=0), axis=1)), 1e-3)
    eye = np.eye(count)
    slopes = np.diff(eye, axis=0) / knots[:, None]
    tangents = np.empty((count, count))
    before, after = knots[:-1, None], knots[1:, None]
    tangents[1:-1] = (after * slopes[:-1] + before * slopes[1:]) / (before + after)
    if count == 2:
        tangents[:] = slopes[0]
    else:
        tangents[0] = 1.5 * slopes[0] - 0.5 * tangents[1]
        tangents[-1] = 1.5 * slopes[-1] - 0.5 * tangents[-2]
    t = np.linspace(0, 1, STEPS, endpoint=False)[None, :, None]
    h = knots[:, None, None]
    parts = (2 * t**3 - 3 * t**2 + 1) * eye[:-1, None] + (3 * t**2 - 2 * t**3) * eye[1:, None]
    parts = parts + h * ((t**3 - 2 * t**2 + t) * tangents[:-1, None] + (t**3 - t**2) * tangents[1:, None])
    return np.concatenate([parts.reshape(-1, count), eye[-1:]])


def _dense(stroke: Stroke) -> tuple[np.ndarray, np.ndarray]:
    """((K, 2) control points of one stroke, (D, K) weights of densely spaced points along it)."""
    points = np.concatenate([run for _, run in stroke])
    rows = [np.eye(len(points))[:1]]
    first = len(stroke[0][1]) - 1
    for command, run in stroke[1:]:
        last = first + len(run)
        for start, stop in [(first, last)] if command == "R" else [(i, i + 1) for i in range(first, last)]:
            part = np.zeros(((stop - start) * STEPS + 1, len(points)))
            part[:, start : stop + 1] = _through(points[start : stop + 1])
            rows.append(part[1:])
        first = last
    return points, np.concatenate(rows)


def _straight(points: np.ndarray) -> np.ndarray:
    """(D, K) weights of densely spaced points on straight lines from one of (K, 2) control points to the next."""
    at = np.linspace(0, len(points) - 1, (len(points) - 1) * STEPS + 1)
    return np.maximum(1 - np.abs(at[:, None] - np.arange(len(points))), 0)


def _evenly(dense: np.ndarray, points: np.ndarray, count: int) -> np.ndarray:
    """(count, K) weights of points at equal distances along the stroke."""
    where = dense @ points
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(where, axis=0), axis=1))])
    at = np.interp(np.linspace(0, along[-1], count), along, np.arange(len(along)))
    low = np.minimum(at.astype(int), len(dense) - 2)
    return dense[low] + (at - low)[:, None] * (dense[low + 1] - dense[low])


def _blurred(curve: np.ndarray) -> np.ndarray:
    for _ in range(BLURS):
        inner = (curve[:-2] + 2 * curve[1:-1] + curve[2:]) / 4
        curve = np.concatenate([curve[:1], inner, curve[-1:]]) if len(curve) > 2 else curve
    return curve


def _sizes(parts: list[tuple[np.ndarray, np.ndarray]], count: int) -> np.ndarray:
    """How many of `count` pen points each stroke gets: two, and a share of the rest by its length."""
    lengths = np.array([np.linalg.norm(np.diff(dense @ points, axis=0), axis=1).sum() for points, dense in parts])
    spare = (count - 2 * len(parts)) * np.cumsum(lengths + 1e-6) / (lengths + 1e-6).sum()
    return 2 + np.diff(np.round(spare), prepend=0).astype(int)


def _block_diagonal(blocks: Sequence[np.ndarray]) -> np.ndarray:
    rows, columns = (np.cumsum([0, *(block.shape[axis] for block in blocks)]) for axis in (0, 1))
    whole = np.zeros((rows[-1], columns[-1]), np.float32)
    for block, row, column in zip(blocks, rows, columns, strict=False):
        whole[row : row + block.shape[0], column : column + block.shape[1]] = block
    return whole


def _template(extremes: list[list[Stroke]], name: str, weight: float, looks_like: str, count: int) -> Template:
    """The template of paths, all with the same commands, of `count` pen points."""
    parts = [_dense(stroke) for stroke in extremes[0]]
    sizes = _sizes(parts, count)
    curves = [_evenly(dense, points, size) for (points, dense), size in zip(parts, sizes, strict=True)]
    straight = [_evenly(_straight(points), points, size) for (points, _), size in zip(parts, sizes, strict=True)]
    down = np.ones(count - 1, bool)
    down[np.cumsum(sizes)[:-1] - 1] = False
    each = [len(points) for points, _ in parts]
    bounds = np.cumsum([0, *each])
    controls = [np.concatenate([run for stroke in strokes for _, run in stroke]) for strokes in extremes]
    return Template(
        name=name,
        weight=weight,
        looks_like=looks_like,
        controls=np.stack(controls).astype(np.float32) / 100,
        curve=_block_diagonal(curves),
        rounded=_block_diagonal([_blurred(curve) for curve in curves]),
        straight=_block_diagonal(straight),
        down=down,
        sizes=tuple(sizes.tolist()),
        stroke=np.repeat(np.arange(len(each)), each),
        ends=np.array([(a, a + 1) for a in bounds[:-1]] + [(b - 1, b - 2) for b in bounds[1:]]),
    )


def family(
    paths: str, name: str = "", weight: float = 1.0, looks_like: str = "", count: int = POINTS
) -> list[Template]:
    """The templates of one style: one for each group of its `;`-separated paths that have the same commands.

    Raises ValueError when a path does not parse.
    """
    groups: dict[str, list[list[Stroke]]] = {}
    extremes = [parse(path) for path in paths.split(";")]
    for strokes in extremes:
        shape = str([[(command, len(run)) for command, run in stroke] for stroke in strokes])
        groups.setdefault(shape, []).append(strokes)
    share = weight / len(extremes)
    return [_template(group, name, share * len(group), looks_like, count) for group in groups.values()]
