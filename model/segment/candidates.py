"""Which ink belongs to which digit: from a page or pad of ink to single digits in reading order.

Pieces of ink that lie near each other form a group; every run of neighbouring pieces that could be one digit is a
candidate. The caller has all candidates read by the network in one pass; `choose` then finds, group by group, the
run of candidates that explains it best: dynamic programming over an over-segmentation (Casey and Lecolinet, "A survey
of methods and strategies in character segmentation", 1996).

Ink is (H, W) float32 in [0, 1]; boxes are (left, top, right, bottom) in its pixels, right and bottom exclusive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from model.segment.components import (
    FRAGMENT,
    Box,
    Piece,
    Wall,
    components,
    digit_sized,
    groups,
    pieces_of,
    strokes_without_specks,
    union,
)
from model.segment.cuts import divide

WIDEST = 1.5  # of the typical height: the widest digit that is put together from several pieces
EVEN_GAP = 0.08  # of the typical height: the gap at which geometry has no opinion
GAP_WEIGHT = 15.0  # natural log odds for two digits per typical height of gap
TOO_WIDE = 3.0  # natural log odds against a digit that is wider than high, per height
TOO_LOW = 4.0  # the same against a cut-off part that is lower than the other digits, per height
MOST_PARTS = 6  # components of one digit: what falls to more pieces is texture
BOTH_TALL = 0.7  # natural log odds for two digits when neither piece is a fragment
MOST_TOGETHER = 6.0  # natural log odds for one digit when the narrower of two tall pieces lies wholly over the other
STAGGERED = 5.0  # the same per height by which they reach above and below each other
SHARED = 0.7  # natural log odds against a stroke that belongs to two digits
LEFT_OUT = 3.0  # natural log odds against leaving out a fragment, per typical height of its longer side


@dataclass(frozen=True)
class Habits:
    """How boldly ink is taken apart: drawings come one digit at a time, pages are written fast and small."""

    level: float  # ink from here on connects; below the 0.5 of a stroke's border, faint strokes do not break
    near: float  # of the typical height: pieces closer than this may belong to one digit
    wide: float  # width by height from which a connected piece may be several digits
    cut: float  # natural log odds against a cut through ink, and again per stroke width that it goes through


MOST_PIECES = 400  # of ink on one pad: more is noise or hatching, taken as one thing

DRAWN = Habits(level=0.3, near=0.35, wide=1.25, cut=3.0)
WRITTEN = Habits(level=0.5, near=0.2, wide=0.85, cut=0.4)


@dataclass(frozen=True)
class Candidate:
    """Ink that may be one digit: pieces `first` to `last` (exclusive) of group `group`.

    box: where it lies. ink: (h, w) float32, the box's ink without that of the neighbours. prior: what geometry says
    for (above 0) or against it, in natural log units. fragment: too small for a digit of its own. cut: off other ink.
    """

    box: Box
    ink: np.ndarray
    group: int
    first: int
    last: int
    prior: float
    fragment: bool = False
    cut: bool = False


def propose_drawing(ink: np.ndarray) -> list[Candidate]:
    """Candidates for the digits of a drawing, (H, W) float32 ink on even paper; [] when there is none."""
    labels, boxes, areas = components(ink, DRAWN.level)
    if not len(boxes):
        return []
    if len(boxes) > MOST_PIECES:
        return [_whole(ink, boxes)]
    size, kept = strokes_without_specks(boxes, areas)
    return _proposed(ink, labels, boxes, kept, size, DRAWN) or [_whole(ink, boxes)]


def _whole(ink: np.ndarray, boxes: np.ndarray) -> Candidate:
    """All ink as one thing."""
    left, top = (int(side) for side in boxes[:, :2].min(axis=0))
    right, bottom = (int(side) for side in boxes[:, 2:].max(axis=0))
    return Candidate((left, top, right, bottom), ink[top:bottom, left:right], 0, 0, 1, 0.0)


def propose_photo(ink: np.ndarray) -> list[Candidate]:
    """Candidates for the digits on a page, (H, W) float32 ink; dirt and what is no writing is left out."""
    labels, boxes, areas = components(ink, WRITTEN.level)
    if not len(boxes):
        return []
    size, kept = digit_sized(labels, boxes, areas)
    return _proposed(ink, labels, boxes, kept, size, WRITTEN)


def _proposed(
    ink: np.ndarray, labels: np.ndarray, boxes: np.ndarray, kept: np.ndarray, size: float, habits: Habits
) -> list[Candidate]:
    """Candidates of the components `kept`, group by group."""
    candidates: list[Candidate] = []
    fresh = len(boxes) + 1
    for number, members in enumerate(groups(boxes[kept], size, habits.near)):
        pieces: list[Piece] = []
        for piece in pieces_of(boxes, kept[members], size):
            parts = divide(labels, piece, size, habits.wide, fresh)
            fresh += len(parts)
            pieces += parts
        if not all(piece.fragment for piece in pieces):
            candidates += _runs(ink, labels, pieces, size, number, habits)
    return candidates


def _runs(
    ink: np.ndarray, labels: np.ndarray, pieces: list[Piece], size: float, group: int, habits: Habits
) -> list[Candidate]:
    """A candidate for each run of neighbouring pieces that could be one digit."""
    found = []
    for first in range(len(pieces)):
        for last in range(first + 1, len(pieces) + 1):
            run = pieces[first:last]
            box = union(*(piece.box for piece in run))
            width, height = box[2] - box[0], box[3] - box[1]
            whole = not run[0].cut and (last == len(pieces) or not pieces[last].cut)
            connected = whole and all(piece.cut for piece in run[1:])
            if not all(piece.cut for piece in run[1:]) and (
                width > WIDEST * max(size, height) or len(run) > MOST_PARTS
            ):
                break
            if not connected and (width > WIDEST * max(size, height) or height < FRAGMENT * size):
                continue
            prior = -habits.cut * (1 + run[0].cut) if run[0].cut else 0.0
            prior -= TOO_WIDE * max(0.0, width / max(height, size) - 1)
            if not whole:
                prior -= TOO_LOW * max(0.0, 0.75 - height / size)
            for before, after in pairwise(run):
                if not after.cut:
                    prior -= _apart(before, after, size)
            crumbs = len(run) == 1 and len(run[0].labels) > MOST_PARTS
            fragment = crumbs or (connected and height < FRAGMENT * size)
            if fragment:
                prior = -LEFT_OUT * max(width, height) / size
            after = pieces[last].walls[1] if last < len(pieces) else None
            for walls in _shared(run[0].walls[0], after):
                wider = union(box, *(wall[0] for wall in walls))
                cost = SHARED * len(walls)
                own_ink = _own_ink(ink, labels, wider, run, walls)
                found.append(Candidate(wider, own_ink, group, first, last, prior - cost, fragment, not whole))
    return found


def _shared(before: Wall | None, after: Wall | None) -> list[list[Wall]]:
    """The ways to take a neighbour's walls along: none, one or both."""
    walls = [wall for wall in (before, after) if wall is not None]
    return [[], *([wall] for wall in walls), *([walls] if len(walls) == 2 else [])]


def _apart(one: Piece, other: Piece, size: float) -> float:
    """Natural log odds that neighbouring pieces are two digits: far from each other, both tall, one above the other."""
    gap = (other.box[0] - one.box[2]) / size
    odds = float(np.clip(GAP_WEIGHT * (gap - EVEN_GAP), -4, 4))
    if not one.fragment and not other.fragment:
        overlap = -gap * size / min(one.box[2] - one.box[0], other.box[2] - other.box[0])
        odds = max(odds, -MOST_TOGETHER * max(0.0, overlap))
        together = max(one.box[3], other.box[3]) - min(one.box[1], other.box[1])
        tallest = max(one.box[3] - one.box[1], other.box[3] - other.box[1])
        odds += BOTH_TALL + STAGGERED * max(0.0, together / tallest - 1.25)
    return odds


def _own_ink(
    ink: np.ndarray, labels: np.ndarray, box: Box, run: Sequence[Piece], walls: Sequence[Wall] = ()
) -> np.ndarray:
    """(h, w) float32 ink in the box that belongs to the run, or to walls that it shares, with its soft border."""
    left, top, right, bottom = box
    crop, near = ink[top:bottom, left:right], labels[top:bottom, left:right]
    own = np.isin(near, [label for piece in run for label in piece.labels])
    for (x, y, end, foot), mask in walls:
        own[y - top : foot - top, x - left : end - left] |= mask
    if own[near > 0].all():
        return crop
    fringe = cv2.dilate(own.view(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return np.where(own | (fringe & (near == 0)), crop, np.float32(0))
