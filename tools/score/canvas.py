"""Pen strokes on a canvas, as a drawing pad shows them: the one way in which stroke data are drawn for measuring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

Strokes = Sequence[Sequence[Sequence[float]]]  # points [x, y] in any unit, y pointing down


@dataclass(frozen=True)
class Pad:
    """How stroke data are drawn. A figure holds for these values only, so they are not changed."""

    side: int = 280  # pixels of the square canvas
    brushes: tuple[int, ...] = (8, 12, 16, 20, 26)  # pixels of diameter: from a pen to a marker
    shares: tuple[float, ...] = (0.15, 0.25, 0.25, 0.2, 0.15)  # of the drawings, for each brush
    smallest: float = 0.35  # of the largest size that fits: people do not fill the pad
    margin: float = 0.04  # of the side, kept free at each edge
    supersample: int = 3  # canvas pixels are averaged over so many in each direction


PAD = Pad()


def on_pad(strokes: Strokes, rng: np.random.Generator, box: tuple[float, float] | None = None) -> list[dict[str, Any]]:
    """Strokes as DigitReader.read_drawing takes them, in pixels of the pad; brush and place are drawn from `rng`.

    box: (width, height) of the pad that the strokes were drawn on, in their own unit, where place and size on it are
    known; then those are kept. Raises ValueError for strokes without a point.
    """
    brush = float(rng.choice(PAD.brushes, p=PAD.shares))
    points = np.asarray([point[:2] for stroke in strokes for point in stroke], dtype=float)
    if not points.size:
        raise ValueError("drawing strokes: got none with a point, expected at least one point [x, y]")
    if box is None:
        scale, middle, target = _placed(points, brush, rng)
    else:
        scale = min(PAD.side / box[0], PAD.side / box[1])
        middle, target = np.array(box, dtype=float) / 2, np.full(2, PAD.side / 2)
    lines = [np.asarray([point[:2] for point in stroke], dtype=float) for stroke in strokes if len(stroke)]
    return [{"points": (line - middle) * scale + target, "width": brush} for line in lines]


def drawing(strokes: Sequence[dict[str, Any]]) -> np.ndarray:
    """(280, 280, 3) uint8: strokes of the pad, black with round caps and joins on white."""
    k = PAD.supersample
    lines = [stroke["points"] * k for stroke in strokes]
    grey = 255 - np.asarray(_painted(lines, strokes[0]["width"] * k).resize((PAD.side, PAD.side), Image.Resampling.BOX))
    return np.repeat(grey[..., None], 3, axis=2)


def _placed(points: np.ndarray, brush: float, rng: np.random.Generator) -> tuple[float, np.ndarray, np.ndarray]:
    """Scale, the strokes' own middle, and where that goes on the canvas: a size and place that the margins allow."""
    low, high = points.min(axis=0), points.max(axis=0)
    span = high - low
    room = max(PAD.side - 2 * PAD.margin * PAD.side - brush, 1.0)
    fitting = [room / length for length in span if length > 0]
    scale = (min(fitting) if fitting else 1.0) * rng.uniform(PAD.smallest, 1.0)
    free = (room - span * scale) / 2
    return scale, (low + high) / 2, PAD.side / 2 + rng.uniform(-1.0, 1.0, size=2) * np.maximum(free, 0.0)


def _painted(lines: Sequence[np.ndarray], brush: float) -> Image.Image:
    """The enlarged canvas, ink 255 on 0."""
    mask = Image.new("L", (PAD.side * PAD.supersample, PAD.side * PAD.supersample), 0)
    pen = ImageDraw.Draw(mask)
    radius, width = brush / 2, max(round(brush), 1)
    for line in lines:
        for x, y in line:
            pen.ellipse([x - radius, y - radius, x + radius, y + radius], fill=255)
        for (x0, y0), (x1, y1) in pairwise(line):
            if (x0, y0) != (x1, y1):
                pen.line([x0, y0, x1, y1], fill=255, width=width)
    return mask
