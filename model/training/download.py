"""MNIST for people without a Kaggle account, in the form of Kaggle's CSV."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from model.ink.normalise import SIDE
from model.training.data import write_csv

LONGEST = 300  # characters of one cause in a message
FAULTS = (RuntimeError, ValueError, EOFError, AssertionError)  # of torchvision for files that are not MNIST's


def download(folder: str | Path) -> Path:
    """Fetch MNIST's 60,000 training digits through torchvision and write them as `folder`/train.csv.

    Files that are damaged are said to be, and fetched again. Raises OSError that says why they cannot be fetched and
    what to do instead.
    """
    folder = Path(folder)
    try:
        images, labels = _mnist(folder)
    except (OSError, *FAULTS) as error:
        raise OSError(
            f"downloading MNIST: {_causes(error)}; without internet, copy digit-recognizer.zip from "
            "https://www.kaggle.com/competitions/digit-recognizer/data here and use --data digit-recognizer.zip"
        ) from error
    path = folder / "train.csv"
    write_csv(path, images, labels)
    return path


def _mnist(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """MNIST's training digits; files that do not hold them are removed and fetched once more."""
    from torchvision.datasets import MNIST

    try:
        return _whole(MNIST(folder, train=True, download=True))
    except FAULTS as error:
        raw = folder / "MNIST" / "raw"
        if not any(raw.glob("train-*")):
            raise
        print(f"{raw} is damaged ({_causes(error)}); its files are fetched again", file=sys.stderr)
        for path in raw.glob("train-*"):
            path.unlink()
        return _whole(MNIST(folder, train=True, download=True))


def _whole(mnist: Any) -> tuple[np.ndarray, np.ndarray]:
    images, labels = mnist.data.numpy(), mnist.targets.numpy()
    if images.shape != (len(labels), SIDE, SIDE):
        raise ValueError(f"got pictures of shape {images.shape} and {len(labels):,} labels")
    return images, labels


def _causes(error: BaseException | None) -> str:
    """The error and what led to it, e.g. HTTP 403, a certificate or a proxy, in one line; each cause once."""
    said: list[str] = []
    while error is not None:
        text = " ".join(str(error).split())[:LONGEST] or type(error).__name__
        said += [text] if text not in " ".join(said) else []
        error = error.__cause__ or error.__context__
    return " because of ".join(said)
