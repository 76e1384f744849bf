"""How sure it is that a mark is a digit, with what the network does not see: its place, its stroke, its neighbours.

The network sees one mark alone, at one size. What is known beside that is counted as evidence: natural log odds that
are added to its own, so that it decides where the network is unsure and changes little where it is sure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.segment.components import Box
from model.segment.dots import is_dot

LOOKALIKES = (0, 1, 5)  # what o, l, i and s are read as


@dataclass(frozen=True)
class Evidence:
    """What speaks against a mark being a digit, in natural log odds."""

    even: float = 0.4  # variation of a stroke's width along its ridge: 98 of 100 digits drawn have less
    uneven: float = 20.0  # per unit of variation above that: leaves, fabric and print have 0.5 to 1.1
    dot: float = 20.0  # for a dot, which looks like a digit when it is magnified, for what has a dot, and for no ink
    cut_off: float = 2.0  # for each side of the picture that a mark touches: it goes on outside


@dataclass(frozen=True)
class Page:
    """What the marks of a page say about each other."""

    many: int = 8  # marks from which they say what kind of page it is
    word_gap: float = 0.6  # of the height: marks closer than this make up a word
    mixed: float = 0.7  # mean is_digit of a page: below it, letters stand among the digits
    other: float = 0.5  # mean is_digit of a page: below it, most marks are no digits
    most_odds: float = 4.0  # times: how far the page's share of digits changes the odds of one mark


EVIDENCE, PAGE = Evidence(), Page()


def with_evidence(is_digit: np.ndarray, odds: np.ndarray) -> np.ndarray:
    """is_digit (N,) in [0, 1], its natural log odds changed by `odds` (N,)."""
    certain = np.clip(np.asarray(is_digit, np.float64), 1e-6, 1 - 1e-6)
    return 1 / (1 + (1 - certain) / certain * np.exp(-np.asarray(odds, np.float64)))


def odds_of_stroke(unevenness: float, ink: np.ndarray, dotted: bool = False) -> float:
    """Natural log odds that ink (h, w) float32 whose stroke varies so much in width is a digit: 0 or less.

    dotted: whether a dot stands above or below it.
    """
    if dotted or is_dot(ink):
        return -EVIDENCE.dot
    return -EVIDENCE.uneven * max(0.0, unevenness - EVIDENCE.even)


def odds_of_place(boxes: Sequence[Box], shape: tuple[int, int]) -> np.ndarray:
    """(N,) natural log odds of marks that the edge of their picture, (height, width) pixels, cuts off: 0 or less."""
    table = np.asarray(boxes, int).reshape(-1, 4)
    sides = (table[:, :2] <= 0).sum(axis=1) + (table[:, 2:] >= np.array(shape)[::-1]).sum(axis=1)
    return -EVIDENCE.cut_off * sides


def in_context(boxes: Sequence[Box], rows: Sequence[int], is_digit: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """is_digit (N,) of the marks of one reading, lowered where what stands beside them is no digit.

    On a page where much is no digit, a word counts only when the network is sure of all of it; where most is none,
    only when it is longer than letters that look like digits happen to follow each other.
    labels: (N,) the digits read.
    """
    result = np.asarray(is_digit, np.float64).copy()
    if len(boxes) < 3:
        return result
    alone, result = result, _with_prior(result)
    share = float(alone.mean()) if len(boxes) >= PAGE.many else 1.0
    for word in _words(boxes, rows):
        mean = float(alone[word].mean())
        if len(word) >= 3 and mean < 0.6:
            result[word] *= mean / 2
        lookalikes = np.isin(labels[word], LOOKALIKES).all()
        if share < PAGE.mixed and (mean < 0.9 or lookalikes):
            result[word] *= 0.4
        if share < PAGE.other and (len(word) < 3 or mean < 0.95):
            result[word] *= 0.4
    return result


def _with_prior(is_digit: np.ndarray) -> np.ndarray:
    """is_digit (N,) for the share of digits on this very page, where the network knows that of its training alone.

    The share is estimated from the scores themselves, as in one step of Saerens, Latinne and Decaestecker,
    "Adjusting the outputs of a classifier to new a priori probabilities" (2002).
    """
    share = (float(is_digit.sum()) + 1) / (len(is_digit) + 2)
    odds = float(np.clip(share / (1 - share), 1 / PAGE.most_odds, PAGE.most_odds))
    return is_digit * odds / (is_digit * odds + 1 - is_digit)


def _words(boxes: Sequence[Box], rows: Sequence[int]) -> list[list[int]]:
    """Indices of boxes of one row that follow each other closely."""
    words: list[list[int]] = []
    for index in sorted(range(len(boxes)), key=lambda k: (rows[k], boxes[k][0])):
        if words:
            last = words[-1][-1]
            height = max(boxes[index][3] - boxes[index][1], boxes[last][3] - boxes[last][1])
            if rows[last] == rows[index] and boxes[index][0] - boxes[last][2] < PAGE.word_gap * height:
                words[-1].append(index)
                continue
        words.append([index])
    return words
