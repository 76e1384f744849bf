"""Ink taken to pieces: connected components, those of a digit's size, groups of near ones, cuts through touching ones.

Ink is (H, W) float32 in [0, 1]; a label picture is (H, W) int32 with 0 for paper; boxes are (left, top, right,
bottom) in pixels, right and bottom exclusive, several of them an (N, 4) int array.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from model.ink.photo import is_crop

Box = tuple[int, int, int, int]
Wall = tuple[Box, np.ndarray]  # a box, and (h, w) bool: which of its ink


@dataclass(frozen=True)
class Marks:
    """Which components may be digits or parts of them; heights are the typical one of the digits."""

    fragment: float = 0.45  # heights: a lower piece is no digit of its own
    stacked: float = 0.15  # heights: a fragment so near above or below belongs to its neighbour
    together: float = 1.6  # heights: two pieces, one above the other, that are higher are two rows
    overlap: float = 0.5  # of the narrower width: pieces that overlap in x so far are one digit's
    tallest: float = 3.0  # heights: what is taller is no digit of this page
    hairline: float = 0.15  # heights: what is no wider is one stroke,
    line: float = 1.55  # heights: up to which such a stroke is a tall 1, and a longer one a line of a form
    most: int = 600  # on one page; in a texture, the largest are looked at
    level: float = 0.85  # of its height: a stroke at the picture's edge that stands so far beside a digit is a 1


MARKS = Marks()


@dataclass(frozen=True)
class Piece:
    """Ink that is never divided: its box, its numbers in the label picture, whether it is too small for a digit.

    cut: stroke widths of ink that the cut at its left goes through; 0 where paper lies there. walls: the strokes along
    that cut, at its left and at its right, where there are any: one that two touching zeros share belongs to both.
    """

    box: Box
    labels: tuple[int, ...]
    fragment: bool
    cut: float = 0.0
    walls: tuple[Wall | None, Wall | None] = (None, None)


def components(ink: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Label picture, boxes (N, 4) and areas (N,) in pixels of the connected ink from `level`; box k has label k + 1."""
    mask = (ink >= level).view(np.uint8)
    x, y, across, down = cv2.boundingRect(mask)
    drawn = np.s_[y : y + down, x : x + across]
    labels = np.zeros(mask.shape, np.int32)
    count = 1
    if across:
        count, labels[drawn] = cv2.connectedComponents(mask[drawn])
    if count <= 2:  # several times as fast as with statistics
        boxes = np.array([[x, y, x + across, y + down]] * (count - 1), int).reshape(-1, 4)
        return labels, boxes, np.full(count - 1, cv2.countNonZero(mask))
    _, labels[drawn], stats, _ = cv2.connectedComponentsWithStats(mask[drawn], connectivity=8, ltype=cv2.CV_32S)
    left, top, width, height, area = (stats[1:] + np.array([x, y, 0, 0, 0])).T
    return labels, np.stack([left, top, left + width, top + height], axis=1), area


def strokes_without_specks(boxes: np.ndarray, areas: np.ndarray) -> tuple[float, np.ndarray]:
    """Typical height and the indices of a drawing's components.

    Dots within a shape stay: eyes make a face of a ring.
    """
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    size = float(np.maximum(height, width / 2).max())
    speck = np.maximum(width, height) < 0.16 * size
    largest = boxes[np.argmax(areas)]
    within = (boxes[:, :2] > largest[:2]).all(axis=1) & (boxes[:, 2:] < largest[2:]).all(axis=1)
    speck &= ~(within & (np.maximum(width, height) > 0.04 * size))
    return size, np.flatnonzero(~speck)


def digit_sized(
    boxes: np.ndarray, areas: np.ndarray, among: np.ndarray, shape: tuple[int, int]
) -> tuple[float, np.ndarray]:
    """Typical height of the digits on a page, and the indices of the components that may be digits or parts of them.

    among: (N,) bool, the components that are looked at. shape: (height, width) of the page in pixels.
    """
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    longest, shortest = np.maximum(width, height), np.minimum(width, height)
    inside = (boxes[:, :2] > 0).all(axis=1) & (boxes[:, 2:] < shape[::-1]).all(axis=1)
    plain = among & (height >= 8) & (width < 2 * height)
    if not plain.any():
        return 1.0, np.zeros(0, int)
    size = _weighted_median(height[plain], areas[plain])
    thin = shortest < 0.3 * longest
    cut_off = (height < 0.6 * size) | (thin & ~_in_row(boxes, plain & ~thin, shape))
    line = (shortest < MARKS.hairline * size) & (longest > MARKS.line * size)
    kept = among & (inside | ~cut_off) & ~line & (longest > 0.22 * size) & (height < MARKS.tallest * size)
    order = np.flatnonzero(kept)
    return size, np.sort(order[np.argsort(-areas[order], kind="stable")[: MARKS.most]])


def _in_row(boxes: np.ndarray, others: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """(N,) bool: boxes in a picture of one or a few digits that stand level with one of the others (N,) bool."""
    if not is_crop(shape) or not others.any():
        return np.zeros(len(boxes), bool)
    top, bottom = boxes[:, 1, None], boxes[:, 3, None]
    level = np.minimum(bottom, boxes[others, 3]) - np.maximum(top, boxes[others, 1])
    return (level > MARKS.level * (bottom - top)).any(axis=1)


def thickness(labels: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """(N,) mean stroke width in pixels of each component."""
    distance = cv2.distanceTransform((labels > 0).view(np.uint8), cv2.DIST_L2, 3)
    ink = labels > 0
    return bar_width(np.bincount(labels[ink], distance[ink], minlength=len(areas) + 1)[1:] / areas)


def bar_width(distance: Any) -> Any:
    """Width in pixels of a bar whose pixels lie `distance` from its border in the mean: a quarter of it, and a half."""
    return 4 * distance - 1


def _weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    order = np.argsort(values)
    share = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(share, share[-1] / 2)])


def groups(boxes: np.ndarray, size: float, near: float) -> list[np.ndarray]:
    """Indices of boxes that lie within `near` typical heights of each other, group by group."""
    left, top, right, bottom = boxes.T
    gap_x = np.maximum(left[:, None], left) - np.minimum(right[:, None], right)
    gap_y = np.maximum(top[:, None], top) - np.minimum(bottom[:, None], bottom)
    together = np.maximum(bottom[:, None], bottom) - np.minimum(top[:, None], top)
    beside = (gap_x < near * size) & (gap_y < 0)
    stacked = (np.maximum(gap_x, gap_y) < MARKS.stacked * size) & (together < MARKS.together * size)
    group = np.arange(len(boxes))
    while len(group):
        lowest = np.where(beside | stacked, group, len(boxes)).min(axis=1)
        if (lowest == group).all():
            break
        group = lowest
    return [np.flatnonzero(group == number) for number in np.unique(group)]


def pieces_of(boxes: np.ndarray, members: np.ndarray, size: float) -> list[Piece]:
    """A group's components from left to right; those that overlap in x are one piece."""
    pieces: list[Piece] = []
    for index in sorted(members, key=lambda index: int(boxes[index][0])):
        left, top, right, bottom = (int(side) for side in boxes[index])
        new = Piece((left, top, right, bottom), (int(index) + 1,), bottom - top < MARKS.fragment * size)
        while pieces and _belongs(pieces[-1], new):
            old = pieces.pop()
            new = Piece(union(old.box, new.box), old.labels + new.labels, old.fragment and new.fragment)
        pieces.append(new)
    return pieces


def _belongs(one: Piece, other: Piece) -> bool:
    overlap = min(one.box[2], other.box[2]) - max(one.box[0], other.box[0])
    narrower = min(one.box[2] - one.box[0], other.box[2] - other.box[0])
    return overlap > MARKS.overlap * narrower


def moved(box: Box, right: int, down: int) -> Box:
    """The box moved by so many pixels."""
    return box[0] + right, box[1] + down, box[2] + right, box[3] + down


def union(*boxes: Box) -> Box:
    """The smallest box around boxes."""
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)
