"""Which components of ink are no writing but what goes around it: frames, the cells of a form, dividers.

Label pictures and boxes are those of `components`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Frames:
    """What a component must be like to be a frame."""

    margin: float = 0.06  # of its longer side: how far its lines may lie within its box
    covered: float = 0.95  # of the sides of a drawn frame that its lines cover
    held: float = 0.25  # of its longer side, that what it goes around has at least
    along: float = 0.72  # of a photographed frame's ink that lies so near the sides of its box
    most: int = 40  # components, the longest of a photo, that may be frames


FRAMES = Frames()


def frames(labels: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Label numbers of the components of a drawing that are frames around others, or lines from edge to edge."""
    found = []
    for number, (left, top, right, bottom) in enumerate(boxes):
        others = np.delete(boxes, number, axis=0)
        side = max(right - left, bottom - top)
        margin = _margin(side)
        inside = (others[:, :2] > (left, top)).all(axis=1) & (others[:, 2:] < (right, bottom)).all(axis=1)
        own = labels[top:bottom, left:right] == number + 1
        hollow = not own[margin:-margin, margin:-margin].any()
        around = inside.any() and hollow and min(_filled(own, margin), _filled(own.T, margin)) >= FRAMES.covered
        across = len(others) and min(right - left, bottom - top) <= margin and side in labels.shape
        if around or across:
            found.append(number + 1)
    return np.array(found, int)


def enclosing(labels: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """(N,) bool: the components of a photo that go around another one: frames, cells, corners of a form.

    Their box holds the other's, and none of their ink lies in it. They pass it on three sides, or on two and are cut
    off by the picture's edge, as the lines of a cell are.
    """
    sides = boxes[:, 2:] - boxes[:, :2]
    longest = sides.max(axis=1)
    found = np.zeros(len(boxes), bool)
    for number in np.argsort(-longest, kind="stable")[: FRAMES.most].tolist():
        left, top, right, bottom = boxes[number].tolist()
        held = (boxes[:, :2] >= (left, top)).all(axis=1) & (boxes[:, 2:] <= (right, bottom)).all(axis=1)
        held &= (longest >= FRAMES.held * longest[number]) & (longest < longest[number])
        if held.any():
            own = labels[top:bottom, left:right] == number + 1
            cut_off = min(left, top) == 0 or right == labels.shape[1] or bottom == labels.shape[0]
            passed = max(_passed(own, box - (left, top, left, top)) for box in boxes[held])
            found[number] = passed >= (2 if cut_off else 3) and _along_sides(own) >= FRAMES.along
    return found


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


def _filled(mask: np.ndarray, margin: int) -> float:
    """The smaller share of the rows of a mask (h, w) bool that have ink within `margin` of the left, or the right."""
    return float(min(mask[:, :margin].any(axis=1).mean(), mask[:, -margin:].any(axis=1).mean()))
