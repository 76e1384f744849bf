"""How digits and arrays reach the browser, and how a digit's picture comes back. Nothing here loads Gradio: the process
that reads photos does without."""

from __future__ import annotations

import base64
import binascii
import io
from typing import Any

import cv2
import numpy as np
from PIL import Image

from model.ink.normalise import SIDE
from model.reading import Digit

LARGEST_PNG = 8000  # characters of base64: 28×28 pixels need about 500, and never more than 2,500
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


def picture(code: Any) -> np.ndarray:
    """(28, 28) uint8, ink bright on 0, of what the page shows as “28 × 28”: a data URL of a grey PNG, dark on light.

    Raises ValueError when it is anything else.
    """
    head, _, coded = str(code).partition(",")
    try:
        if head != "data:image/png;base64" or len(coded) > LARGEST_PNG:
            raise ValueError(f"{len(coded)} characters")
        with Image.open(io.BytesIO(base64.b64decode(coded, validate=True)), formats=("PNG",)) as image:
            if image.size != (SIDE, SIDE) or image.mode != "L":
                raise ValueError(f"{image.size} {image.mode}")
            return 255 - np.asarray(image)
    except (OSError, ValueError, SyntaxError, binascii.Error, Image.DecompressionBombError) as error:
        raise ValueError("reading a digit's picture: expected the 28×28 grey PNG that came as “pixels”") from error
