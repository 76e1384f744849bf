"""Drawings that tests compose from neat strokes."""

from __future__ import annotations

import numpy as np

from model.ink.canvas import render_strokes
from model.synthesis.render import example_strokes


def drawing(text: str, brush: float = 12, side: int = 280) -> np.ndarray:
    """(side, side · n) grey canvas with the digits of `text` side by side."""
    strokes = [
        {"points": [[(x + place) * side, y * side] for x, y in stroke], "width": brush}
        for place, digit in enumerate(text)
        for stroke in example_strokes(int(digit))
    ]
    return render_strokes(strokes, (side, side * max(1, len(text))))
