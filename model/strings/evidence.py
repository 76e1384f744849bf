"""What the string network says of each candidate of a string: whether its span is one digit, which, or none at all."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from model.network import CLASSES
from model.segment.candidates import PIECES, STROKES, WHOLE, Candidate
from model.segment.components import union
from model.strings.reading import StringReader, best_path


@dataclass(frozen=True)
class Weight:
    """How much the string network's answer counts beside geometry and DigitNet."""

    prior: float = 1.0  # power of the probability of a span among the ways to read the same ink
    is_digit: float = 0.5  # power of the odds that a part that was cut off is a digit
    classes: float = 0.7  # power of its class probabilities
    least: float = 1e-4  # the lowest probability that counts
    left_out: float = 1.0  # natural log odds against a part of the ink that is no digit
    nothing: float = 0.7  # probability of no digit from which a part that was cut off may be left out


WEIGHT = Weight()


def strings_of(candidates: Sequence[Candidate]) -> dict[int, list[int]]:
    """By group, the candidates of the ink that the string network may look at: pieces that may be cut."""
    if any(candidate.way == STROKES for candidate in candidates):
        return {}
    found: dict[int, list[int]] = {}
    for index, candidate in enumerate(candidates):
        if candidate.way == PIECES:
            found.setdefault(candidate.group, []).append(index)
    cut = {group: members for group, members in found.items() if any(candidates[index].cut for index in members)}
    if len(found) == 1:
        for members in cut.values():
            members += [index for index, candidate in enumerate(candidates) if candidate.way == WHOLE]
    return cut


def several(candidates: Sequence[Candidate], groups: Collection[int], reader: StringReader) -> bool:
    """Whether the string network reads more than one digit in one of these groups of pieces, none of them cut."""
    for group in groups:
        some = [candidate for candidate in candidates if candidate.way == PIECES and candidate.group == group]
        if some and len(best_path(reader.columns(_together(some)[0]))) > 1:
            return True
    return False


def supported(candidates: Sequence[Candidate], reader: StringReader) -> list[Candidate]:
    """The candidates with what the string network says of them: more or less prior, odds, and classes."""
    answers = list(candidates)
    for members in strings_of(candidates).values():
        some = [candidates[index] for index in members]
        ink, left = _together(some)
        bounds = [(candidate.box[0] - left, candidate.box[2] - left) for candidate in some]
        spans = reader.spans(ink, bounds)
        for index, one, none in zip(members, spans.one, spans.none, strict=True):
            answers[index] = _supported(candidates[index], one, float(none))
    return answers


def _together(candidates: Sequence[Candidate]) -> tuple[np.ndarray, int]:
    """The ink (h, w) float32 of a group's candidates as it was written, and its left edge."""
    whole = [candidate for candidate in candidates if not candidate.cut]
    left, top, right, bottom = union(*(candidate.box for candidate in whole))
    ink = np.zeros((bottom - top, right - left), np.float32)
    for candidate in whole:
        x0, y0, x1, y1 = candidate.box
        part = ink[y0 - top : y1 - top, x0 - left : x1 - left]
        np.maximum(part, candidate.ink, out=part)
    return ink, left


def _supported(candidate: Candidate, one: np.ndarray, none: float) -> Candidate:
    """A candidate whose span is exactly one of the digits with probabilities (10,), or none."""
    likely = float(one.sum())
    if candidate.fragment or (candidate.cut and none >= WEIGHT.nothing):
        prior = candidate.prior + WEIGHT.prior * _log(none)
        return replace(candidate, prior=prior - WEIGHT.left_out * (not candidate.fragment), fragment=True)
    if not candidate.cut:  # DigitNet reads it best
        return replace(candidate, prior=candidate.prior + WEIGHT.prior * _log(likely + none))
    sure = min(max(likely, WEIGHT.least), 1 - WEIGHT.least)
    odds = candidate.odds + WEIGHT.is_digit * float(np.log(sure / (1 - sure)))
    classes = (one + WEIGHT.least / CLASSES) ** WEIGHT.classes
    if candidate.classes is not None:
        classes = classes * candidate.classes
    prior = candidate.prior + WEIGHT.prior * _log(likely)
    return replace(candidate, prior=prior, odds=odds, classes=classes / classes.sum())


def _log(probability: float) -> float:
    return float(np.log(max(probability, WEIGHT.least)))
