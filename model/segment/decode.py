"""Which of the candidates make up the reading, and how sure each is with what stands beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from model.segment.candidates import Candidate
from model.segment.components import Box, ragged
from model.segment.rows import rows_of

FAINTEST_SCORE = 1e-3
WORD_GAP = 0.6  # of the height: signs closer than this make up a word
MOST_STEMS = 0.2  # of a page's signs are 1s cut off others: from there on they are the stems of letters
MANY = 8  # signs on a page from which they say what kind of page it is
MIXED = 0.7  # mean is_digit of a page below which much of it is no digit,
MOSTLY_OTHER = 0.5  # and below which most is not
LOOKALIKES = (0, 1, 5)  # what o, l, i and s are read as
MOST_ODDS = 4.0  # by which the page's other signs may change the odds of one


class Choice(NamedTuple):
    """One digit of the reading: the candidate's index in the list as proposed, its row from 0, and how sure that it is
    a digit (0 to 1) with what stands beside it: a letter of a word is none, however much it looks like one.
    """

    candidate: int
    row: int
    is_digit: float


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
