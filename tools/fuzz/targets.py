"""All fuzz targets by name."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from model.reader import DigitReader
from model.review import gallery
from tools import ROOT
from tools.fuzz import Target
from tools.fuzz.arrays import reader_target
from tools.fuzz.networks import card_target, state_target, weights_target
from tools.fuzz.pictures import picture_target
from tools.fuzz.requests import requests_target
from tools.fuzz.strokes import pad_target
from tools.fuzz.tables import csv_target, gallery_target


def targets(folder: Path | None = None) -> dict[str, Callable[[], Target]]:
    """name -> what makes the target; each works in a folder of its own."""
    home = folder or Path(tempfile.mkdtemp(prefix="targets"))

    def inside(name: str) -> Path:
        path = home / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    reader = cache(DigitReader.load)
    return {
        "reader": lambda: reader_target(reader()),
        "picture": lambda: picture_target(reader()),
        "pad": lambda: pad_target(reader(), gallery.Gallery.load(ROOT / "assets")),
        "requests": lambda: requests_target(reader(), gallery.Gallery.load(ROOT / "assets"), inside("requests")),
        "csv": lambda: csv_target(inside("csv")),
        "card": lambda: card_target(inside("card")),
        "weights": lambda: weights_target(inside("weights")),
        "state": lambda: state_target(inside("state")),
        "gallery": lambda: gallery_target(inside("gallery")),
    }
