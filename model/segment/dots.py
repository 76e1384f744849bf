"""Dots: alone they are no digits, and above or below a mark they make it a sign, such as : ; ? ! i.

Boxes are (left, top, right, bottom) in pixels, right and bottom exclusive, several of them an (N, 4) int array.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from model.segment.components import Box, thickness


@dataclass(frozen=True)
class Dots:
    """What a dot is, and which of them belong to a mark. Of 2,305 drawn digits none has such a dot."""

    longest: float = 1.5  # widths: what is no longer than that has no form
    disc: float = 0.5  # of its width squared: the area of a disc has more, π/4 without its border
    scribbled: float = 3.2  # widths: how long a dot may be that stands above or below a mark
    thinnest: float = 0.5  # of the mark's mean stroke width: a pen's dot is not thinner, a speck is
    gap: float = 0.5  # of the mark's mean stroke width, between it and its dot: the crumbs of a raster are nearer
    aside: float = 0.25  # of the mark's longer side, by which its dot may stand beside it


DOTS = Dots()


def is_dot(ink: np.ndarray, longest: float = DOTS.longest) -> bool:
    """Whether ink (h, w) float32 is at most `longest` times as long as it is wide, or nothing at all."""
    mask = cv2.copyMakeBorder((ink >= 0.5).view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    area, least = cv2.countNonZero(mask), max(ink.shape) / longest  # pixels, and the width from which it is a dot
    if area < DOTS.disc * least**2:  # no disc of that width fits
        return area == 0
    return 2 * float(cv2.distanceTransform(mask, cv2.DIST_L2, 5).max()) >= least


def dotted(labels: np.ndarray, boxes: np.ndarray, areas: np.ndarray) -> list[Box]:
    """The mark and its dot where a drawing is a mark and a dot above or below it; [] where there are more marks, whose
    dots are dotted strokes or crumbs.

    As `components` finds them: labels (H, W) int32, 0 for paper; boxes (N, 4), box k with label k + 1; areas (N,).
    """
    if len(boxes) != 2:
        return []
    width = thickness(labels, areas)
    found: set[int] = set()
    for dot, (left, top, right, bottom) in enumerate(boxes):
        if is_dot((labels[top:bottom, left:right] == dot + 1).astype(np.float32), DOTS.scribbled):
            marks = _above_or_below(boxes, dot, width) & (width[dot] >= DOTS.thinnest * width)
            found |= {dot, *map(int, np.flatnonzero(marks))} if marks.any() else set()
    return [(int(left), int(top), int(right), int(bottom)) for left, top, right, bottom in boxes[sorted(found)]]


def _above_or_below(boxes: np.ndarray, dot: int, width: np.ndarray) -> np.ndarray:
    """(N,) bool: the marks whose dot box `dot` may be. width: (N,) mean stroke widths in pixels."""
    left, top, right, bottom = boxes.T
    longer = np.maximum(right - left, bottom - top)
    apart = np.maximum(top - bottom[dot], top[dot] - bottom) >= DOTS.gap * width
    middle = (left[dot] + right[dot]) / 2
    return apart & (np.maximum(left - middle, middle - right) <= DOTS.aside * longer) & (longer >= longer[dot])
