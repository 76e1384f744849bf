"""Which ink belongs to which digit: from a page or pad of ink to single digits in reading order.

Pieces of ink that lie near each other form a group; every run of neighbouring pieces that could be one digit is a
candidate. The caller has all candidates read by the network in one pass; `choose` then finds, group by group, the
run of candidates that explains it best: dynamic programming over an over-segmentation (Casey and Lecolinet, "A survey
of methods and strategies in character segmentation", 1996).

Ink is (H, W) float32 in [0, 1]; boxes are (left, top, right, bottom) in its pixels, right and bottom exclusive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from model.segment.candidates import GEOMETRY, PIECES, STROKES, WHOLE, Candidate, Group
from model.segment.components import (
    MARKS,
    Box,
    Piece,
    Wall,
    components,
    digit_sized,
    groups,
    pieces_of,
    strokes_without_specks,
)
from model.segment.cuts import divide
from model.segment.dots import dotted
from model.segment.frames import dividers, frames
from model.segment.strokes import Layer

MOST_PIECES = 400  # of ink on one pad: more is noise or hatching, taken as one thing
MOST_STROKES = 40  # on one pad: more are dots, hatching or a text
MOST_CANDIDATES = 1000  # on one page: a second of one core
SMALLEST = 8  # pixels: lower marks are dirt
MANY_SMALL = 6  # marks much lower than the rest of a page that are writing of their own,
ALIKE, MOSTLY_ALIKE = 0.35, 0.6  # when so large a share of them differs by no more than this from their median height


@dataclass(frozen=True)
class SplitPolicy:
    """How boldly ink is taken apart: drawings come one digit at a time, pages are written fast and small."""

    level: float  # ink from here on connects; below the 0.5 of a stroke's border, faint strokes do not break
    near: float  # of the typical height: pieces closer than this may belong to one digit
    wide: float  # width by height from which a connected piece may be several digits
    cut: float  # natural log odds against a cut through ink, and again per stroke width that it goes through


DRAWN = SplitPolicy(level=0.3, near=0.35, wide=1.2, cut=2.5)  # bolder, it makes 17 of an n and 11 of a W
TOUCHING = replace(DRAWN, wide=0.5, cut=0.4)  # where the string network sees several digits
WRITTEN = SplitPolicy(level=0.5, near=0.2, wide=0.85, cut=0.4)


def propose_drawing(ink: np.ndarray, layers: Sequence[Layer] = (), policy: SplitPolicy = DRAWN) -> list[Candidate]:
    """Candidates for the digits of a drawing, (H, W) float32 ink on even paper; [] when there is none.

    layers: the strokes of the pen where they are known. Digits that touch are then told apart by their strokes.
    """
    labels, boxes, areas = components(ink, policy.level)
    if not len(boxes):
        return []
    if len(boxes) > MOST_PIECES:
        return [_all_ink(ink, boxes)]
    ruled = frames(labels, boxes) | dividers(boxes, ink.shape)
    if ruled.any():
        return _without(ink, layers, policy, np.append(False, ruled)[labels])
    signs = dotted(labels, boxes, areas)
    found = _drawn(ink, layers, policy, labels, boxes, areas)
    return [replace(c, dotted=any(_holds(c.box, sign) for sign in signs)) for c in found] if signs else found


def _holds(box: Box, other: Box) -> bool:
    """Whether the middle of the other box lies in the box."""
    x, y = (other[0] + other[2]) / 2, (other[1] + other[3]) / 2
    return box[0] <= x < box[2] and box[1] <= y < box[3]


def _without(ink: np.ndarray, layers: Sequence[Layer], policy: SplitPolicy, left_out: np.ndarray) -> list[Candidate]:
    """Candidates of a drawing without some of its ink. left_out: (H, W) bool."""
    rest = np.where(left_out, np.float32(0), ink)
    strokes = [(box, np.minimum(own, rest[box[1] : box[3], box[0] : box[2]])) for box, own in layers]
    return propose_drawing(rest, [(box, own) for box, own in strokes if (own >= policy.level).any()], policy)


def _drawn(
    ink: np.ndarray,
    layers: Sequence[Layer],
    policy: SplitPolicy,
    labels: np.ndarray,
    boxes: np.ndarray,
    areas: np.ndarray,
) -> list[Candidate]:
    """Candidates of a drawing's components in all ways to read it."""
    size, kept = strokes_without_specks(boxes, areas)
    if layers:  # they say where one digit ends
        policy = replace(policy, wide=np.inf)
    found = _proposed(ink, labels, boxes, kept, size, policy)
    strokes = _by_strokes(layers, size) if 2 <= len(layers) <= MOST_STROKES else []
    if found and len(kept) == 1 and len(strokes) <= 1:  # all ink is among them, and one digit of all strokes is that
        return found
    found += strokes
    dropped = np.zeros(max(int(labels.max()), len(boxes)) + 1, bool)
    dropped[1 : len(boxes) + 1] = True
    dropped[kept + 1] = False
    whole = np.where(dropped[labels], np.float32(0), ink)
    pieces = sum(1 for candidate in found if candidate.way == PIECES and candidate.last == candidate.first + 1)
    return [*found, _all_ink(whole, boxes[kept], pieces, _odds_of_one(boxes[kept], size))]


def _all_ink(ink: np.ndarray, boxes: np.ndarray, pieces: int = 1, prior: float = 0.0) -> Candidate:
    """All ink as one thing, whatever number of pieces it has."""
    left, top = (int(side) for side in boxes[:, :2].min(axis=0))
    right, bottom = (int(side) for side in boxes[:, 2:].max(axis=0))
    return Candidate((left, top, right, bottom), ink[top:bottom, left:right], 0, 0, max(pieces, 1), prior, way=WHOLE)


def _odds_of_one(boxes: np.ndarray, size: float) -> float:
    """Natural log odds that a drawing of several pieces is one digit: near each other, unequal, no wider than high."""
    prior = -GEOMETRY.whole - GEOMETRY.wide * max(0.0, np.ptp(boxes[:, ::2]) / np.ptp(boxes[:, 1::2]) - 1)
    tall = boxes[boxes[:, 3] - boxes[:, 1] >= MARKS.fragment * size]
    if len(tall) < 2:
        return float(prior)
    height = tall[:, 3] - tall[:, 1]
    apart = np.maximum(tall[:, None, :2], tall[:, :2]) - np.minimum(tall[:, None, 2:], tall[:, 2:])
    nearest = (apart.max(axis=2) + np.diag(np.full(len(tall), np.inf))).min(axis=1)
    odds = GEOMETRY.gap * (float(nearest.max()) / size - GEOMETRY.even_gap)
    prior -= np.clip(odds, 0, GEOMETRY.most_gap)
    return float(prior + GEOMETRY.unequal * max(0.0, 0.75 - height.min() / height.max()))


def propose_photo(ink: np.ndarray) -> list[Candidate]:
    """Candidates for the digits on a page, (H, W) float32 ink; dirt and what is no writing is left out.

    A page may hold writing of another size: what is much larger than most of it, and what is much smaller and even.
    """
    labels, boxes, areas = components(ink, WRITTEN.level)
    if not len(boxes):
        return []
    marks = ~frames(labels, boxes)
    size, kept = digit_sized(boxes, areas, marks, ink.shape)
    height = boxes[:, 3] - boxes[:, 1]
    small = _even(height, marks & (height < MARKS.fragment * size))
    large = marks & (height >= MARKS.tallest * size)
    sizes = [(size, kept[~small[kept]])]
    sizes += [digit_sized(boxes, areas, other, ink.shape) for other in (large, small) if other.any()]
    found: list[Candidate] = []
    for size, kept in sizes:
        start = max((candidate.group for candidate in found), default=-1) + 1
        found += _proposed(ink, labels, boxes, kept, size, WRITTEN, start)
    return _capped(found)


def _even(height: np.ndarray, among: np.ndarray) -> np.ndarray:
    """(N,) bool: the components of one height among some, when these are many: small writing, and no dirt."""
    written = among & (height >= SMALLEST)
    if written.sum() < MANY_SMALL:
        return np.zeros_like(among)
    alike = written & (np.abs(height / np.median(height[written]) - 1) < ALIKE)
    return alike if alike.sum() > MOSTLY_ALIKE * among.sum() else np.zeros_like(among)


def _capped(candidates: list[Candidate]) -> list[Candidate]:
    """At most about MOST_CANDIDATES: first without shared strokes, then without cuts through the longest words."""
    if len(candidates) <= MOST_CANDIDATES:
        return candidates
    candidates = [candidate for candidate in candidates if not candidate.shares]
    cuts = Counter(candidate.group for candidate in candidates if candidate.cut)
    excess = len(candidates) - MOST_CANDIDATES
    whole = set()
    for group, count in cuts.most_common():
        if excess <= 0:
            break
        whole.add(group)
        excess -= count
    return [candidate for candidate in candidates if not (candidate.cut and candidate.group in whole)]


def _proposed(
    ink: np.ndarray,
    labels: np.ndarray,
    boxes: np.ndarray,
    kept: np.ndarray,
    size: float,
    policy: SplitPolicy,
    start: int = 0,
) -> list[Candidate]:
    """Candidates of the components `kept`, group by group, numbered from `start`. Cuts change the label picture."""

    def ink_of(box: Box, run: Sequence[Piece], walls: Sequence[Wall]) -> np.ndarray:
        return _own_ink(ink, labels, box, run, walls)

    candidates: list[Candidate] = []
    next_label = int(labels.max()) + 1
    for number, members in enumerate(groups(boxes[kept], size, policy.near), start):
        pieces: list[Piece] = []
        for piece in pieces_of(boxes, kept[members], size):
            parts = divide(labels, piece, size, policy.wide, next_label)
            next_label += len(parts)
            pieces += parts
        candidates += Group(pieces, size, cut=policy.cut).candidates(number, PIECES, ink_of)
    return candidates


def _by_strokes(layers: Sequence[Layer], size: float) -> list[Candidate]:
    """Candidates of the strokes of the pen: those that overlap in x belong together, others may touch."""

    def ink_of(box: Box, run: Sequence[Piece], walls: Sequence[Wall]) -> np.ndarray:
        return _together([layers[label - 1] for piece in run for label in piece.labels], box)

    boxes = np.array([box for box, _ in layers])
    candidates: list[Candidate] = []
    for number, members in enumerate(groups(boxes, size, DRAWN.near)):
        group = Group(pieces_of(boxes, members, size), size)
        candidates += group.candidates(number, STROKES, ink_of)
    return candidates


def _together(layers: Sequence[Layer], box: Box) -> np.ndarray:
    """(h, w) float32 ink of several strokes in a box that holds them."""
    found = np.zeros((box[3] - box[1], box[2] - box[0]), np.float32)
    for (left, top, right, bottom), ink in layers:
        part = found[top - box[1] : bottom - box[1], left - box[0] : right - box[0]]
        np.maximum(part, ink, out=part)
    return found


def _own_ink(
    ink: np.ndarray, labels: np.ndarray, box: Box, run: Sequence[Piece], walls: Sequence[Wall] = ()
) -> np.ndarray:
    """(h, w) float32 ink in the box that belongs to the run, or to walls that it shares, with its soft border."""
    left, top, right, bottom = box
    crop, near = ink[top:bottom, left:right], labels[top:bottom, left:right]
    first, *others = [label for piece in run for label in piece.labels]
    own = near == first
    if others:
        own |= np.isin(near, others)
    for (x, y, end, foot), mask in walls:
        own[y - top : foot - top, x - left : end - left] |= mask
    if own[near > 0].all():
        return crop
    fringe = cv2.dilate(own.view(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return np.where(own | (fringe & (near == 0)), crop, np.float32(0))
