"""What the network makes of the marks of a drawing or page, and the reading that the chosen ones become."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from model.ink import normalise
from model.reading import Digit, Reading, scaled
from model.segment.candidates import Candidate
from model.segment.components import Box, moved
from model.segment.context import odds_of_place, odds_of_stroke, with_evidence
from model.segment.decode import Choice
from model.segment.strokes import Layer, odds_of_strokes

FAINT = 0.8  # of full ink: what is nowhere darker is too faint


class Seen(NamedTuple):
    """What the network makes of N candidates: normalised ink, (N, 28, 28) pictures, (N, 10) probabilities, is_digit,
    and (N, 10) probabilities at the ink's own stroke width, NaN where that was not looked at."""

    candidates: list[Candidate]
    fine: list[np.ndarray]
    pictures: np.ndarray
    probabilities: np.ndarray
    is_digit: np.ndarray
    own_width: np.ndarray

    def weighed(self) -> Seen:
        """The same, what the network makes of each candidate weighed with the candidate's own odds and classes."""
        probabilities = self.probabilities.copy()
        for row, candidate in zip(probabilities, self.candidates, strict=True):
            if candidate.classes is not None:
                row *= candidate.classes
                row /= row.sum()
        odds = np.array([candidate.odds for candidate in self.candidates])
        return self._replace(probabilities=probabilities, is_digit=with_evidence(self.is_digit, odds))


class Chosen(NamedTuple):
    """The candidates that make up a reading."""

    seen: Seen
    chosen: list[Choice]

    def trust(self) -> float:
        """How sure the reading is, 0 to 1: the mean of is_digit times the probability of the label."""
        labels = self.seen.probabilities.max(axis=1)
        return sum(choice.is_digit * labels[choice.candidate] for choice in self.chosen) / max(len(self.chosen), 1)

    def reading(
        self,
        threshold: float,
        scale: float = 1.0,
        turns: int = 0,
        shape: tuple[int, int] = (0, 0),
        corner: tuple[int, int] = (0, 0),
    ) -> Reading:
        """threshold: the is_digit from which a digit is accepted. scale: ink pixels per picture pixel. turns: quarter
        turns clockwise by which ink of `shape` was turned to be read. corner: left and top of the ink in the picture.
        """
        digits = []
        for index, row, trust, touching in self.chosen:
            box = moved(_turned_back(self.seen.candidates[index].box, turns, shape), *corner)
            digits.append(
                Digit(
                    label=int(self.seen.probabilities[index].argmax()),
                    probabilities=tuple(float(p) for p in self.seen.probabilities[index]),
                    is_digit=trust,
                    box=scaled(box, 1 / scale, 1 / scale),
                    pixels=self.seen.pictures[index],
                    row=row,
                    accepted=trust >= threshold,
                    normalised=np.round(self.seen.fine[index] * 255).astype(np.uint8),
                    reason=None if trust >= threshold else _reason(self.seen.candidates[index].ink, touching),
                )
            )
        return Reading(digits, rotation=90 * turns)


def _reason(ink: np.ndarray, touching: bool) -> str:
    """Why ink (h, w) float32 was refused."""
    if touching:
        return "touching"
    strong = ink[ink >= 0.5]
    return "too faint" if not strong.size or np.quantile(strong, 0.9) < FAINT else "no digit"


def _turned_back(box: Box, turns: int, shape: tuple[int, int]) -> Box:
    """The box of a picture of `shape` (height, width) before it was turned by quarter turns clockwise."""
    left, top, right, bottom = box
    height, width = shape
    return (
        box,
        (top, height - right, bottom, height - left),
        (width - right, height - bottom, width - left, height - top),
        (width - bottom, left, width - top, right),
    )[turns]


def evidence_of(
    seen: Seen, shape: tuple[int, int] | None, layers: Sequence[Layer], chosen: Sequence[int]
) -> np.ndarray:
    """(len(chosen),) natural log odds for or against what was chosen, beside what the network sees of it.

    shape: (height, width) of the picture, None where it may be cut out close to its digits. layers: as
    propose_drawing.
    """
    boxes = [seen.candidates[index].box for index in chosen]
    marks = [(normalise.unevenness(seen.fine[index]), seen.candidates[index]) for index in chosen]
    odds = [odds_of_stroke(uneven, mark.ink, mark.dotted) for uneven, mark in marks] + odds_of_strokes(boxes, layers)
    return odds if shape is None else odds + odds_of_place(boxes, shape)
