"""Kaggle's "Digit Recognizer" data, read in all the forms in which people keep it, as checked uint8 arrays."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from model.files import atomic
from model.ink.normalise import SIDE
from model.training.csv_file import NEXT, read_bytes
from model.training.csv_table import PIXELS, parse

LIGHT = 200  # grey: where the pictures' edges are lighter in the median, ink and paper are exchanged
ONES = 20  # so many 1s say whether pictures are transposed
LYING = 1.5  # times as wide as high in the mean: 1s that lie down


@dataclass(frozen=True, eq=False)
class Digits:
    """Labelled pictures of one CSV file."""

    images: np.ndarray  # (N, 28, 28) uint8, ink bright on 0
    labels: np.ndarray  # (N,) int64, 0..9
    sha256: str  # of the CSV's bytes
    file: str  # its name


def load_csv(path: str | Path) -> Digits:
    """The labelled digits of digit-recognizer.zip, a folder with it or what it unpacks to, train.csv, .gz or .zip.

    The columns are Kaggle's, or 1x1 to 28x28. Raises ValueError that names file, row, what came and what was expected.
    """
    name, raw = read_bytes(Path(path), "train.csv")
    table = parse(name, raw, "train.csv")
    labels = table[:, 0].astype(np.int64)
    if labels.max() > 9:
        row = int(np.argmax(labels > 9))
        more = "; EMNIST's letters are no digits" if labels.max() < 62 and "emnist" in name.lower() else ""
        raise ValueError(
            f"reading {name}: row {row + 1} has label {labels[row]}, expected 0 to 9{more}; {NEXT['train.csv']}"
        )
    missing = sorted(set(range(10)) - set(labels.tolist()))
    if missing:
        raise ValueError(
            f"reading {name}: none of {len(labels):,} rows has the label {', '.join(map(str, missing))}, "
            "expected all ten digits; use the whole file"
        )
    images = np.ascontiguousarray(table[:, 1:]).reshape(-1, SIDE, SIDE)
    _check_look(name, images)
    _check_upright(name, images[labels == 1])
    return Digits(images, labels, hashlib.sha256(raw).hexdigest(), Path(name).name)


def load_test(path: str | Path) -> np.ndarray:
    """(N, 28, 28) uint8 pictures of Kaggle's test.csv, which has no labels; from the zip, its folder or the file."""
    name, raw = read_bytes(Path(path), "test.csv")
    images = parse(name, raw, "test.csv").reshape(-1, SIDE, SIDE)
    _check_look(name, images)
    return images


def _check_look(name: str, images: np.ndarray) -> None:
    """Raises ValueError for dark ink on light paper."""
    edges = np.concatenate([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], axis=1)
    if np.median(edges) > LIGHT:
        raise ValueError(
            f"reading {name}: the pictures' edges are light ({np.median(edges):.0f} of 255), expected bright ink on 0; "
            "invert the pixels: 255 - value"
        )


def _check_upright(name: str, ones: np.ndarray) -> None:
    """Raises ValueError for pictures whose rows and columns are exchanged, as EMNIST's are: their 1s lie down."""
    if len(ones) < ONES:
        return
    ink = ones.mean(axis=0, dtype=np.float64)
    width, height = (_spread(ink.sum(axis=axis)) for axis in (0, 1))
    if width > LYING * height:
        raise ValueError(
            f"reading {name}: its 1s lie down, so rows and columns are exchanged, as in EMNIST's files; "
            "turn each picture: reshape(28, 28).T"
        )


def _spread(profile: np.ndarray) -> float:
    """Standard deviation in pixels of ink along one axis."""
    at, total = np.arange(len(profile)), max(float(profile.sum()), 1e-9)
    mean = float((at * profile).sum()) / total
    return float(np.sqrt((((at - mean) ** 2) * profile).sum() / total))


def fold_of(labels: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """(N,) the fold, 0 to `folds` - 1, of each row: the rows of each class shared out evenly, drawn by `seed`.

    Raises ValueError when a class has too few rows.
    """
    rng = np.random.default_rng(seed)
    found = np.zeros(len(labels), np.int64)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        if len(rows) < folds:
            raise ValueError(f"splitting the data: digit {label} has {len(rows)} rows, expected one for each fold")
        found[rng.permutation(rows)] = (np.arange(len(rows)) + label) % folds
    return found


def split(labels: np.ndarray, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers for training and for validation: `share` of each class, drawn by `seed`, both in rising order.

    Raises ValueError when a class would have no row on one side.
    """
    if not 0 < share < 1:
        raise ValueError(f"splitting the data: got a validation share of {share}, expected more than 0, less than 1")
    rng = np.random.default_rng(seed)
    chosen = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        count = round(len(rows) * share)
        if not 0 < count < len(rows):
            raise ValueError(
                f"splitting the data: digit {label} has {len(rows)} rows, too few for {share:.0%} of validation; "
                "expected enough for one row on each side"
            )
        chosen[rng.permutation(rows)[:count]] = True
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


def write_submission(path: str | Path, labels: np.ndarray) -> None:
    """Kaggle's submission.csv: ImageId from 1, Label; all or nothing. Raises ValueError for labels that are none."""
    labels = np.asarray(labels)
    if labels.ndim != 1 or not len(labels) or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"writing {path}: got {labels.dtype} of shape {labels.shape}, expected one whole number for each picture"
        )
    if labels.min() < 0 or labels.max() > 9:
        raise ValueError(f"writing {path}: got labels from {labels.min()} to {labels.max()}, expected 0 to 9")
    table = pd.DataFrame({"ImageId": np.arange(1, len(labels) + 1), "Label": labels})
    with atomic(path) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")


def write_csv(path: str | Path, images: np.ndarray, labels: np.ndarray | None) -> None:
    """Pictures (N, 28, 28) uint8 in Kaggle's form: train.csv with labels, test.csv without; gzipped for .csv.gz."""
    table = pd.DataFrame(images.reshape(len(images), -1), columns=PIXELS)
    if labels is not None:
        table.insert(0, "label", labels)
    with atomic(path) as temporary:
        compression = {"method": "gzip", "mtime": 0} if str(path).endswith(".gz") else None
        table.to_csv(temporary, index=False, lineterminator="\n", compression=compression)
