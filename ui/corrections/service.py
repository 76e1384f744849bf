"""What Draw, Photo and programs ask of corrections: whether they are kept here, what is stored, and the storing."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np

from model.ink.normalise import SIDE
from model.reader import PHOTO_THRESHOLD, DigitReader
from model.review.corrections import Correction, NotStored, Store, now
from ui import answers
from ui.corrections.environment import is_public

SWITCHED_OFF = "Corrections are off here. DIGIT_CORRECTIONS=1 in the server's environment switches them on."

Served = Callable[[Any], dict[str, Any]]


@dataclass(frozen=True)
class CorrectionService:
    """Takes corrections for a page; `store` is None where they are off, `blocks` is the page that is launched."""

    reader: DigitReader
    store: Store | None
    blocks: gr.Blocks

    def is_public(self) -> bool:
        """Whether others can reach the page, as far as it was launched so or the environment says so."""
        name = getattr(self.blocks, "server_name", None)  # set by launch()
        return is_public(os.environ, bool(self.blocks.share), name)

    def open_store(self) -> Store:
        """The store. Raises NotStored where corrections are off, also for a page that was launched to be shared."""
        if self.store is None or (self.is_public() and not self.store.everywhere):
            raise NotStored(SWITCHED_OFF)
        return self.store

    def storage_notice(self) -> str:
        """What a click stores and where, in plain words. Raises NotStored where corrections are off."""
        store = self.open_store()
        what = "Your click stores this 28 × 28 picture, what was read, your answer and the time"
        if store.dataset:
            return f"{what} on this server and in the Hugging Face dataset {store.dataset}. It is listed on this page."
        if self.is_public():
            return f"{what} on this server. All visitors see it under Corrections."
        return f"{what} in the folder {store.folder.name} on this computer, and nowhere else."

    def record(self, picture: np.ndarray, correct: int | None, source: str) -> str:
        """Store that `picture`, (28, 28) uint8 as read, is `correct`; None is no digit. Returns a sentence.

        The network reads these 28×28 pixels again, so that what is stored as the reading is one, whatever a client
        says. Raises NotStored with a sentence when it cannot be stored, ValueError for what is no correction.
        """
        store = self.open_store()
        probabilities, is_digit = self.reader.score(picture[None])
        p, trust = probabilities[0].astype(float), float(is_digit[0])
        threshold = max(self.reader.threshold, PHOTO_THRESHOLD) if source == "photo" else self.reader.threshold
        read = int(p.argmax()) if trust >= threshold else None
        if read == correct and (read is None or p[read] >= answers.SURE):
            raise NotStored("Nothing to store: that is what was read.")
        values = tuple(float(one) for one in p / p.sum())
        return store.add(Correction(picture, read, correct, values, trust, source, now()))

    def server_functions(self, source: str) -> list[Served]:
        """What the script of a tab may call whose digits can be corrected; `source` is "draw" or "photo"."""

        def correcting(request: Any = None) -> dict[str, Any]:
            try:
                return {"notice": self.storage_notice()}
            except NotStored:
                return {"notice": None}

        def correct(request: Any = None) -> dict[str, Any]:
            try:
                picture, label = requested(request)
                return {"stored": self.record(picture, label, source)}
            except (NotStored, ValueError) as error:
                return {"message": str(error)}
            except Exception:  # the browser would get a bare 500
                logging.getLogger(__name__).exception("storing a correction failed")
                return {"message": "Not stored: something went wrong on the server."}

        return [correcting, correct]


def requested(request: Any) -> tuple[np.ndarray, int | None]:
    """Picture (28, 28) uint8, ink bright, and digit of a request {"pixels": PNG data URL, dark ink; "digit": …}."""
    if not isinstance(request, dict):
        raise ValueError(f"correcting a reading: got {type(request).__name__}, expected an object")
    digit = request.get("digit")
    if digit is not None and (type(digit) is not int or not 0 <= digit <= 9):
        raise ValueError(f"correcting a reading: got digit {digit!r:.40}, expected 0 to 9, or null for no digit")
    return answers.picture(request.get("pixels")), digit


def api(service: CorrectionService) -> Callable[..., str]:
    """The handler of /correct."""

    def correct(pixels: list[list[int]], digit: int) -> str:
        """Stores that a picture was read wrong: 28 rows of 28 numbers from 0 to 255, ink bright on 0 as in the CSV, and
        the digit that it is, or -1 for no digit. Returns where it was stored."""
        try:
            if type(digit) is not int or not -1 <= digit <= 9:
                raise ValueError(f"correcting a reading: got digit {digit!r:.40}, expected 0 to 9, or -1 for no digit")
            return service.record(_picture_of_rows(pixels), None if digit < 0 else digit, "program")
        except (NotStored, ValueError) as error:
            raise gr.Error(str(error), print_exception=False) from error

    return correct


def _picture_of_rows(rows: Any) -> np.ndarray:
    """(28, 28) uint8 of nested lists. Raises ValueError when they are anything else."""
    try:
        picture = np.asarray(rows) if isinstance(rows, list) and len(rows) == SIDE else np.zeros(0)
    except ValueError:  # rows of different lengths
        picture = np.zeros(0)
    whole = picture.shape == (SIDE, SIDE) and picture.dtype.kind == "i"
    if not whole or picture.min() < 0 or picture.max() > 255:
        raise ValueError("correcting a reading: expected 28 rows of 28 whole numbers from 0 to 255, ink bright on 0")
    return picture.astype(np.uint8)
