"""The Draw tab: a pad of our own that is read while the pen moves."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any

import cv2
import gradio as gr
import numpy as np

from model.ink import canvas, normalise
from model.reader import DigitReader
from model.reading import Reading
from model.synthesis import render
from ui import answers, inside, page
from ui.corrections import CorrectionService
from ui.draw.compare import Named, compared
from ui.workers import DRAWINGS, in_turn

WIDTH, HEIGHT = 640, 480  # the pad's own units, whatever its size on the screen
MOST_STROKES = 200
MOST_POINTS = 20_000
PICTURE = 392  # pad units, the side of a 28×28 sample put on the pad
PATIENCE = 4000  # ms after which the page calls the connection lost
SIDES = (16, 1024)  # pixels, the smallest and largest pad that the API takes

Drawing = list[dict[str, Any]]


def checked(drawing: Any) -> Drawing:
    """The drawing, when it is one of a size that a hand makes. Raises ValueError with a sentence for the page."""
    if not isinstance(drawing, list) or not all(isinstance(stroke, dict) for stroke in drawing):
        raise ValueError(
            f"reading strokes: got {type(drawing).__name__}, expected a list of "
            '{"points": [[x, y], …], "width": pixels, "erase": true or false}'
        )
    if len(drawing) > MOST_STROKES:
        raise ValueError(f"reading strokes: got {len(drawing)}, expected at most {MOST_STROKES}; clear the pad")
    points = sum(len(stroke["points"]) for stroke in drawing if isinstance(stroke.get("points"), list))
    if points > MOST_POINTS:
        raise ValueError(f"reading strokes: got {points} points, expected at most {MOST_POINTS}; clear the pad")
    return drawing


def paper(drawing: Drawing, picture: str | None = None) -> np.ndarray:
    """(HEIGHT, WIDTH) uint8 grey of the pad: the sample that lies on it, if any, with the strokes over it.

    `picture` is base64 of 784 bytes, 28×28 row by row, ink bright on 0. Raises ValueError when it is not.
    """
    size = (HEIGHT, WIDTH)
    inked = canvas.render_strokes(drawing, size)
    if not picture:
        return inked
    try:
        raw = base64.b64decode(picture, validate=True)
        sample = np.frombuffer(raw, np.uint8).reshape(normalise.SIDE, normalise.SIDE)
    except (binascii.Error, ValueError, TypeError) as error:
        raise ValueError("reading a sample on the pad: expected base64 of 28×28 bytes") from error
    ground = np.full(size, 255, np.uint8)
    top, left = (HEIGHT - PICTURE) // 2, (WIDTH - PICTURE) // 2
    large = cv2.resize(255 - sample, (PICTURE, PICTURE), interpolation=cv2.INTER_LINEAR)
    ground[top : top + PICTURE, left : left + PICTURE] = large
    erased = canvas.render_strokes([{**stroke, "erase": False} for stroke in drawing if stroke.get("erase")], size)
    return np.minimum(inked, np.maximum(ground, 255 - erased))


def server_functions(reader: DigitReader, others: Sequence[Named] = ()) -> list[Callable[[Any], dict[str, Any]]]:
    """What the pad's script may call; `others` are the networks that are compared with."""

    def read(request: dict[str, Any]) -> Reading:
        strokes, picture = checked(request.get("strokes")), request.get("picture")
        return reader.read_drawing(paper(strokes, picture), strokes=None if picture else strokes)

    def read_pad(request: dict[str, Any]) -> dict[str, Any]:
        reading = read(request)
        return {"text": reading.text, "digits": [answers.seen(digit) for digit in reading.digits]}

    def explain(request: dict[str, Any]) -> dict[str, Any]:
        picture, label = answers.picture(request.get("pixels")), request.get("label")
        rows, columns = np.nonzero(picture)
        if type(label) is not int or not 0 <= label <= 9 or not len(rows):
            raise ValueError(f"explaining a digit: got label {label!r:.40}, expected 0 to 9 and a picture with ink")
        inked = [int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1]
        return {"heat": answers.heat(reader.why(picture, label)), "inked": inked}

    def example(request: dict[str, Any]) -> dict[str, Any]:
        digit, number = request.get("digit"), request.get("number", 0)
        if type(digit) is not int or not 0 <= digit <= 9 or type(number) is not int or number < 0:
            raise ValueError("showing an example: expected a digit from 0 to 9 and a number from 0")
        styles = render.styles(digit)
        style = styles[number % len(styles)]
        return {"style": style, "lines": render.example_strokes(digit, style, number)}

    def compare(request: dict[str, Any]) -> dict[str, Any]:
        return compared(others, request)

    looked_at = inside.server_function(reader, lambda request: answers.picture(request.get("pixels")))
    own = [page.answering(work, DRAWINGS) for work in (read_pad, explain, example, compare)]
    return [*own, looked_at]


def strokes_api(reader: DigitReader) -> Callable[..., dict[str, Any]]:
    """The handler of /read_strokes."""

    def read_strokes(strokes: list[dict[str, Any]], width: int = WIDTH, height: int = HEIGHT) -> dict[str, Any]:
        """Reads pen strokes. Each is {"points": [[x, y], ...], "width": pen diameter, "erase": false}, in pixels of a
        pad `width` × `height`; returns the text and, for each digit, label, probabilities, box and row."""
        low, high = SIDES
        if not all(type(side) in (int, float) and low <= side <= high for side in (width, height)):
            came = f"{width!r:.40}×{height!r:.40}"
            raise gr.Error(f"A pad of {came} pixels: sides from {low} to {high} are read.", print_exception=False)
        try:
            grey = canvas.render_strokes(checked(strokes), (int(height), int(width)))
        except ValueError as error:
            raise gr.Error(str(error), print_exception=False) from error
        return in_turn(DRAWINGS, reader.read_drawing)(grey, strokes=strokes).values()

    return read_strokes


def build(reader: DigitReader, corrections: CorrectionService, others: Sequence[Named] = ()) -> None:
    """The tab's content, inside gr.Blocks; `others` are the networks that are compared with."""
    page.panel(
        "draw/draw",
        serve=[
            *server_functions(reader, others),
            *corrections.server_functions("draw"),
        ],
        constants={
            "width": WIDTH,
            "height": HEIGHT,
            "picture": PICTURE,
            "mostStrokes": MOST_STROKES,
            "patience": PATIENCE,
            "others": len(others),
        },
    )
    gr.api(strokes_api(reader), api_name="read_strokes", queue=False)
