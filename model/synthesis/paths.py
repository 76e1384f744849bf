"""Pen paths as text, and what they become: templates whose pen points are linear in their control points.

Many samples of one style are therefore one matrix product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

POINTS = 48  # pen points of one drawing


@dataclass(frozen=True)
class Template:
    """One style of one digit or symbol.

    controls: (M, K, 2) float32, the control points of its M extremes in a box of 1 × 1.
    curve, rounded: (P, K), pen points = curve @ controls, and the same with its corners rounded.
    down: (P - 1,) bool. stroke: (K,) which stroke a control point belongs to.
    ends: (E, 2) indices of the first or last control point of a stroke and of its neighbour.
    """

    name: str
    weight: float
    looks_like: str
    controls: np.ndarray
    curve: np.ndarray
    rounded: np.ndarray
    down: np.ndarray
    stroke: np.ndarray
    ends: np.ndarray


def parse(path: str) -> list[list[tuple[str, list[list[float]]]]]:
    """The strokes of a path, each a list of (command, its [x, y] points); commands as in `model.templates`."""
    strokes: list[list[tuple[str, list[list[float]]]]] = []
    for word in path.replace("M", " M ").replace("L", " L ").replace("R", " R ").split():
        if word == "M":
            strokes.append([])
        if not strokes:
            raise ValueError(f"parsing a path: got {path[:30]!r}, expected it to begin with M")
        if word in "MLR":
            strokes[-1].append((word, []))
        else:
            points = strokes[-1][-1][1]
            if points and len(points[-1]) == 1:
                points[-1].append(float(word))
            else:
                points.append([float(word)])
    if not strokes or any(not points or len(points[-1]) != 2 for stroke in strokes for _, points in stroke):
        raise ValueError(f"parsing a path: got {path[:30]!r}, expected pairs of numbers after each of M, L and R")
    return strokes


def _through(points: np.ndarray, steps: int = 24) -> np.ndarray:
    """(k·steps + 1, k + 1) weights of a smooth curve through k + 1 points (k + 1, 2).

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
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    h = knots[:, None, None]
    parts = (2 * t**3 - 3 * t**2 + 1) * eye[:-1, None] + (3 * t**2 - 2 * t**3) * eye[1:, None]
    parts = parts + h * ((t**3 - 2 * t**2 + t) * tangents[:-1, None] + (t**3 - t**2) * tangents[1:, None])
    return np.concatenate([parts.reshape(-1, count), eye[-1:]])


def _dense(stroke: list[tuple[str, list[list[float]]]]) -> tuple[np.ndarray, np.ndarray]:
    """((K, 2) control points of one stroke, (D, K) weights of densely spaced points along it)."""
    points = np.array([point for _, run in stroke for point in run])
    rows = [np.eye(len(points))[:1]]
    first = len(stroke[0][1]) - 1
    for command, run in stroke[1:]:
        pieces = [(first, first + len(run))] if command == "R" else [(i, i + 1) for i in range(first, first + len(run))]
        for start, stop in pieces:
            part = np.zeros(((stop - start) * 24 + 1, len(points)))
            part[:, start : stop + 1] = _through(points[start : stop + 1])
            rows.append(part[1:])
        first += len(run)
    return points, np.concatenate(rows)


def _evenly(dense: np.ndarray, points: np.ndarray, count: int) -> np.ndarray:
    """(count, K) weights of points at equal distances along the stroke."""
    where = dense @ points
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(where, axis=0), axis=1))])
    at = np.interp(np.linspace(0, along[-1], count), along, np.arange(len(along)))
    low = np.minimum(at.astype(int), len(dense) - 2)
    return dense[low] + (at - low)[:, None] * (dense[low + 1] - dense[low])


def _blurred(curve: np.ndarray, times: int = 3) -> np.ndarray:
    for _ in range(times):
        inner = (curve[:-2] + 2 * curve[1:-1] + curve[2:]) / 4
        curve = np.concatenate([curve[:1], inner, curve[-1:]]) if len(curve) > 2 else curve
    return curve


def _template(paths: Sequence[str], name: str, weight: float, looks_like: str, count: int) -> Template:
    """The template of paths, all with the same commands, of `count` pen points."""
    extremes = [parse(path) for path in paths]
    parts = [_dense(stroke) for stroke in extremes[0]]
    lengths = np.array([np.linalg.norm(np.diff(d @ p, axis=0), axis=1).sum() for p, d in parts]) + 1e-6
    spare = (count - 2 * len(parts)) * np.cumsum(lengths) / lengths.sum()
    counts = 2 + np.diff(np.round(spare), prepend=0).astype(int)
    sizes = [len(points) for points, _ in parts]
    ends = np.cumsum([0, *sizes])
    curve, rounded = np.zeros((2, count, ends[-1]), np.float32)
    down = np.ones(count - 1, bool)
    row = 0
    for (points, dense), start, size, rows in zip(parts, ends, sizes, counts, strict=False):
        even = _evenly(dense, points, rows)
        curve[row : row + rows, start : start + size] = even
        rounded[row : row + rows, start : start + size] = _blurred(even)
        row += rows
        if row < count:
            down[row - 1] = False
    pairs = [(a, a + 1) for a in ends[:-1]] + [(b - 1, b - 2) for b in ends[1:]]
    return Template(
        name=name,
        weight=weight,
        looks_like=looks_like,
        controls=np.array([[p for s in strokes for _, run in s for p in run] for strokes in extremes], np.float32)
        / 100,
        curve=curve,
        rounded=rounded,
        down=down,
        stroke=np.repeat(np.arange(len(sizes)), sizes),
        ends=np.array(pairs),
    )


def family(
    paths: str, name: str = "", weight: float = 1.0, looks_like: str = "", count: int = POINTS
) -> list[Template]:
    """The templates of one style: one for each group of its `;`-separated paths that have the same commands.

    Raises ValueError when a path does not parse.
    """
    groups: dict[str, list[str]] = {}
    for path in paths.split(";"):
        shape = str([[(command, len(run)) for command, run in stroke] for stroke in parse(path)])
        groups.setdefault(shape, []).append(path)
    share = weight / (paths.count(";") + 1)
    return [_template(group, name, share * len(group), looks_like, count) for group in groups.values()]
