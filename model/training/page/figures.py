"""What a page network finds on crops drawn with digits that it was not trained on."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from model.page.detect import PageFinder, overlaps
from model.synthesis.page.crops import IGNORE, Crop

THRESHOLD = 0.3  # score from which a digit counts as found
SAME = 0.5  # of the union of both boxes


def figures(finder: PageFinder, made: Iterable[Crop]) -> dict[str, int | float]:
    """Counts over the pictures of crops, each looked at as large as it was drawn: crops, digits, those of them that
    were found with the right label, what was found where no digit is or with another label, and the score from which
    a digit counts as found."""
    total = np.zeros(4, int)
    for crop in made:
        total += (1, *np.sum([_one(finder, crop, window) for window in crop.windows], axis=0, dtype=int))
    crops, digits, found, spurious = (int(count) for count in total)
    return {"crops": crops, "digits": digits, "found": found, "spurious": spurious, "threshold": THRESHOLD}


def _one(finder: PageFinder, crop: Crop, window: np.ndarray) -> tuple[int, int, int]:
    """Digits, those found with the right label, and spurious ones in one picture (left, top, right, bottom)."""
    left, top, right, bottom = window
    middle = (crop.digits[:, 1:3] + crop.digits[:, 3:5]) / 2
    inside = ((middle >= (left, top)) & (middle < (right, bottom))).all(axis=1)
    labels, boxes = crop.digits[inside, 0], crop.digits[inside, 1:] - (left, top, left, top)
    seen = finder.level(crop.grey[top:bottom, left:right], 1.0)
    sure = seen.scores >= THRESHOLD
    same = overlaps(boxes, seen.boxes[sure]) > SAME
    right_label = labels[:, None] == seen.classes[sure].argmax(axis=1)[None]
    wanted = labels != IGNORE
    found = (same & right_label)[wanted].any(axis=1)
    excused = same[~wanted].any(axis=0) | (same & right_label)[wanted].any(axis=0)
    return int(wanted.sum()), int(found.sum()), int((~excused).sum())
