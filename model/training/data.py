"""Kaggle's "Digit Recognizer" data: as people really have it in, as checked uint8 arrays out."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd

from model.files import atomic

SIDE = 28
PIXELS = [f"pixel{i}" for i in range(SIDE * SIDE)]
HEADER = 100_000  # bytes within which the header ends
NUMERIC = b'0123456789,\r\n "\t'  # all bytes that the rows may have
MOST_UNPACKED = 100  # times the packed size: digits unpack to about ten times, bombs to a thousand
NEXT = (
    "download digit-recognizer.zip from https://www.kaggle.com/competitions/digit-recognizer/data "
    "or run python train.py --download"
)


@dataclass(frozen=True, eq=False)
class Digits:
    """Labelled pictures of one CSV file."""

    images: np.ndarray  # (N, 28, 28) uint8, ink bright on 0
    labels: np.ndarray  # (N,) int64, 0..9
    sha256: str  # of the CSV's bytes
    file: str  # its name


def load_csv(path: str | Path) -> Digits:
    """The labelled digits of digit-recognizer.zip, the folder it unpacks to, train.csv or train.csv.gz.

    Raises ValueError that names file, row, what came and what was expected.
    """
    name, raw = _read_bytes(Path(path), "train.csv")
    table = _parse(name, raw, ["label", *PIXELS])
    labels = table[:, 0].astype(np.int64)
    if labels.max() > 9:
        row = int(np.argmax(labels > 9))
        raise ValueError(f"reading {name}: row {row + 1} has label {labels[row]}, expected 0 to 9; {NEXT}")
    images = np.ascontiguousarray(table[:, 1:]).reshape(-1, SIDE, SIDE)
    return Digits(images, labels, hashlib.sha256(raw).hexdigest(), Path(name).name)


def load_test(path: str | Path) -> np.ndarray:
    """(N, 28, 28) uint8 pictures of Kaggle's test.csv, which has no labels; from the zip, its folder or the file."""
    name, raw = _read_bytes(Path(path), "test.csv")
    return _parse(name, raw, PIXELS).reshape(-1, SIDE, SIDE)


def _read_bytes(path: Path, member: str) -> tuple[str, bytes]:
    """Name and bytes of the CSV that `path` is or holds."""
    if path.is_dir():
        found = [path / name for name in (member, f"{member}.gz") if (path / name).is_file()]
        if not found:
            raise ValueError(f"reading {path}: the folder has no {member}; {NEXT}")
        path = found[0]
    try:
        raw = path.read_bytes()
        if raw[:2] == b"\x1f\x8b":
            with gzip.open(io.BytesIO(raw)) as stream:
                return str(path), _unpacked(stream, path, len(raw))
        if raw[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                return f"{path}/{member}", _member(archive, path, member, len(raw))
    except FileNotFoundError:
        raise ValueError(f"reading {path}: there is no such file; {NEXT}") from None
    except (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"reading {path}: {_brief(error)}; the file is damaged or cut short, {NEXT}") from error
    return str(path), raw


def _unpacked(stream: IO[bytes], path: Path, packed: int) -> bytes:
    """What a stream unpacks to; a bomb is refused before it is all in memory."""
    parts, size = [], 0
    while part := stream.read(1 << 20):
        parts.append(part)
        size += len(part)
        if size > max(MOST_UNPACKED * packed, 1 << 20):
            raise ValueError(
                f"reading {path}: {packed:,} bytes unpack to more than {MOST_UNPACKED} times as many, which digits do "
                f"not; expected Kaggle's file, {NEXT}"
            )
    return b"".join(parts)


def _member(archive: zipfile.ZipFile, path: Path, member: str, packed: int) -> bytes:
    names = [name for name in archive.namelist() if name.rsplit("/", 1)[-1] in (member, f"{member}.gz")]
    if not names:
        raise ValueError(
            f"reading {path}: got {', '.join(archive.namelist()[:5])[:200]!r}, expected {member} in it; {NEXT}"
        )
    with archive.open(names[0]) as stream:
        if not names[0].endswith(".gz"):
            return _unpacked(stream, path, packed)
        with gzip.open(stream) as inner:
            return _unpacked(inner, path, packed)


def _parse(name: str, raw: bytes, columns: list[str]) -> np.ndarray:
    """(N, columns) uint8 table of a CSV with exactly these columns."""
    if not raw.strip():
        raise ValueError(f"reading {name}: the file is empty, expected a header and rows of numbers; {NEXT}")
    raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    first = raw[:HEADER].split(b"\n", 1)[0]
    header = next(csv.reader([first.decode("utf-8-sig", "replace").strip()]))
    if header != columns:
        differing = next((i for i, (a, b) in enumerate(zip(header, columns, strict=False)) if a != b), None)
        came = (
            f"{len(header)} columns"
            if differing is None
            else f"column {differing + 1} named {header[differing][:40]!r}"
        )
        wanted = f"{len(columns)}, {columns[0]} to {columns[-1]}" if differing is None else repr(columns[differing])
        raise ValueError(f"reading {name}: got {came}, expected {wanted}; is it Kaggle's {Path(name).name}? {NEXT}")
    if raw[len(first) :].translate(None, NUMERIC):  # pandas would take "+5", "1e1" and "0.0" as well
        raise ValueError(_first_bad_row(name, raw, len(columns)) or f"reading {name}: not only numbers; {NEXT}")
    try:
        table = pd.read_csv(io.BytesIO(raw), dtype=np.int32, header=0, names=columns, index_col=False, na_filter=True)
        values = table.to_numpy()
    except (ValueError, OverflowError) as error:  # pandas' parser errors are ValueErrors
        raise ValueError(
            _first_bad_row(name, raw, len(columns)) or f"reading {name}: {_brief(error)}; {NEXT}"
        ) from error
    if len(values) == 0:
        raise ValueError(f"reading {name}: got a header and no rows, expected one row for each picture; {NEXT}")
    outside = (values < 0) | (values > 255)
    short = raw.rstrip().rsplit(b"\n", 1)[-1].count(b",") + 1 != len(columns)
    if outside.any() or short:
        raise ValueError(_first_bad_row(name, raw, len(columns)) or f"reading {name}: values out of 0 to 255; {NEXT}")
    return values.astype(np.uint8)


def _brief(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def _first_bad_row(name: str, raw: bytes, columns: int) -> str | None:
    """What is wrong with the first row that is, in words; None when each has `columns` numbers from 0 to 255."""
    number = 0
    try:
        for number, row in enumerate(csv.reader(io.StringIO(raw.decode("utf-8-sig", "replace")))):
            if number == 0 or not row:
                continue
            if len(row) != columns:
                return f"reading {name}: row {number} has {len(row)} values, expected {columns}; the file is damaged"
            for column, value in enumerate(row):
                text = value.strip()
                if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= 255):
                    return (
                        f"reading {name}: row {number}, column {column + 1} has {value[:20]!r}, "
                        "expected a whole number from 0 to 255"
                    )
    except csv.Error as error:
        return f"reading {name}: after row {number}: {_brief(error)}; the file is damaged"
    return None


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


def download(folder: str | Path) -> Path:
    """Fetch MNIST's 60,000 training digits through torchvision and write them as `folder`/train.csv.

    Raises OSError that says what to do instead when it cannot be fetched.
    """
    from torchvision.datasets import MNIST

    folder = Path(folder)
    try:
        mnist = MNIST(folder, train=True, download=True)
    except (OSError, RuntimeError) as error:
        raise OSError(
            f"downloading MNIST: {str(error).splitlines()[0]}; without internet, copy digit-recognizer.zip from "
            "https://www.kaggle.com/competitions/digit-recognizer/data here and use --data digit-recognizer.zip"
        ) from error
    path = folder / "train.csv"
    write_csv(path, mnist.data.numpy(), mnist.targets.numpy())
    return path
