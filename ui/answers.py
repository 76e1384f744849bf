"""How digits and arrays reach the browser. Nothing here loads Gradio: the process that reads photos does without."""

from __future__ import annotations

import base64
from typing import Any

import cv2
import numpy as np

from model.reading import Digit

SURE = 0.8  # the probability from which the page calls a reading sure


def png(array: np.ndarray) -> str:
    """A data URL of an (H, W) grey or (H, W, 4) blue-green-red-alpha uint8 array."""
    if array.size == 0:
        return ""
    return "data:image/png;base64," + base64.b64encode(cv2.imencode(".png", array)[1].tobytes()).decode()


def state(digit: Digit) -> str:
    """How the page shows a digit: "sure", "unsure", or "no" when it was not accepted as one."""
    if not digit.accepted:
        return "no"
    return "sure" if digit.confidence >= SURE else "unsure"


def seen(digit: Digit) -> dict[str, Any]:
    """A digit as the page's scripts get it; pictures are dark on light there, as on paper."""
    pictures = {"pixels": png(255 - digit.pixels), "normalised": png(255 - digit.normalised)}
    return {**digit.values(), "state": state(digit), "reason": digit.reason, **pictures}


def heat(votes: np.ndarray) -> str:
    """A data URL of a heat map in [-1, 1]: red speaks for the answer, blue against it, clear says nothing."""
    red, blue = (38, 38, 226), (230, 90, 20)  # blue, green, red
    colour = np.where(votes[..., None] >= 0, np.array(red), np.array(blue))
    alpha = np.clip(np.abs(votes) * 215, 0, 215)[..., None]
    return png(np.concatenate([colour, alpha], axis=2).astype(np.uint8))
