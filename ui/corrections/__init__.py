"""Corrections: the control “Wrong?” of Draw and Photo, and the tab that lists what was corrected."""

from __future__ import annotations

import base64
import binascii
import io
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image

from model.ink.normalise import SIDE
from model.reader import PHOTO_THRESHOLD, DigitReader
from model.review import corrections, gallery
from model.review.corrections import Correction, NotStored, Store
from ui import page

PAGE = 60  # corrections that are listed at once
LARGEST_PNG = 8000  # bytes: 28×28 pixels need about 400, and never more than 2,000
SWITCHED_OFF = "Corrections are off here. DIGIT_CORRECTIONS=1 in the server's environment switches them on."

Served = Callable[[Any], dict[str, Any]]


@dataclass(frozen=True)
class Desk:
    """Where the tabs bring corrections; `store` is None where they are off, `blocks` is the page that is launched."""

    reader: DigitReader
    store: Store | None
    blocks: gr.Blocks

    def is_public(self) -> bool:
        """Whether others can reach the page, as far as it was launched so or the environment says so."""
        name = getattr(self.blocks, "server_name", None)  # set by launch()
        return corrections.is_public(os.environ, bool(self.blocks.share), name)

    def open_store(self) -> Store:
        """The store. Raises NotStored where corrections are off, also for a page that was launched to be shared."""
        if self.store is None or (self.is_public() and not self.store.everywhere):
            raise NotStored(SWITCHED_OFF)
        return self.store

    def promise(self) -> str:
        """What is stored and where, in plain words. Raises NotStored where corrections are off."""
        store = self.open_store()
        what = "Your click stores this 28 × 28 picture, what was read, your answer and the time"
        if store.dataset:
            return f"{what} on this server and in the Hugging Face dataset {store.dataset}. It is listed on this page."
        if self.is_public():
            return f"{what} on this server. All visitors see it under Corrections."
        return f"{what} in the folder {store.folder.name} on this computer, and nowhere else."

    def record(self, picture: np.ndarray, correct: int | None, source: str) -> str:
        """Store that `picture`, (28, 28) uint8 as read, is `correct`; None is no digit. Returns a sentence.

        It is read again here, so that what is stored as the reading is one. Raises NotStored with a sentence when it
        cannot be stored, ValueError for what is no correction.
        """
        store = self.open_store()
        probabilities, is_digit = self.reader.score(picture[None])
        p, trust = probabilities[0].astype(float), float(is_digit[0])
        threshold = max(self.reader.threshold, PHOTO_THRESHOLD) if source == "photo" else self.reader.threshold
        read = int(p.argmax()) if trust >= threshold else None
        if read == correct and (read is None or p[read] >= page.SURE):
            raise NotStored("Nothing to store: that is what was read.")
        values = tuple(float(one) for one in p / p.sum())
        return store.add(Correction(picture, read, correct, values, trust, source, corrections.now()))

    def for_source(self, source: str) -> list[Served]:
        """The server functions of a tab whose digits can be corrected."""

        def correcting(request: Any = None) -> dict[str, Any]:
            try:
                return {"promise": self.promise()}
            except NotStored:
                return {"promise": None}

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
    head, _, code = str(request.get("pixels")).partition(",")
    try:
        if head != "data:image/png;base64" or len(code) > LARGEST_PNG:
            raise ValueError(f"{len(code)} characters")
        with Image.open(io.BytesIO(base64.b64decode(code, validate=True)), formats=("PNG",)) as image:
            if image.size != (SIDE, SIDE) or image.mode != "L":
                raise ValueError(f"{image.size} {image.mode}")
            return 255 - np.asarray(image), digit
    except (OSError, ValueError, SyntaxError, binascii.Error, Image.DecompressionBombError) as error:
        raise ValueError("correcting a reading: expected the 28×28 grey PNG that came with it as “pixels”") from error


def listing(desk: Desk, number: int) -> dict[str, Any]:
    """Page `number` of the list, from 0, newest first; a page after the last one is the last."""
    store = desk.open_store()
    found, damaged = corrections.load(store.folder)
    last = max(0, (len(found) - 1) // PAGE)
    first = min(number, last) * PAGE
    some = found[::-1][first : first + PAGE]
    return {
        "count": len(found),
        "first": first,
        "damaged": len(damaged),
        "where": store.folder.name,
        "dataset": store.dataset,
        "size": store.size(),
        "limit": store.limit,
        "columns": gallery.ATLAS_COLUMNS,
        "atlas": page.png(255 - gallery.atlas([one.picture for one in some])),
        "items": [
            {
                "read": one.read,
                "correct": one.correct,
                "p": round(max(one.probabilities), 4),
                "time": one.time,
                "source": one.source,
            }
            for one in some
        ],
    }


def server_functions(desk: Desk) -> list[Served]:
    """What the tab's script may call."""

    def list_corrections(request: Any = None) -> dict[str, Any]:
        number = request.get("page", 0) if isinstance(request, dict) else None
        if type(number) is not int or number < 0:
            return {"message": "There is no such page of corrections."}
        try:
            return listing(desk, number)
        except NotStored as error:
            return {"message": str(error)}
        except Exception:  # the browser would get a bare 500
            logging.getLogger(__name__).exception("listing the corrections failed")
            return {"message": "The corrections could not be read; the program’s log says why."}

    return [list_corrections]


def picture_of(rows: Any) -> np.ndarray:
    """(28, 28) uint8 of nested lists. Raises ValueError when they are anything else."""
    lists = (
        isinstance(rows, list) and len(rows) == SIDE and all(isinstance(row, list) and len(row) == SIDE for row in rows)
    )
    if not lists or not all(type(value) is int and 0 <= value <= 255 for row in rows for value in row):
        raise ValueError("correcting a reading: expected 28 rows of 28 whole numbers from 0 to 255, ink bright on 0")
    return np.array(rows, np.uint8)


def api(desk: Desk) -> Callable[..., str]:
    """The handler of /correct."""

    def correct(pixels: list[list[int]], digit: int) -> str:
        """Stores that a picture was read wrong: 28 rows of 28 numbers from 0 to 255, ink bright on 0 as in the CSV, and
        the digit that it is, or -1 for no digit. Returns where it was stored."""
        picture = np.asarray(pixels) if isinstance(pixels, list) and len(pixels) == SIDE else np.zeros(0)
        good = (
            picture.shape == (SIDE, SIDE) and picture.dtype.kind == "i" and 0 <= picture.min() <= picture.max() <= 255
        )
        try:
            if not good or type(digit) is not int or not -1 <= digit <= 9:
                raise ValueError(
                    "correcting a reading: expected 28 rows of 28 whole numbers from 0 to 255 and a digit from 0 to 9, "
                    "or -1 for no digit"
                )
            return desk.record(picture.astype(np.uint8), None if digit < 0 else digit, "program")
        except (NotStored, ValueError) as error:
            raise gr.Error(str(error), print_exception=False) from error

    return correct


def build(desk: Desk) -> None:
    """The tab's content, inside gr.Blocks."""
    page.panel("corrections/corrections", "corrections/corrections.js", serve=server_functions(desk))
