"""Look inside: every layer's maps of one digit, small enough to follow the pen. Draw and Mistakes open it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from model.ink.normalise import SIDE
from model.layers import Layer
from model.reader import DigitReader
from ui import page
from ui.workers import DRAWINGS

LARGEST_MAP = 14  # values on a side; larger maps are shown at half their size, so that an answer stays below 60 kB
LEVELS = 31  # on each side of zero: a value is one of the 64 characters of base64
STRONGEST = 6  # maps of a layer that are named first
ALPHABET = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", np.uint8)


def coded(values: np.ndarray) -> str:
    """One character for each value, the scale its own: 'g' is 0, 'B' the largest one's negative, '/' the largest."""
    most = max(float(np.abs(values).max()), 1e-6)
    return ALPHABET[np.round(values / most * LEVELS).astype(np.int64).ravel() + LEVELS + 1].tobytes().decode()


def strongest(changes: np.ndarray) -> list[int]:
    """The maps (C, S, S) that answer most to the ink, on average over their values, the strongest first."""
    return np.argsort(-np.maximum(changes, 0).mean(axis=(1, 2)), kind="stable")[:STRONGEST].tolist()


def words(layers: list[Layer]) -> list[str]:
    """For each layer, what it does, for somebody who knows nothing of networks."""
    first, *_, last = layers
    said = [
        f"{first.channels} small detectors slide over the drawing. Each looks for one thing, such as an edge or the "
        "end of a line, and its map shows where it was found."
    ]
    for before, layer in pairwise(layers):
        if layer is last:
            said.append(
                "Everything above is weighed for and against each digit. The sums are the scores; the highest wins."
            )
        elif layer.side == 1:
            said.append(f"{layer.channels} sums, each of everything above with other weights: the drawing in short.")
        elif layer.words.startswith("residual"):
            said.append("Two more looks at the maps above. What was known stays, and what they find is added to it.")
        elif layer.side < before.side:
            said.append(
                "Fewer points, more maps: where something is counts for less from here on, what it is for more."
            )
        else:
            said.append("Each map combines those above, so it answers to more than a line: corners, bends, crossings.")
    return said


def content(reader: DigitReader, picture: np.ndarray) -> dict[str, Any]:
    """What the script draws of one (28, 28) uint8 picture, as JSON values."""
    inside = reader.inside(picture)
    shown = [_layer(layer, changes) for layer, changes in zip(inside.layers, inside.changes, strict=True)]
    for values, sentence in zip(shown, words(inside.layers), strict=True):
        values["words"] = sentence
    last = inside.layers[inside.last]
    shown[inside.last]["votes"] = inside.votes.tolist()
    return {
        "layers": shown[:-1],
        "scores": {
            "words": shown[-1]["words"],
            "values": _rounded(inside.scores),
            "places": _rounded(inside.places.reshape(len(inside.scores), -1)),
            "shown": last.side,
            "start": last.start,
            "step": last.step,
        },
    }


def _rounded(values: np.ndarray) -> list[Any]:
    """To three decimals, as Python's numbers: those of a float32 would be written with seventeen digits."""
    return (np.round(values.astype(np.float64), 3) + 0).tolist()


def _layer(layer: Layer, changes: np.ndarray) -> dict[str, Any]:
    """A layer's maps for the script. They are halved where they are large, and so is their grid over the picture."""
    halve = layer.side > LARGEST_MAP
    start, step, field = layer.start, float(layer.step), layer.field
    if halve:
        even = changes[:, : layer.side // 2 * 2, : layer.side // 2 * 2]
        changes = even.reshape(len(even), even.shape[1] // 2, 2, -1, 2).mean(axis=(2, 4))
        start, step, field = start + step / 2, 2 * step, field + layer.step
    return {
        "kind": layer.words,
        "channels": layer.channels,
        "side": layer.side,
        "shown": changes.shape[1],
        "start": start,
        "step": step,
        "field": min(field, SIDE),
        "values": coded(changes),
        "strongest": strongest(changes),
    }


def server_function(reader: DigitReader, picture: Callable[[dict[str, Any]], np.ndarray]) -> Callable[..., Any]:
    """What the script of a tab may call; `picture` gives the (28, 28) uint8 of a request, or raises ValueError."""

    def look_inside(request: dict[str, Any]) -> dict[str, Any]:
        return content(reader, picture(request))

    return page.answering(look_inside, DRAWINGS)
