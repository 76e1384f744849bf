"""Networks of other runs that read the same drawing, to be shown beside the answer."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from model.reader import DigitReader
from ui import answers

FOLDERS = "COMPARE"  # in the environment: folders of runs, with os.pathsep between them
MOST_DIGITS = 40  # in one request


class Named(NamedTuple):
    """A network that is compared with."""

    name: str
    reader: DigitReader


def from_environment(environment: Mapping[str, str]) -> list[Named]:
    """The networks of the folders that COMPARE names; one that cannot be loaded is left out, and the log says so."""
    found = []
    for folder in filter(None, environment.get(FOLDERS, "").split(os.pathsep)):
        try:
            reader = DigitReader.load(folder)
        except ValueError as error:
            logging.getLogger(__name__).warning("not compared with: %s", error)
            continue
        kind, name = reader.card.network.name, Path(folder).name
        found.append(Named(name if kind in name else f"{name} ({kind})", reader))
    return found


def compared(networks: Sequence[Named], request: dict[str, Any]) -> dict[str, Any]:
    """{"pixels": data URLs of 28×28 pictures} -> what each network reads of each picture, and how sure it is."""
    codes = request.get("pixels")
    if not isinstance(codes, list) or not 0 < len(codes) <= MOST_DIGITS:
        raise ValueError(f"comparing networks: expected a list of 1 to {MOST_DIGITS} pictures of digits")
    pictures = np.stack([answers.picture(code) for code in codes])
    scores = [(name, reader.score(pictures)[0]) for name, reader in networks]
    return {
        "networks": [
            {
                "name": name,
                "labels": probabilities.argmax(axis=1).tolist(),
                "confidences": [round(float(p), 4) for p in probabilities.max(axis=1)],
            }
            for name, probabilities in scores
        ]
    }
