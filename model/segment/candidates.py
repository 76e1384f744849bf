"""What may be one digit: runs of neighbouring pieces of ink, each with what geometry says for and against it.

Ink is (H, W) float32 in [0, 1]; boxes are (left, top, right, bottom) in its pixels, right and bottom exclusive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from model.segment.components import MARKS, Box, Piece, Wall, union

PIECES, STROKES, WHOLE = range(3)  # the ways to read a drawing: by its pieces of ink, by its strokes, as one digit
InkOf = Callable[[Box, Sequence[Piece], Sequence[Wall]], np.ndarray]


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


def twins(candidates: Sequence[Candidate]) -> list[int]:
    """For each candidate the index of the first one with the same ink in the same place: several ways to read a
    drawing share some."""
    seen: dict[Box, list[int]] = {}
    found = []
    for index, candidate in enumerate(candidates):
        there = seen.setdefault(candidate.box, [])
        twin = next((other for other in there if np.array_equal(candidates[other].ink, candidate.ink)), index)
        if twin == index:
            there.append(index)
        found.append(twin)
    return found


@dataclass(frozen=True)
class Group:
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
            prior = 0.0 if fragment else self._prior(first, last, box)
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
                if self._connected(first, last) or not (too_wide or bottom - top < MARKS.fragment * self.size):
                    yield first, last

    def _uncut(self, first: int, last: int) -> bool:
        """Whether paper lies at both ends of a run."""
        return not self.pieces[first].cut and (last == len(self.pieces) or not self.pieces[last].cut)

    def _connected(self, first: int, last: int) -> bool:
        """Whether a run is a whole piece of ink as it was written."""
        return self._uncut(first, last) and all(piece.cut for piece in self.pieces[first + 1 : last])

    def _is_fragment(self, first: int, last: int, box: Box) -> bool:
        crumbs = last - first == 1 and len(self.pieces[first].labels) > GEOMETRY.most_parts
        return crumbs or (self._connected(first, last) and box[3] - box[1] < MARKS.fragment * self.size)

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
