"""Which components of ink are no writing but what goes around it: frames, the cells of a form, dividers.

Label pictures and boxes are those of `components`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Frames:
    """What a component must be like to be a frame or a divider."""

    margin: float = 0.06  # of its longer side: how far its lines, seldom quite straight, may lie within its box
    along: float = 0.72  # of its ink that lies so near the sides of its box: of a ring two thirds do
    most: int = 40  # components, the longest, that may be frames: a texture has thousands


FRAMES = Frames()


def frames(labels: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """(N,) bool: the components that go around another one: frames, cells, corners of a form.

    Their box holds the other's, and none of their ink lies in it. They pass it on three sides, or on two and are cut
    off by the picture's edge, as the lines of a cell are.
    """
    longest = (boxes[:, 2:] - boxes[:, :2]).max(axis=1)
    found = np.zeros(len(boxes), bool)
    for number in np.argsort(-longest, kind="stable")[: FRAMES.most].tolist():
        left, top, right, bottom = boxes[number].tolist()
        held = (boxes[:, :2] >= (left, top)).all(axis=1) & (boxes[:, 2:] <= (right, bottom)).all(axis=1)
        held &= longest < longest[number]
        if held.any():
            own = labels[top:bottom, left:right] == number + 1
            cut_off = min(left, top) == 0 or right == labels.shape[1] or bottom == labels.shape[0]
            passed = max(_passed(own, box - (left, top, left, top)) for box in boxes[held])
            found[number] = passed >= (2 if cut_off else 3) and _along_sides(own) >= FRAMES.along
    return found


def dividers(boxes: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """(N,) bool: the components that are level or upright lines from edge to edge of a picture of `shape`."""
    sides = boxes[:, 2:] - boxes[:, :2]
    flat = [min(side) <= _margin(max(side)) and max(side) in shape for side in sides.tolist()]
    return np.array(flat, bool) & (len(boxes) > 1)


def _margin(side: int) -> int:
    """How many pixels the lines of a frame whose longer side is `side` pixels may lie within its box."""
    return max(2, round(FRAMES.margin * side))


def _along_sides(own: np.ndarray) -> float:
    """Share of ink (h, w) bool near the sides of its box: most of a frame's, two thirds of a ring's."""
    margin = _margin(max(own.shape))
    inner = int(own[margin:-margin, margin:-margin].sum())
    return 1 - inner / max(int(own.sum()), 1)


def _passed(own: np.ndarray, box: np.ndarray) -> int:
    """On how many sides ink (h, w) bool passes a box within it, 0 when it enters the box."""
    left, top, right, bottom = box
    if own[top:bottom, left:right].any():
        return 0
    strips = own[top:bottom, :left], own[top:bottom, right:], own[:top, left:right], own[bottom:, left:right]
    return sum(bool(strip.any()) for strip in strips)
