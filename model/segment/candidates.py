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
from typing import NamedTuple

import cv2
import numpy as np

from model.segment.components import (
    FRAGMENT,
    Box,
    Piece,
    Wall,
    components,
    digit_sized,
    divide,
    groups,
    pieces_of,
    ragged,
    strokes_without_specks,
    union,
)

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
FAINTEST_SCORE = 1e-3
SLOPES = range(-45, 46, 1)  # degrees that rows may slope
WORD_GAP = 0.6  # of the height: signs closer than this make up a word
MOST_STEMS = 0.2  # of a page's signs are 1s cut off others: from there on they are the stems of letters
MANY = 8  # signs on a page from which they say what kind of page it is
MIXED = 0.7  # mean is_digit of a page below which much of it is no digit,
MOSTLY_OTHER = 0.5  # and below which most is not
LOOKALIKES = (0, 1, 5)  # what o, l, i and s are read as
MOST_ODDS = 4.0  # by which the page's other signs may change the odds of one
ROW_GAP = 0.5  # of the typical height between the middles of two rows, at least


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


class Choice(NamedTuple):
    """One digit of the reading: the candidate's index in the list as proposed, its row from 0, and how sure that it is
    a digit (0 to 1) with what stands beside it: a letter of a word is none, however much it looks like one.
    """

    candidate: int
    row: int
    is_digit: float


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


def choose(candidates: Sequence[Candidate], probabilities: np.ndarray, is_digit: np.ndarray) -> list[Choice]:
    """The candidates that make up the reading, row by row from the left.

    probabilities: (N, 10) float, is_digit: (N,) float in [0, 1], both in the candidates' order.
    """
    if len(probabilities) != len(candidates) or len(is_digit) != len(candidates):
        raise ValueError(
            f"choosing digits: got {len(probabilities)} probabilities and {len(is_digit)} scores for "
            f"{len(candidates)} candidates, expected one of each; score the list that was proposed"
        )
    if not candidates:
        return []
    scores = np.log(np.clip(np.asarray(is_digit) * np.max(probabilities, axis=1), FAINTEST_SCORE, 1.0))
    scores[[candidate.fragment for candidate in candidates]] = 0.0
    scores = scores + [candidate.prior for candidate in candidates]
    by_group: dict[int, list[int]] = {}
    for index, candidate in enumerate(candidates):
        by_group.setdefault(candidate.group, []).append(index)
    chosen = [index for members in by_group.values() for index in _best_run(candidates, members, scores)]
    chosen = [index for index in chosen if not candidates[index].fragment]
    boxes = [candidates[index].box for index in chosen]
    rows = rows_of(boxes)
    labels = np.argmax(probabilities[chosen], axis=1)
    unlike = np.array([ragged(candidates[index].ink) for index in chosen], bool)
    stems = (labels == 1) & np.array([candidates[index].cut for index in chosen], bool)
    if len(chosen) >= MANY and stems.mean() > MOST_STEMS:
        unlike |= stems
    trust = _in_context(boxes, rows, np.where(unlike, 0.0, np.asarray(is_digit)[chosen]), labels)
    order = sorted(range(len(chosen)), key=lambda k: (rows[k], boxes[k][0]))
    return [Choice(chosen[k], rows[k], float(trust[k])) for k in order]


def _in_context(boxes: list[Box], rows: list[int], is_digit: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """is_digit (N,) of what was chosen, lowered where most of the word is no digit.

    On a page where much is no digit, a word counts only when the network is sure of all of it; where most is none,
    only when it is longer than letters that look like digits happen to follow each other.
    """
    result = is_digit.astype(np.float64)
    if len(boxes) < 3:
        return result
    result = _with_prior(result)
    share = float(np.mean(is_digit)) if len(boxes) >= MANY else 1.0
    for word in _words(boxes, rows):
        mean = float(np.mean(is_digit[word]))
        if len(word) >= 3 and mean < 0.6:
            result[word] *= mean / 2
        lookalikes = np.isin(labels[word], LOOKALIKES).all()
        if share < MIXED and (mean < 0.9 or lookalikes):
            result[word] *= 0.4
        if share < MOSTLY_OTHER and (len(word) < 3 or mean < 0.95):
            result[word] *= 0.4
    return result


def _with_prior(is_digit: np.ndarray) -> np.ndarray:
    """is_digit (N,) for the share of digits on this very page, where the network knows that of its training alone.

    The share is estimated from the scores themselves, as in one step of Saerens, Latinne and Decaestecker,
    "Adjusting the outputs of a classifier to new a priori probabilities" (2002).
    """
    share = (float(is_digit.sum()) + 1) / (len(is_digit) + 2)
    odds = float(np.clip(share / (1 - share), 1 / MOST_ODDS, MOST_ODDS))
    return is_digit * odds / (is_digit * odds + 1 - is_digit)


def _words(boxes: list[Box], rows: list[int]) -> list[list[int]]:
    """Indices of boxes of one row that follow each other closely."""
    words: list[list[int]] = []
    for index in sorted(range(len(boxes)), key=lambda k: (rows[k], boxes[k][0])):
        if words:
            last = words[-1][-1]
            height = max(boxes[index][3] - boxes[index][1], boxes[last][3] - boxes[last][1])
            if rows[last] == rows[index] and boxes[index][0] - boxes[last][2] < WORD_GAP * height:
                words[-1].append(index)
                continue
        words.append([index])
    return words


def _best_run(candidates: Sequence[Candidate], members: list[int], scores: np.ndarray) -> list[int]:
    """Indices of the candidates that cover a group's pieces, each once, with the highest sum of scores."""
    pieces = max(candidates[index].last for index in members)
    best = [0.0] + [-np.inf] * pieces
    back = [-1] * (pieces + 1)
    for index in sorted(members, key=lambda index: candidates[index].last):
        candidate = candidates[index]
        total = best[candidate.first] + float(scores[index])
        if total > best[candidate.last]:
            best[candidate.last], back[candidate.last] = total, index
    run, end = [], pieces
    while end > 0:
        run.append(back[end])
        end = candidates[back[end]].first
    return run[::-1]


def rows_of(boxes: Sequence[Box]) -> list[int]:
    """Row numbers from 0, top to bottom, of boxes; rows may slope together and digits lie a little scattered."""
    if len(boxes) < 2:
        return [0] * len(boxes)
    x, y, height = _middles(boxes)
    return [int(row) for row in _levels((y - np.tan(np.deg2rad(slope_of(boxes))) * x) / height)]


def _middles(boxes: Sequence[Box]) -> tuple[np.ndarray, np.ndarray, float]:
    """x and y of the boxes' middles, and their median height."""
    table = np.asarray(boxes, float)
    height = float(np.median(table[:, 3] - table[:, 1]))
    return (table[:, 0] + table[:, 2]) / 2, (table[:, 1] + table[:, 3]) / 2, height


def slope_of(boxes: Sequence[Box]) -> int:
    """Degrees, clockwise, at which boxes fall into the fewest and flattest rows; 0 for fewer than two."""
    if len(boxes) < 2:
        return 0
    x, y, height = _middles(boxes)
    costs = {}
    for slope in SLOPES:
        level = (y - np.tan(np.deg2rad(slope)) * x) / height
        costs[slope] = _row_cost(level) + abs(slope) / 15
    return min(SLOPES, key=lambda slope: (costs[slope], abs(slope)))


def _levels(level: np.ndarray) -> np.ndarray:
    """Row of each digit: a new one begins where the sorted heights leave a gap."""
    order = np.argsort(level, kind="stable")
    row = np.zeros(len(level), int)
    row[order[1:]] = np.cumsum(np.diff(level[order]) > ROW_GAP)
    return row


def _row_cost(level: np.ndarray) -> float:
    rows = _levels(level)
    count = np.bincount(rows)
    spread = [np.ptp(level[rows == row]) for row in range(len(count))]
    return len(count) + float(sum(2 * max(0.0, wide - 0.6) * many for wide, many in zip(spread, count, strict=True)))
