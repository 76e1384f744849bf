"""All doors by name."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from model.reader import DigitReader
from model.review import gallery
from tools import ROOT
from tools.fuzz import Door
from tools.fuzz.arrays import reader_door
from tools.fuzz.networks import card_door, state_door, weights_door
from tools.fuzz.pictures import picture_door
from tools.fuzz.requests import requests_door
from tools.fuzz.strokes import pad_door
from tools.fuzz.tables import csv_door, gallery_door


def doors(folder: Path | None = None) -> dict[str, Callable[[], Door]]:
    """name -> what opens the door; each works in a folder of its own."""
    home = folder or Path(tempfile.mkdtemp(prefix="doors"))

    def inside(name: str) -> Path:
        path = home / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    reader = cache(DigitReader.load)
    return {
        "reader": lambda: reader_door(reader()),
        "picture": lambda: picture_door(reader()),
        "pad": lambda: pad_door(reader(), gallery.Gallery.load(ROOT / "assets")),
        "requests": lambda: requests_door(reader(), gallery.Gallery.load(ROOT / "assets"), inside("requests")),
        "csv": lambda: csv_door(inside("csv")),
        "card": lambda: card_door(inside("card")),
        "weights": lambda: weights_door(inside("weights")),
        "state": lambda: state_door(inside("state")),
        "gallery": lambda: gallery_door(inside("gallery")),
    }
