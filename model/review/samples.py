"""Corrections as training takes them: each picture once, with what was said of it last."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from model.ink.normalise import NOT_A_DIGIT
from model.review.corrections import load


@dataclass(frozen=True, eq=False)
class Samples:
    """Pictures and labels of a folder of corrections, in an order that does not depend on the names of its files."""

    images: np.ndarray  # (N, 28, 28) uint8
    labels: np.ndarray  # (N,) int64, 0..9, and 10 for no digit
    sha256: str  # of pictures and labels in their order

    def about(self) -> dict[str, Any]:
        """What a card says of them."""
        no_digits = int((self.labels == NOT_A_DIGIT).sum())
        return {"count": len(self.labels), "no_digits": no_digits, "sha256": self.sha256}


def samples(folder: str | Path) -> Samples:
    """The corrections of a folder for training. Raises ValueError that names the folder or file and what to do."""
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"reading corrections: {folder} is no folder; the app makes one with the first correction")
    try:
        found, damaged = load(folder)
    except OSError as error:
        raise ValueError(f"reading corrections: {error}") from error
    if damaged:
        more = f" (and {len(damaged) - 1} more)" if len(damaged) > 1 else ""
        raise ValueError(f"reading corrections: {damaged[0]}{more}; delete that line, or copy the file again")
    if not found:
        raise ValueError(f"reading corrections: {folder} holds none, expected *.jsonl files with at least one line")
    last = {one.picture.tobytes(): one for one in found}
    chosen = [last[picture] for picture in sorted(last)]
    images = np.stack([one.picture for one in chosen])
    labels = np.array([NOT_A_DIGIT if one.correct is None else one.correct for one in chosen], np.int64)
    return Samples(images, labels, hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest())
