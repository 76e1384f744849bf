"""Validation samples worth a look: the misread ones and the narrow escapes, collected once after training.

Two atlases of 28×28 tiles and a table stand beside the weights:
gallery.png     the misread samples, then the narrow escapes, in the order of the table
neighbours.png  the samples that were read right and look most like them, in the order of their CSV rows
gallery.csv     a first line of JSON (confusion matrix, number of escapes, hashes), then a line per sample
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from model.files import current, write_text
from model.ink.normalise import SIDE
from model.network import CLASSES
from model.review.atlas import load_atlas, save_atlas
from model.review.selection import doubtful_labels, least_sure, nearest

ESCAPES = 60  # narrow escapes that are kept
TABLE, ATLAS, NEIGHBOURS = "gallery.csv", "gallery.png", "neighbours.png"
FILES = (ATLAS, NEIGHBOURS, TABLE)
PROBABILITIES = [f"p{digit}" for digit in range(CLASSES)]
COLUMNS = ["row", "true", "predicted", *PROBABILITIES, "is_doubtful", "like_true", "like_predicted", "fold"]
ORDERS = {
    "confidence": lambda sample: (-sample.confidence, sample.row),
    "true": lambda sample: (-sample.probabilities[sample.true], sample.row),
    "row": lambda sample: sample.row,
}
NO_PICTURE = np.zeros((SIDE, SIDE), np.uint8)
REMEDY = "copy the three gallery files again, or make them with python train.py"


@dataclass(frozen=True, eq=False)
class Sample:
    """A validation sample that was misread, or read right by a hair."""

    picture: np.ndarray  # (28, 28) uint8, ink bright on 0, as in the CSV
    true: int  # the CSV's label
    predicted: int
    probabilities: tuple[float, ...]  # ten, calibrated, sum 1
    row: int  # of the CSV, 0 is the first below the header
    is_doubtful: bool  # the label itself may be wrong: see `doubtful_labels`
    like_true: tuple[int, ...]  # CSV rows of the nearest samples of the true digit that were read right, nearest first
    like_predicted: tuple[int, ...]  # the same of the rival
    fold: int | None = None  # of a cross-validation: the network of this fold read it; None for a single network

    @property
    def confidence(self) -> float:
        """The probability of what was read."""
        return self.probabilities[self.predicted]

    @property
    def rival(self) -> int:
        """The most probable digit that it is not: what it was taken for, or nearly was."""
        if self.predicted != self.true:
            return self.predicted
        return max(set(range(CLASSES)) - {self.true}, key=lambda digit: self.probabilities[digit])


@dataclass(frozen=True, eq=False)
class Gallery:
    """Misread samples, narrow escapes, and what is needed to look at them. Its length and items are the misread."""

    samples: tuple[Sample, ...]
    confusion: np.ndarray  # (10, 10) int counts of the whole validation set, true digit by row
    neighbours: dict[int, np.ndarray]  # CSV row -> (28, 28) uint8
    escapes: tuple[Sample, ...] = ()  # read right, the least sure first

    def __len__(self) -> int:
        return len(self.samples)

    def __iter__(self) -> Iterator[Sample]:
        return iter(self.samples)

    def filter(self, true: int | None = None, predicted: int | None = None) -> Gallery:
        """The misread samples of these digits; None takes all. Raises ValueError for what is no digit."""
        for name, digit in (("true", true), ("predicted", predicted)):
            if digit is not None and digit not in range(CLASSES):
                raise ValueError(f"filtering the gallery: got {name}={digit!r}, expected a digit from 0 to 9 or None")
        chosen = (s for s in self.samples if true in (None, s.true) and predicted in (None, s.predicted))
        return replace(self, samples=tuple(chosen))

    def sorted(self, by: str = "confidence") -> Gallery:
        """The misread by "confidence" in the wrong answer or in the "true" one, highest first, or by CSV "row"."""
        if by not in ORDERS:
            raise ValueError(f"sorting the gallery: got {by!r}, expected one of {', '.join(ORDERS)}")
        return replace(self, samples=tuple(sorted(self.samples, key=ORDERS[by])))

    def save(self, folder: str | Path) -> None:
        """Write the three files into `folder`, each under another name first; the table with their hashes last."""
        folder, shown = Path(folder), [*self.samples, *self.escapes]
        digests = {
            ATLAS: save_atlas(folder / ATLAS, [sample.picture for sample in shown]),
            NEIGHBOURS: save_atlas(folder / NEIGHBOURS, [self.neighbours[row] for row in sorted(self.neighbours)]),
        }
        head = {"confusion": self.confusion.tolist(), "escapes": len(self.escapes), "sha256": digests}
        text = io.StringIO()
        text.write("# " + json.dumps(head) + "\n")
        table = csv.writer(text, lineterminator="\n")
        table.writerow(COLUMNS)
        table.writerows(_line(sample) for sample in shown)
        write_text(folder / TABLE, text.getvalue())

    @classmethod
    def load(cls, folder: str | Path) -> Gallery:
        """The gallery of `folder`. Raises ValueError that names the file when one is missing, damaged or of another
        run than the others."""
        try:
            return _load(Path(folder))
        except (ValueError, OSError) as error:
            raise ValueError(f"{error}; {REMEDY}") from error


def collect(
    images: np.ndarray,
    labels: np.ndarray,
    rows: np.ndarray,
    probabilities: np.ndarray,
    features: np.ndarray,
    *,
    folds: np.ndarray | None = None,
    escapes: int = ESCAPES,
) -> Gallery:
    """The misread samples of a whole validation set, in its order, and its narrow escapes.

    images (N, 28, 28) uint8; labels (N,) and CSV rows (N,) int, rows all different; probabilities (N, 10) calibrated;
    features (N, D), what the last layer reads; folds (N,) int, of a cross-validation: the network of this fold did not
    learn the sample and read it. Raises ValueError for lengths that differ.
    """
    of_fold = np.zeros(len(labels), int) if folds is None else np.asarray(folds)
    _check_lengths(images, labels, rows, probabilities, features, of_fold)
    predicted = probabilities.argmax(axis=1)
    right, doubtful = predicted == labels, doubtful_labels(probabilities, labels)
    rivals = np.where(np.arange(CLASSES) == labels[:, None], -1, probabilities).argmax(axis=1)
    wrong = np.flatnonzero(~right)
    shown = np.concatenate([wrong, least_sure(probabilities, right, escapes)])
    like_true, like_rival = (nearest(features, labels, right, of_fold, shown, of[shown]) for of in (labels, rivals))
    samples = tuple(
        Sample(
            picture=images[i].astype(np.uint8),
            true=int(labels[i]),
            predicted=int(predicted[i]),
            probabilities=tuple(float(p) for p in probabilities[i]),
            row=int(rows[i]),
            is_doubtful=bool(doubtful[i]),
            like_true=tuple(int(row) for row in rows[near_true]),
            like_predicted=tuple(int(row) for row in rows[near_rival]),
            fold=None if folds is None else int(of_fold[i]),
        )
        for i, near_true, near_rival in zip(shown, like_true, like_rival, strict=True)
    )
    neighbours = {int(rows[j]): images[j].astype(np.uint8) for near in (*like_true, *like_rival) for j in near}
    return Gallery(samples[: len(wrong)], confusion_matrix(labels, predicted), neighbours, samples[len(wrong) :])


def _check_lengths(images: np.ndarray, labels: np.ndarray, rows: np.ndarray, *others: np.ndarray) -> None:
    shapes = [np.shape(array) for array in (images, labels, rows, *others)]
    if len({shape[0] for shape in shapes}) != 1 or shapes[0][1:] != (SIDE, SIDE) or len(np.unique(rows)) != len(rows):
        raise ValueError(
            "collecting mistakes: expected (N, 28, 28) images with N labels, different rows, probabilities, features "
            f"and folds, got shapes {', '.join(map(str, shapes))}"
        )


def confusion_matrix(true: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """(10, 10) int counts, true digit by row, predicted digit by column."""
    return np.bincount(true * CLASSES + predicted, minlength=CLASSES * CLASSES).reshape(CLASSES, CLASSES)


# ---- the table ----


def _line(sample: Sample) -> list[Any]:
    return [
        sample.row,
        sample.true,
        sample.predicted,
        *(f"{p:.6f}" for p in sample.probabilities),
        int(sample.is_doubtful),
        " ".join(map(str, sample.like_true)),
        " ".join(map(str, sample.like_predicted)),
        "" if sample.fold is None else sample.fold,
    ]


def _load(folder: Path) -> Gallery:
    path = folder / TABLE
    head, lines = _read_table(path)
    confusion, escapes, digests = _read_head(path, head)
    samples = [_read_line(path, number, line) for number, line in enumerate(lines, 3)]
    wrong = [sample for sample in samples if sample.true != sample.predicted]
    true, predicted = (np.array([getattr(s, name) for s in wrong], int) for name in ("true", "predicted"))
    counted = confusion_matrix(true, predicted)
    if (counted != confusion - np.diag(np.diag(confusion))).any() or len(samples) - len(wrong) != escapes:
        raise ValueError(
            f"loading {path}: its {len(samples)} samples are not the ones that its first line counts; lines are "
            "missing or changed"
        )
    pictures = load_atlas(folder / ATLAS, len(samples), digests[ATLAS])
    samples = [replace(sample, picture=picture) for sample, picture in zip(samples, pictures, strict=True)]
    rows = sorted({row for sample in samples for row in (*sample.like_true, *sample.like_predicted)})
    neighbours = dict(zip(rows, load_atlas(folder / NEIGHBOURS, len(rows), digests[NEIGHBOURS]), strict=True))
    misread, escaped = (tuple(s for s in samples if (s.true == s.predicted) is right) for right in (False, True))
    return Gallery(misread, confusion, neighbours, escaped)


def _read_table(path: Path) -> tuple[str, list[dict[str, str]]]:
    """The JSON of the first line, and the table's lines by column; older tables have no folds."""
    try:
        first, _, rest = current(path).read_text(encoding="utf-8").partition("\n")
        table = csv.DictReader(io.StringIO(rest))
        lines = list(table)
    except FileNotFoundError:
        raise ValueError(f"loading {path}: there is no such file, expected the table of a gallery") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"loading {path}: {error}, expected the table of a gallery") from error
    if table.fieldnames not in (COLUMNS, COLUMNS[:-1]):
        raise ValueError(f"loading {path}: got columns {str(table.fieldnames)[:200]}, expected {COLUMNS}")
    return first.removeprefix("#"), lines


def _read_head(path: Path, head: str) -> tuple[np.ndarray, int, dict[str, str]]:
    """The confusion matrix, how many escapes there are, and the hashes of the atlases."""
    try:
        values = json.loads(head)
        confusion = np.array(values["confusion"], dtype=int)
        digests = {name: str(values["sha256"][name]) for name in (ATLAS, NEIGHBOURS)}
        if confusion.shape != (CLASSES, CLASSES) or (confusion < 0).any():
            raise ValueError(f"a confusion matrix of shape {confusion.shape}")
        return confusion, int(values.get("escapes", 0)), digests
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError, AttributeError) as error:
        raise ValueError(
            f"loading {path}: got {repr(error)[:200]} in the first line, expected JSON with a 10×10 confusion matrix "
            "and the hashes of the pictures"
        ) from error


def _read_line(path: Path, number: int, line: dict[str, str]) -> Sample:
    """A sample, still without its picture."""
    try:
        sample = Sample(
            picture=NO_PICTURE,
            true=int(line["true"]),
            predicted=int(line["predicted"]),
            probabilities=tuple(float(line[name]) for name in PROBABILITIES),
            row=int(line["row"]),
            is_doubtful=bool(int(line["is_doubtful"])),
            like_true=tuple(map(int, line["like_true"].split())),
            like_predicted=tuple(map(int, line["like_predicted"].split())),
            fold=int(line["fold"]) if line.get("fold") else None,
        )
        if sample.true not in range(CLASSES) or sample.predicted not in range(CLASSES):
            raise ValueError(f"true {sample.true} and predicted {sample.predicted}")
        if not (min(sample.probabilities) >= 0 and abs(sum(sample.probabilities) - 1) < 1e-3):
            raise ValueError(f"probabilities {sample.probabilities}")
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        came = " ".join(str(error).split())[:200]
        raise ValueError(
            f"loading {path}: line {number}: got {came}, expected whole numbers, digits and ten probabilities of sum 1"
        ) from error
    return sample
