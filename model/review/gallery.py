"""The validation samples that were misread: collected once after training, kept as files, browsed on the page.

Two atlases of 28×28 tiles and a table stand beside the weights:
gallery.png     the misread samples, in the order of the table
neighbours.png  the samples that were read right and look most like them, in the order of their CSV rows
gallery.csv     a first line of JSON (confusion matrix, hashes of the atlases), then a table with one line per sample
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from model.files import atomic, current, write_text
from model.ink.normalise import SIDE

CLASSES = 10
NEAREST = 3  # neighbours of the true digit, and as many of the predicted one
ATLAS_COLUMNS = 64
TABLE, ATLAS, NEIGHBOURS = "gallery.csv", "gallery.png", "neighbours.png"
FILES = (ATLAS, NEIGHBOURS, TABLE)
PROBABILITIES = [f"p{digit}" for digit in range(CLASSES)]
COLUMNS = ["row", "true", "predicted", *PROBABILITIES, "is_doubtful", "like_true", "like_predicted"]
ORDERS = ("confidence", "true", "row")
REMEDY = "copy the three gallery files again, or make them with python train.py"


@dataclass(frozen=True, eq=False)
class Sample:
    """One misread validation sample."""

    picture: np.ndarray  # (28, 28) uint8, ink bright on 0, as in the CSV
    true: int  # the CSV's label
    predicted: int
    probabilities: tuple[float, ...]  # ten, calibrated, sum 1
    row: int  # of the CSV, 0 is the first below the header
    is_doubtful: bool  # the label itself may be wrong: see `doubtful_labels`
    like_true: tuple[int, ...]  # CSV rows of the nearest samples of the true digit that were read right, nearest first
    like_predicted: tuple[int, ...]  # the same of the predicted digit

    @property
    def confidence(self) -> float:
        """The probability of the wrong answer."""
        return self.probabilities[self.predicted]


@dataclass(frozen=True, eq=False)
class Gallery:
    """Misread samples, and what is needed to look at them."""

    samples: tuple[Sample, ...]
    confusion: np.ndarray  # (10, 10) int counts of the whole validation set, true digit by row
    neighbours: dict[int, np.ndarray]  # CSV row -> (28, 28) uint8

    def __len__(self) -> int:
        return len(self.samples)

    def __iter__(self) -> Iterator[Sample]:
        return iter(self.samples)

    @property
    def validation_count(self) -> int:
        """How many validation samples there are, the ones read right included."""
        return int(self.confusion.sum())

    def filter(self, true: int | None = None, predicted: int | None = None) -> Gallery:
        """The samples of these digits; None takes all. Raises ValueError for what is no digit."""
        for name, digit in (("true", true), ("predicted", predicted)):
            if digit is not None and digit not in range(CLASSES):
                raise ValueError(f"filtering the gallery: got {name}={digit!r}, expected a digit from 0 to 9 or None")
        chosen = (s for s in self.samples if true in (None, s.true) and predicted in (None, s.predicted))
        return replace(self, samples=tuple(chosen))

    def sorted(self, by: str = "confidence") -> Gallery:
        """The samples by "confidence" in the wrong answer or in the "true" one, highest first, or by CSV "row"."""
        if by not in ORDERS:
            raise ValueError(f"sorting the gallery: got {by!r}, expected one of {', '.join(ORDERS)}")
        keys = {
            "confidence": lambda s: (-s.confidence, s.row),
            "true": lambda s: (-s.probabilities[s.true], s.row),
            "row": lambda s: s.row,
        }
        return replace(self, samples=tuple(sorted(self.samples, key=keys[by])))

    def save(self, folder: str | Path) -> None:
        """Write the three files into `folder`, each under another name first; the table that vouches for them last."""
        folder = Path(folder)
        digests = {}
        for name, pictures in (
            (ATLAS, [sample.picture for sample in self.samples]),
            (NEIGHBOURS, [self.neighbours[row] for row in sorted(self.neighbours)]),
        ):
            with atomic(folder / name) as temporary:
                Image.fromarray(atlas(pictures)).save(temporary, format="PNG", optimize=True)
                digests[name] = hashlib.sha256(temporary.read_bytes()).hexdigest()
        text = io.StringIO()
        text.write("# " + json.dumps({"confusion": self.confusion.tolist(), "sha256": digests}) + "\n")
        table = csv.writer(text, lineterminator="\n")
        table.writerow(COLUMNS)
        table.writerows(_line(sample) for sample in self.samples)
        write_text(folder / TABLE, text.getvalue())

    @classmethod
    def load(cls, folder: str | Path) -> Gallery:
        """The gallery of `folder`. Raises ValueError that names the file when one is missing, damaged or of another
        run than the others."""
        folder = Path(folder)
        head, lines = _read_table(folder / TABLE)
        confusion, digests = _read_head(folder / TABLE, head)
        pictures = _read_atlas(folder / ATLAS, len(lines), digests)
        samples = tuple(
            _read_line(folder / TABLE, number, line, pictures[number - 3]) for number, line in enumerate(lines, 3)
        )
        rows = sorted({row for sample in samples for row in (*sample.like_true, *sample.like_predicted)})
        neighbours = dict(zip(rows, _read_atlas(folder / NEIGHBOURS, len(rows), digests), strict=True))
        counted = np.zeros_like(confusion)
        np.add.at(counted, ([s.true for s in samples], [s.predicted for s in samples]), 1)
        if (counted != np.where(np.eye(CLASSES, dtype=bool), 0, confusion)).any():
            raise ValueError(
                f"loading {folder / TABLE}: its {len(samples)} samples are not the ones that its confusion matrix "
                f"counts; lines are missing or changed: {REMEDY}"
            )
        return cls(samples, confusion, neighbours)


def collect(
    images: np.ndarray, labels: np.ndarray, rows: np.ndarray, probabilities: np.ndarray, features: np.ndarray
) -> Gallery:
    """The misread samples of a whole validation set, in its order.

    images (N, 28, 28) uint8; labels (N,) and CSV rows (N,) int, rows all different; probabilities (N, 10) calibrated;
    features (N, D), what the last layer reads. Raises ValueError for lengths that differ.
    """
    shapes = [np.shape(array) for array in (images, labels, rows, probabilities, features)]
    if len({shape[0] for shape in shapes}) != 1 or shapes[0][1:] != (SIDE, SIDE) or len(np.unique(rows)) != len(rows):
        raise ValueError(
            "collecting mistakes: expected (N, 28, 28) images with N labels, different rows, probabilities and "
            f"features, got shapes {', '.join(map(str, shapes))}"
        )
    predicted = probabilities.argmax(axis=1)
    right = predicted == labels
    doubtful = doubtful_labels(probabilities, labels)
    wrong = np.flatnonzero(~right)
    like_true = _nearest(features, labels, right, wrong, labels[wrong])
    like_predicted = _nearest(features, labels, right, wrong, predicted[wrong])
    samples = tuple(
        Sample(
            picture=images[i].astype(np.uint8),
            true=int(labels[i]),
            predicted=int(predicted[i]),
            probabilities=tuple(float(p) for p in probabilities[i]),
            row=int(rows[i]),
            is_doubtful=bool(doubtful[i]),
            like_true=tuple(int(rows[j]) for j in near_true),
            like_predicted=tuple(int(rows[j]) for j in near_predicted),
        )
        for i, near_true, near_predicted in zip(wrong, like_true, like_predicted, strict=True)
    )
    used = {int(j) for near in (*like_true, *like_predicted) for j in near}
    confusion = np.zeros((CLASSES, CLASSES), int)
    np.add.at(confusion, (labels, predicted), 1)
    return Gallery(samples, confusion, {int(rows[j]): images[j].astype(np.uint8) for j in used})


def doubtful_labels(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(N,) bool: whose label is doubtful by confident learning (Northcutt, Jiang and Chuang 2021).

    The threshold of a digit is the mean probability that samples with that label get for it. A sample's confident
    digit is the most probable of those that reach their threshold. Its label is doubtful when it has a confident digit
    and that is not the label: off the diagonal of the paper's confident joint. The probabilities (N, 10) must come
    from a network that was not trained on these samples, as those of validation samples do.
    """
    columns = np.arange(CLASSES)
    counts = np.bincount(labels, minlength=CLASSES)
    own = np.bincount(labels, weights=probabilities[np.arange(len(labels)), labels], minlength=CLASSES)
    thresholds = np.where(counts > 0, own / np.maximum(counts, 1), np.inf)
    reached = np.where(probabilities >= thresholds[columns], probabilities, -1.0)
    return (reached.max(axis=1, initial=-1) >= 0) & (reached.argmax(axis=1) != labels)


def atlas(pictures: list[np.ndarray]) -> np.ndarray:
    """Tiles (28, 28) uint8 in rows of 64 -> (28 · rows, 28 · 64) uint8; one empty row for no tiles."""
    rows = max(1, -(-len(pictures) // ATLAS_COLUMNS))
    tiles = np.zeros((rows * ATLAS_COLUMNS, SIDE, SIDE), np.uint8)
    if pictures:
        tiles[: len(pictures)] = pictures
    return tiles.reshape(rows, ATLAS_COLUMNS, SIDE, SIDE).transpose(0, 2, 1, 3).reshape(rows * SIDE, -1)


def _nearest(
    features: np.ndarray, labels: np.ndarray, right: np.ndarray, wrong: np.ndarray, digits: np.ndarray
) -> list[np.ndarray]:
    """For each index in `wrong`, the indices of the samples of its digit in `digits` that were read right and have the
    smallest cosine distance to it, nearest first; fewer than NEAREST where there are no more."""
    found: list[np.ndarray] = [np.zeros(0, int)] * len(wrong)
    for digit in np.unique(digits):
        pool = np.flatnonzero(right & (labels == digit))
        here = np.flatnonzero(digits == digit)
        similarity = _unit(features[wrong[here]]) @ _unit(features[pool]).T  # (H, P)
        order = np.argsort(-similarity, axis=1, kind="stable")[:, :NEAREST]
        for place, nearest in zip(here, order, strict=True):
            found[place] = pool[nearest]
    return found


def _unit(vectors: np.ndarray) -> np.ndarray:
    vectors = vectors.astype(np.float32)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def _line(sample: Sample) -> list[Any]:
    return [
        sample.row,
        sample.true,
        sample.predicted,
        *(f"{p:.6f}" for p in sample.probabilities),
        int(sample.is_doubtful),
        " ".join(map(str, sample.like_true)),
        " ".join(map(str, sample.like_predicted)),
    ]


def _read_table(path: Path) -> tuple[str, list[dict[str, str]]]:
    """The JSON of the first line, and the table's lines by column."""
    try:
        first, _, rest = current(path).read_text(encoding="utf-8").partition("\n")
    except FileNotFoundError:
        raise ValueError(f"loading {path}: there is no such file, expected the table of a gallery; {REMEDY}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"loading {path}: {error}, expected the table of a gallery; {REMEDY}") from error
    table = csv.DictReader(io.StringIO(rest))
    try:
        lines = list(table)
    except csv.Error as error:
        raise ValueError(f"loading {path}: {error}, expected the table of a gallery; {REMEDY}") from error
    if table.fieldnames != COLUMNS:
        raise ValueError(f"loading {path}: got columns {str(table.fieldnames)[:200]}, expected {COLUMNS}; {REMEDY}")
    return first.removeprefix("#"), lines


def _read_head(path: Path, head: str) -> tuple[np.ndarray, dict[str, str]]:
    """The confusion matrix and the hashes of the atlases."""
    try:
        values = json.loads(head)
        confusion = np.array(values["confusion"], dtype=int)
        digests = {name: str(values["sha256"][name]) for name in (ATLAS, NEIGHBOURS)}
        if confusion.shape != (CLASSES, CLASSES) or (confusion < 0).any():
            raise ValueError(f"a confusion matrix of shape {confusion.shape}")
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise ValueError(
            f"loading {path}: got {repr(error)[:200]} in the first line, expected JSON with a 10×10 confusion matrix "
            f"and the hashes of the pictures; {REMEDY}"
        ) from error
    return confusion, digests


def _read_line(path: Path, number: int, line: dict[str, str], picture: np.ndarray) -> Sample:
    try:
        sample = Sample(
            picture=picture,
            true=int(line["true"]),
            predicted=int(line["predicted"]),
            probabilities=tuple(float(line[name]) for name in PROBABILITIES),
            row=int(line["row"]),
            is_doubtful=bool(int(line["is_doubtful"])),
            like_true=tuple(map(int, line["like_true"].split())),
            like_predicted=tuple(map(int, line["like_predicted"].split())),
        )
        digits = range(CLASSES)
        if sample.true not in digits or sample.predicted not in digits or sample.true == sample.predicted:
            raise ValueError(f"true {sample.true} and predicted {sample.predicted}")
        if not (min(sample.probabilities) >= 0 and abs(sum(sample.probabilities) - 1) < 1e-3):
            raise ValueError(f"probabilities {sample.probabilities}")
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        came = " ".join(str(error).split())[:200]
        raise ValueError(
            f"loading {path}: line {number}: got {came}, expected whole numbers, two different digits and ten "
            f"probabilities of sum 1; {REMEDY}"
        ) from error
    return sample


def _read_atlas(path: Path, count: int, digests: dict[str, str]) -> np.ndarray:
    """(count, 28, 28) uint8 tiles of an atlas."""
    try:
        data = current(path).read_bytes()
    except OSError as error:
        raise ValueError(f"loading {path}: {error.strerror}, expected the pictures of {TABLE}; {REMEDY}") from error
    if hashlib.sha256(data).hexdigest() != digests[path.name]:
        raise ValueError(
            f"loading {path}: its SHA-256 is not the one in {TABLE}: it is damaged or of another run; {REMEDY}"
        )
    rows = max(1, -(-count // ATLAS_COLUMNS))
    with Image.open(io.BytesIO(data)) as image:
        if image.mode != "L" or image.size != (ATLAS_COLUMNS * SIDE, rows * SIDE):
            raise ValueError(
                f"loading {path}: got a {image.mode} picture of {image.size[0]}×{image.size[1]}, expected grey and "
                f"{ATLAS_COLUMNS * SIDE}×{rows * SIDE} for the {count} tiles of {TABLE}; {REMEDY}"
            )
        tiles = np.asarray(image).reshape(rows, SIDE, ATLAS_COLUMNS, SIDE).transpose(0, 2, 1, 3)
    return tiles.reshape(-1, SIDE, SIDE)[:count]
