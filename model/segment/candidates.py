"""Which ink belongs to which digit: from a page or pad of ink to single digits in reading order.

Pieces of ink that lie near each other form a group; every run of neighbouring pieces that could be one digit is a
candidate. The caller has all candidates read by the network in one pass; `choose` then finds, group by group, the
run of candidates that explains it best: dynamic programming over an over-segmentation (Casey and Lecolinet, "A survey
of methods and strategies in character segmentation", 1996).

Ink is (H, W) float32 in [0, 1]; boxes are (left, top, right, bottom) in its pixels, right and bottom exclusive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np

from model.segment.components import (
    FRAGMENT,
    TALLEST,
    Box,
    Piece,
    Wall,
    components,
    digit_sized,
    enclosing,
    frames,
    groups,
    pieces_of,
    strokes_without_specks,
    union,
)
from model.segment.cuts import divide
from model.segment.dots import dotted

PIECES, STROKES, WHOLE = range(3)  # the ways to read a drawing: by its pieces of ink, by its strokes, as one digit
MOST_PIECES = 400  # of ink on one pad: more is noise or hatching, taken as one thing
MOST_STROKES = 40  # on one pad: more are dots, hatching or a text
MOST_CANDIDATES = 1000  # on one page: a second of one core
SMALLEST = 8  # pixels: lower marks are dirt
MANY_SMALL = 6  # marks much lower than the rest of a page that are writing of their own,
ALIKE, MOSTLY_ALIKE = 0.35, 0.6  # when so large a share of them differs by no more than this from their median height
Layer = tuple[Box, np.ndarray]  # one stroke of the pen: its box, and (h, w) float32 ink
InkOf = Callable[[Box, Sequence[Piece], Sequence[Wall]], np.ndarray]


@dataclass(frozen=True)
class SplitPolicy:
    """How boldly ink is taken apart: drawings come one digit at a time, pages are written fast and small."""

    level: float  # ink from here on connects; below the 0.5 of a stroke's border, faint strokes do not break
    near: float  # of the typical height: pieces closer than this may belong to one digit
    wide: float  # width by height from which a connected piece may be several digits
    cut: float  # natural log odds against a cut through ink, and again per stroke width that it goes through


DRAWN = SplitPolicy(level=0.3, near=0.35, wide=1.2, cut=2.5)  # bolder, it makes 17 of an n and 11 of a W
WRITTEN = SplitPolicy(level=0.5, near=0.2, wide=0.85, cut=0.4)


@dataclass(frozen=True)
class Geometry:
    """What the place of pieces says for and against one digit; odds are natural logarithms, heights the typical one."""

    widest: float = 1.5  # heights: the widest digit that is put together from several pieces
    most_parts: int = 6  # components of one digit: what falls to more pieces is texture
    even_gap: float = 0.08  # heights: the gap in a drawing at which geometry has no opinion
    gap: float = 15.0  # odds against one digit per height of gap
    most_gap: float = 4.0  # odds: a gap says no more than this
    wide: float = 3.0  # odds against a digit that is wider than high, per height
    tall: float = 0.7  # odds for two digits when neither piece is a fragment
    staggered: float = 5.0  # odds for two digits per height by which they reach above and below each other
    left_out: float = 3.0  # odds against leaving out a fragment, per height of its longer side
    whole: float = 2.0  # odds that the network must give to several pieces before they are one digit
    unequal: float = 5.0  # odds for one digit per share by which the lower piece is lower than three quarters


GEOMETRY = Geometry()


@dataclass(frozen=True)
class Candidate:
    """Ink that may be one digit: pieces `first` to `last` (exclusive) of group `group`, in one way to read the ink.

    box: where it lies. ink: (h, w) float32, the box's ink without that of the neighbours. prior: what geometry says
    for (above 0) or against it, in natural log units. fragment: too small for a digit of its own. cut: off other ink.
    odds: natural log odds that it is a digit, from the whole page. classes: (10,) what it is by the whole page, each
    digit's share.
    """

    box: Box
    ink: np.ndarray
    group: int
    first: int
    last: int
    prior: float
    fragment: bool = False
    cut: bool = False
    way: int = PIECES
    shares: bool = False  # strokes with a neighbour
    dotted: bool = False  # a dot stands above or below it
    odds: float = 0.0
    classes: np.ndarray | None = None


def propose_drawing(ink: np.ndarray, layers: Sequence[Layer] = ()) -> list[Candidate]:
    """Candidates for the digits of a drawing, (H, W) float32 ink on even paper; [] when there is none.

    layers: the strokes of the pen where they are known. Digits that touch are then told apart by their strokes.
    """
    labels, boxes, areas = components(ink, DRAWN.level)
    if not len(boxes):
        return []
    if len(boxes) > MOST_PIECES:
        return [_all_ink(ink, boxes)]
    ruled = frames(labels, boxes)
    if len(ruled):
        return _without(ink, layers, np.isin(labels, ruled))
    signs = dotted(labels, boxes, areas)
    found = _drawn(ink, layers, labels, boxes, areas)
    return [replace(c, dotted=any(_holds(c.box, sign) for sign in signs)) for c in found] if signs else found


def _holds(box: Box, other: Box) -> bool:
    """Whether the middle of the other box lies in the box."""
    x, y = (other[0] + other[2]) / 2, (other[1] + other[3]) / 2
    return box[0] <= x < box[2] and box[1] <= y < box[3]


def _without(ink: np.ndarray, layers: Sequence[Layer], left_out: np.ndarray) -> list[Candidate]:
    """Candidates of a drawing without some of its ink. left_out: (H, W) bool."""
    rest = np.where(left_out, np.float32(0), ink)
    strokes = [(box, np.minimum(own, rest[box[1] : box[3], box[0] : box[2]])) for box, own in layers]
    return propose_drawing(rest, [(box, own) for box, own in strokes if (own >= DRAWN.level).any()])


def _drawn(
    ink: np.ndarray, layers: Sequence[Layer], labels: np.ndarray, boxes: np.ndarray, areas: np.ndarray
) -> list[Candidate]:
    """Candidates of a drawing's components in all ways to read it."""
    size, kept = strokes_without_specks(boxes, areas)
    policy = replace(DRAWN, wide=np.inf) if layers else DRAWN  # the strokes say where one digit ends
    found = _proposed(ink, labels, boxes, kept, size, policy)
    if 2 <= len(layers) <= MOST_STROKES:
        found += _by_strokes(layers, size)
    if found and len(kept) == 1 and len(layers) < 2:  # all ink is among them
        return found
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
    tall = boxes[boxes[:, 3] - boxes[:, 1] >= FRAGMENT * size]
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
    marks = ~enclosing(labels, boxes)
    size, kept = digit_sized(labels, boxes, areas, marks)
    height = boxes[:, 3] - boxes[:, 1]
    small = _even(height, marks & (height < FRAGMENT * size))
    large = marks & (height >= TALLEST * size)
    sizes = [(size, kept[~small[kept]])]
    sizes += [digit_sized(labels, boxes, areas, other) for other in (large, small) if other.any()]
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
        candidates += _Group(pieces, size, cut=policy.cut).candidates(number, PIECES, ink_of)
    return candidates


def _by_strokes(layers: Sequence[Layer], size: float) -> list[Candidate]:
    """Candidates of the strokes of the pen: those that overlap in x belong together, others may touch."""

    def ink_of(box: Box, run: Sequence[Piece], walls: Sequence[Wall]) -> np.ndarray:
        return _together([layers[label - 1] for piece in run for label in piece.labels], box)

    boxes = np.array([box for box, _ in layers])
    candidates: list[Candidate] = []
    for number, members in enumerate(groups(boxes, size, DRAWN.near)):
        group = _Group(pieces_of(boxes, members, size), size)
        candidates += group.candidates(number, STROKES, ink_of)
    return candidates


def _together(layers: Sequence[Layer], box: Box) -> np.ndarray:
    """(h, w) float32 ink of several strokes in a box that holds them."""
    found = np.zeros((box[3] - box[1], box[2] - box[0]), np.float32)
    for (left, top, right, bottom), ink in layers:
        part = found[top - box[1] : bottom - box[1], left - box[0] : right - box[0]]
        np.maximum(part, ink, out=part)
    return found


@dataclass(frozen=True)
class _Group:
    """Pieces from left to right that may be digits or parts of digits, and the typical height of digits in pixels."""

    pieces: list[Piece]
    size: float
    cut: float = 0.0  # as SplitPolicy.cut

    def candidates(self, number: int, way: int, ink_of: InkOf) -> list[Candidate]:
        """A candidate for each run of neighbouring pieces that could be one digit; none when all are fragments."""
        if all(piece.fragment for piece in self.pieces):
            return []
        found = []
        for first, last in self._runs():
            run = self.pieces[first:last]
            box = union(*(piece.box for piece in run))
            fragment = self._is_fragment(first, last, box)
            prior = self._left_out(box) if fragment else self._prior(first, last, box)
            after = self.pieces[last].walls[1] if last < len(self.pieces) else None
            for walls in _shared(run[0].walls[0], after):
                wider = union(box, *(wall[0] for wall in walls))
                own = ink_of(wider, run, walls)
                cut = not self._uncut(first, last)
                found.append(Candidate(wider, own, number, first, last, prior, fragment, cut, way, bool(walls)))
        return found

    def _runs(self) -> Iterator[tuple[int, int]]:
        """First and last (exclusive) of the runs that are not too wide, too low or of too many pieces for a digit."""
        for first in range(len(self.pieces)):
            for last in range(first + 1, len(self.pieces) + 1):
                left, top, right, bottom = union(*(piece.box for piece in self.pieces[first:last]))
                too_wide = right - left > GEOMETRY.widest * max(self.size, bottom - top)
                joined = all(piece.cut for piece in self.pieces[first + 1 : last])
                if not joined and (too_wide or last - first > GEOMETRY.most_parts):
                    break
                if self._connected(first, last) or not (too_wide or bottom - top < FRAGMENT * self.size):
                    yield first, last

    def _uncut(self, first: int, last: int) -> bool:
        """Whether paper lies at both ends of a run."""
        return not self.pieces[first].cut and (last == len(self.pieces) or not self.pieces[last].cut)

    def _connected(self, first: int, last: int) -> bool:
        """Whether a run is a whole piece of ink as it was written."""
        return self._uncut(first, last) and all(piece.cut for piece in self.pieces[first + 1 : last])

    def _is_fragment(self, first: int, last: int, box: Box) -> bool:
        crumbs = last - first == 1 and len(self.pieces[first].labels) > GEOMETRY.most_parts
        return crumbs or (self._connected(first, last) and box[3] - box[1] < FRAGMENT * self.size)

    def _left_out(self, box: Box) -> float:
        return -GEOMETRY.left_out * max(box[2] - box[0], box[3] - box[1]) / self.size

    def _prior(self, first: int, last: int, box: Box) -> float:
        """Natural log odds of geometry for a run being one digit."""
        run = self.pieces[first:last]
        width, height = box[2] - box[0], box[3] - box[1]
        prior = -self.cut * (1 + run[0].cut) if run[0].cut else 0.0
        prior -= GEOMETRY.wide * max(0.0, width / max(height, self.size) - 1)
        return prior - sum(_apart(one, other) for one, other in pairwise(run) if not other.cut)


def _shared(before: Wall | None, after: Wall | None) -> list[list[Wall]]:
    """The ways to take a neighbour's walls along: none, one or both."""
    walls = [wall for wall in (before, after) if wall is not None]
    return [[], *([wall] for wall in walls), *([walls] if len(walls) == 2 else [])]


def _apart(one: Piece, other: Piece) -> float:
    """Natural log odds that neighbouring pieces are two digits: both tall, one above the other."""
    if one.fragment or other.fragment:
        return 0.0
    together = max(one.box[3], other.box[3]) - min(one.box[1], other.box[1])
    tallest = max(one.box[3] - one.box[1], other.box[3] - other.box[1])
    return GEOMETRY.tall + GEOMETRY.staggered * max(0.0, together / tallest - 1.25)


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
