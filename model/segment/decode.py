"""Which of the candidates make up the reading.

A drawing's ink is read in several ways: taken apart into pieces, into the strokes of the pen where they are known,
or as one digit. Within a way, dynamic programming finds the candidates that explain each group of ink best.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from model.segment.candidates import PIECES, STROKES, WHOLE, Candidate
from model.segment.context import in_context, with_evidence
from model.segment.rows import rows_of

FAINTEST_SCORE = 1e-3  # the lowest score that counts: one bad part does not outweigh all others
NO_DIGIT = 0.1  # odds that ink as it was written is one mark and no digit, where the network sees none
SETTLED = 0.9  # score of ink as it was written from which no cuts through it are looked at
PART = 0.5  # score of a part from which the ink that it was cut off may be digits that touch


class Choice(NamedTuple):
    """One digit of the reading: the candidate's index in the list as proposed, its row from 0, how sure that it is
    a digit (0 to 1) with what stands beside it (a letter of a word is none, however much it looks like one), and
    whether it may be several digits that touch.
    """

    candidate: int
    row: int
    is_digit: float
    touching: bool


def choose(
    candidates: Sequence[Candidate],
    probabilities: np.ndarray,
    is_digit: np.ndarray,
    evidence: Callable[[Sequence[int]], np.ndarray] | None = None,
) -> list[Choice]:
    """The candidates that make up the reading, row by row from the left.

    probabilities: (N, 10) float, is_digit: (N,) float in [0, 1], both in the candidates' order. evidence: from the
    indices of what was chosen to the natural log odds for or against each being a digit, beside what the network sees.
    """
    if len(probabilities) != len(candidates) or len(is_digit) != len(candidates):
        raise ValueError(
            f"choosing digits: got {len(probabilities)} probabilities and {len(is_digit)} scores for "
            f"{len(candidates)} candidates, expected one of each; score the list that was proposed"
        )
    if not candidates:
        return []
    chosen = _best_way(candidates, _scores(candidates, probabilities, is_digit))
    boxes = [candidates[index].box for index in chosen]
    rows = rows_of(boxes)
    labels = np.argmax(probabilities[chosen], axis=1)
    seen = with_evidence(np.asarray(is_digit)[chosen], evidence(chosen) if evidence else np.zeros(len(chosen)))
    trust = in_context(boxes, rows, seen, labels)
    order = sorted(range(len(chosen)), key=lambda k: (rows[k], boxes[k][0]))
    score = np.asarray(is_digit) * np.max(probabilities, axis=1)
    touching = [_touching(candidates, score, index) for index in chosen]
    return [Choice(chosen[k], rows[k], float(trust[k]), touching[k]) for k in order]


def unsettled(candidates: Sequence[Candidate], probabilities: np.ndarray, is_digit: np.ndarray) -> set[int]:
    """The groups of ink that are not surely digits as they were written: cuts through them are worth looking at."""
    chosen = _best_way(candidates, _scores(candidates, probabilities, is_digit))
    score = np.asarray(is_digit) * np.max(probabilities, axis=1)
    return {candidates[index].group for index in chosen if score[index] < SETTLED}


def _touching(candidates: Sequence[Candidate], score: np.ndarray, index: int) -> bool:
    """Whether a mark is cut off others, or parts of it look like digits."""
    chosen = candidates[index]
    return chosen.cut or any(
        other.cut and other.group == chosen.group and other.way == PIECES and score[k] >= PART
        for k, other in enumerate(candidates)
        if chosen.way != STROKES
    )


def _scores(candidates: Sequence[Candidate], probabilities: np.ndarray, is_digit: np.ndarray) -> np.ndarray:
    """(N,) natural log of how well each candidate explains its ink; for all ink as one digit, the log odds of that.

    Ink that was not cut is a digit, or it is one mark that is none: a letter is only taken apart where its parts are
    surer digits than that. The parts of one digit often look like digits themselves (a 9's loop is a 0), while the
    network hardly ever takes several digits for one: so the odds of the whole decide, not its probability against
    that of the parts.
    """
    seen = np.clip(np.asarray(is_digit) * np.max(probabilities, axis=1), FAINTEST_SCORE, 1 - FAINTEST_SCORE)
    whole = np.array([candidate.way == WHOLE for candidate in candidates], bool)
    cut = np.array([candidate.cut for candidate in candidates], bool)
    one_mark = np.where(whole | cut, seen, np.maximum(seen, NO_DIGIT * (1 - seen)))
    scores = np.log(one_mark) - np.where(whole, np.log(1 - seen), 0.0)
    scores[[candidate.fragment for candidate in candidates]] = 0.0
    return scores + np.array([candidate.prior for candidate in candidates])


def _best_way(candidates: Sequence[Candidate], scores: np.ndarray) -> list[int]:
    """Indices of the candidates of the best way, fragments left out."""
    ways: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for index, candidate in enumerate(candidates):
        ways[candidate.way][candidate.group].append(index)
    runs = [
        [index for members in groups.values() for index in _best_run(candidates, members, scores)]
        for _, groups in sorted(ways.items())
    ]
    best = max(runs, key=lambda run: float(scores[run].sum()), default=[])
    return [index for index in best if not candidates[index].fragment]


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
