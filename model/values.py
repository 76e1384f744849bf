"""Readings as plain JSON values: what the command line, the API and the page give to other programs."""

from __future__ import annotations

from typing import Any

from model.reader import Digit, Reading


def of_digit(digit: Digit) -> dict[str, Any]:
    """A digit without its pictures; probabilities from 0 to 1, the box in pixels of the picture as given."""
    return {
        "label": digit.label,
        "confidence": round(digit.confidence, 6),
        "probabilities": [round(p, 6) for p in digit.probabilities],
        "is_digit": round(digit.is_digit, 6),
        "accepted": digit.accepted,
        "box": list(digit.box),
        "row": digit.row,
    }


def of_reading(reading: Reading) -> dict[str, Any]:
    """The text, and each digit in reading order, those that were not accepted included."""
    return {"text": reading.text, "digits": [of_digit(digit) for digit in reading.digits]}
