"""What the page network says of each candidate: odds for or against it, and which digit it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from model.page.detect import Found, overlaps, sizes_of
from model.segment.candidates import Candidate


@dataclass(frozen=True)
class Weight:
    """How much the page network's answer counts beside geometry and DigitNet."""

    none: float = 0.3  # score at which it speaks neither for nor against a candidate
    loosest: float = 0.4  # of the union of the candidate's box and the one that was seen: less is another thing
    prior: float = 3.0  # natural log odds per score, among the ways to read the same ink
    is_digit: float = 6.0  # natural log odds per score, that it is a digit at all
    classes: float = 0.7  # power of its class probabilities
    closest: float = 0.5  # of the union of both boxes: from there on it says which digit it is


WEIGHT = Weight()


def supported(candidates: Sequence[Candidate], found: Found) -> list[Candidate]:
    """The candidates with what was `found` on their page: more or less prior, odds, and classes."""
    if not candidates:
        return []
    boxes = np.array([candidate.box for candidate in candidates], float)
    shared = overlaps(boxes, found.boxes)
    best = shared.argmax(axis=1) if len(found.scores) else np.full(len(boxes), -1)
    fits = found.fits(sizes_of(boxes))
    return [
        _supported(candidate, found, index, float(shared[number, index]) if index >= 0 else 0.0, bool(fits[number]))
        for number, (candidate, index) in enumerate(zip(candidates, best, strict=True))
    ]


def _supported(candidate: Candidate, found: Found, index: int, share: float, fits: bool) -> Candidate:
    """A candidate with what the page's digit `index` says of it, which shares so much of its box."""
    if candidate.fragment:
        return candidate
    score = share * float(found.scores[index]) if share > WEIGHT.loosest else 0.0
    score = score - WEIGHT.none if fits else 0.0
    classes = found.classes[index] ** WEIGHT.classes if share > WEIGHT.closest else None
    prior = candidate.prior + WEIGHT.prior * score
    return replace(candidate, prior=prior, odds=WEIGHT.is_digit * score, classes=classes)
