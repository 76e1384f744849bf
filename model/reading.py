"""What the reader answers: digits and where they lie."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from model.segment.components import Box as Box


@dataclass(frozen=True, eq=False)
class Digit:
    """One thing that was found, accepted as a digit or not."""

    label: int  # 0..9, the most probable
    probabilities: tuple[float, ...]  # ten, calibrated, sum 1
    is_digit: float  # 0..1: how sure that this is a digit at all
    box: Box  # left, top, right, bottom in pixels of the image as given, right and bottom exclusive
    pixels: np.ndarray  # (28, 28) uint8: what the network saw, at the standard stroke width
    row: int  # from 0
    accepted: bool  # is_digit is at least the reader's threshold
    normalised: np.ndarray  # (h, w) uint8: the ink at the standard stroke width, before it is averaged to 20 px
    reason: str | None = None  # why it was refused: "touching", "too faint" or "no digit"; None when accepted

    @property
    def confidence(self) -> float:
        """The probability of `label`."""
        return self.probabilities[self.label]

    def values(self) -> dict[str, Any]:
        """Plain JSON values, without the pictures; numbers rounded to six places."""
        return {
            "label": self.label,
            "confidence": round(self.confidence, 6),
            "probabilities": [round(p, 6) for p in self.probabilities],
            "is_digit": round(self.is_digit, 6),
            "accepted": self.accepted,
            "box": list(self.box),
            "row": self.row,
        }


@dataclass(frozen=True, eq=False)
class Reading:
    """What was read: digits in reading order, and the accepted ones as text, rows joined by newlines."""

    digits: list[Digit] = field(default_factory=list)
    rotation: int = 0  # degrees clockwise by which the picture was turned to be read: 0, 90, 180 or 270

    @property
    def text(self) -> str:
        """The accepted digits in reading order, rows joined by newlines; "" when there is none."""
        rows: dict[int, str] = {}
        for digit in self.digits:
            if digit.accepted:
                rows[digit.row] = rows.get(digit.row, "") + str(digit.label)
        return "\n".join(rows[row] for row in sorted(rows))

    def values(self) -> dict[str, Any]:
        """Plain JSON values: the text, and each digit in reading order, those that were not accepted included."""
        return {"text": self.text, "digits": [digit.values() for digit in self.digits]}


def scaled(box: Box, x: float, y: float) -> Box:
    """The box in a picture x times as wide and y times as high."""
    left, top, right, bottom = box
    return round(left * x), round(top * y), round(right * x), round(bottom * y)
