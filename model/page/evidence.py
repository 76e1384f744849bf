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
    unseen: float = 8.0  # natural log odds against a line at the edge that is not seen beside others
    seen: float = 0.5  # score from which something is seen
    several: int = 4  # marks of which some are seen where they are digits
    thin: float = 0.35  # of its height: a mark that is thinner may be a line, and all lines look like a 1
    beside: float = 0.08  # of the picture's width: what is left of a frame lies so near the picture's edge


WEIGHT = Weight()


def supported(candidates: Sequence[Candidate], found: Found, width: int) -> list[Candidate]:
    """The candidates with what was `found` on their page, `width` pixels wide: more or less prior, odds, classes."""
    if not candidates:
        return []
    boxes = np.array([candidate.box for candidate in candidates], float)
    shared = overlaps(boxes, found.boxes)
    best = shared.argmax(axis=1) if len(found.scores) else np.full(len(boxes), -1)
    fits = found.fits(sizes_of(boxes))
    marks = sum(not (candidate.fragment or candidate.cut) for candidate in candidates)
    others = marks >= WEIGHT.several or found.scores.max(initial=0) >= WEIGHT.seen
    doubtful = _doubtful(boxes, width) & others
    answers = [
        _supported(candidate, found, index, float(shared[number, index]) if index >= 0 else 0.0, bool(fits[number]))
        for number, (candidate, index) in enumerate(zip(candidates, best, strict=True))
    ]
    unseen = fits & doubtful & (shared.max(axis=1, initial=0) <= WEIGHT.loosest)
    return [
        replace(answer, odds=-WEIGHT.unseen) if nothing and not answer.fragment else answer
        for answer, nothing in zip(answers, unseen, strict=True)
    ]


def _doubtful(boxes: np.ndarray, width: int) -> np.ndarray:
    """(N,) bool: the boxes of upright marks that may be a line along the left or right edge of a picture so wide."""
    wide, high = (boxes[:, 2:] - boxes[:, :2]).T
    from_edge = np.minimum(boxes[:, 0], width - boxes[:, 2])
    return np.asarray((wide < WEIGHT.thin * high) & (from_edge < WEIGHT.beside * width))


def _supported(candidate: Candidate, found: Found, index: int, share: float, fits: bool) -> Candidate:
    """A candidate with what the page's digit `index` says of it, which shares so much of its box."""
    if candidate.fragment:
        return candidate
    score = share * float(found.scores[index]) if share > WEIGHT.loosest else 0.0
    score = score - WEIGHT.none if fits else 0.0
    classes = found.classes[index] ** WEIGHT.classes if share > WEIGHT.closest else None
    prior = candidate.prior + WEIGHT.prior * score
    return replace(candidate, prior=prior, odds=WEIGHT.is_digit * score, classes=classes)
