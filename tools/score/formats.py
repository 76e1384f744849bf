"""Sets of drawings as the field keeps them, all as `Sample`s: strokes, or a small raster, with what they show.

JSON lines (`.jsonl`, `.ndjson`), one drawing a line: {"label": "7", "strokes": [[[x, y], …], …], "writer": "…"}, or as
Quick, Draw! has them, {"word": …, "drawing": [[[x, …], [y, …]], …], "key_id": …}; UNIPEN (`.dat`, `.unipen`, `.tra`,
`.tes`, or without a suffix); W3C InkML (`.inkml`); any of them gzipped (`.gz`); NumPy archives (`.npz`) of rasters;
folders of these; and folders of pictures, FOLDER/<digit>/*.
"""

from __future__ import annotations

import gzip
import json
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tools.score.canvas import Strokes
from tools.score.inkml import inkml_symbols
from tools.score.unipen import unipen_segments

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".heic")
LINES = (".jsonl", ".ndjson")
UNIPEN = (".dat", ".unipen", ".unp", ".tra", ".tes")
INKML = (".inkml",)


@dataclass(frozen=True, eq=False)
class Sample:
    """One drawing of a set; exactly one of `strokes`, `raster` and `picture` is there."""

    label: str  # what it shows, "0" to "9" for digits
    name: str  # the writer where the data name one, else the drawing: the halves are drawn by it
    strokes: Strokes | None = None
    box: tuple[float, float] | None = None  # (width, height) of the pad in the strokes' unit, where it is known
    raster: np.ndarray | None = None  # (h, w) uint8
    picture: Path | None = None  # a file


def load_set(path: Path) -> list[Sample]:
    """The drawings of a file or folder, in its own order. Raises ValueError that names the file and what is wrong."""
    if path.is_dir():
        labelled = list(_labelled_pictures(path))
        return labelled or [one for file in sorted(path.rglob("*")) if is_ink(file) for one in _ink(file)]
    try:
        return _rasters(path) if suffix(path) == ".npz" else list(_ink(path))
    except FileNotFoundError:
        raise ValueError(f"scoring {path}: there is no such file or folder; check the path") from None
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise ValueError(f"scoring {path}: {type(error).__name__}; the file is damaged or cut short") from error


def suffix(path: Path) -> str:
    """What the name ends with, `.gz` left out, in lower case: "a.jsonl.gz" -> ".jsonl"."""
    inner = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    return inner.suffix.lower()


def is_ink(path: Path) -> bool:
    """Whether a file is InkML or UNIPEN, which some sets write without a suffix."""
    if suffix(path) or not path.is_file():
        return suffix(path) in UNIPEN + INKML
    with path.open("rb") as file:
        return b".SEGMENT" in file.read(100_000)


def set_name(path: Path) -> str:
    """What a set is called in the report: "data/uji.jsonl.gz" -> "uji"."""
    return path.resolve().name if path.is_dir() else path.name.split(".")[0]


def _labelled_pictures(folder: Path) -> Iterator[Sample]:
    for digit in "0123456789":
        for path in sorted((folder / digit).glob("*")):
            if path.suffix.lower() in PICTURES:
                yield Sample(digit, path.relative_to(folder).as_posix(), picture=path)


def _ink(path: Path) -> Iterator[Sample]:
    """The drawings of a file of strokes."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix.lower() == ".gz" else path.read_bytes()
    kind = suffix(path)
    if kind in LINES:
        yield from _json_lines(path, raw)
    elif kind in UNIPEN or (not kind and is_ink(path)):
        for label, strokes in unipen_segments(raw.decode("latin-1")):
            yield Sample(label, path.name, strokes)
    elif kind in INKML:
        try:
            for label, strokes in inkml_symbols(raw):
                yield Sample(label, path.name, strokes)
        except ValueError as error:
            raise ValueError(f"scoring {path}: {error}") from error
    else:
        known = ", ".join(LINES + UNIPEN + INKML)
        raise ValueError(f"scoring {path}: got {kind or 'no suffix'}, expected {known}, .npz or a folder of pictures")


def _json_lines(path: Path, raw: bytes) -> Iterator[Sample]:
    rows = [line for line in raw.decode("utf-8", "replace").splitlines() if line.strip()]
    for number, line in enumerate(rows):
        try:
            yield _from_row(json.loads(line), number)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ValueError(
                f'scoring {path}: line {number + 1} is not {{"label": …, "strokes": [[[x, y], …], …]}} '
                f"({type(error).__name__})"
            ) from error


def _from_row(row: dict[str, Any], number: int) -> Sample:
    if "drawing" in row:
        strokes = [list(zip(stroke[0], stroke[1], strict=True)) for stroke in row["drawing"]]
        return Sample(str(row["word"]), str(row.get("key_id") or number), strokes)
    box = row.get("box")
    place = (float(box[0]), float(box[1])) if box else None
    return Sample(str(row["label"]), str(row.get("writer") or number), row["strokes"], place)


def _rasters(path: Path) -> list[Sample]:
    """x: (N, h, w) uint8; y or label: what they show."""
    try:
        archive = np.load(path, allow_pickle=False)
    except ValueError as error:  # neither an archive nor an array: numpy would unpickle it
        raise ValueError(f"scoring {path}: got no NumPy archive; the file is damaged or cut short") from error
    with archive as arrays:
        if "x" not in arrays or not {"y", "label"} & set(arrays.files):
            raise ValueError(f"scoring {path}: got arrays {arrays.files}, expected x (N, h, w) uint8 and y or label")
        images, labels = arrays["x"], arrays["y" if "y" in arrays.files else "label"].tolist()
    if images.ndim != 3 or images.dtype != np.uint8 or len(images) != len(labels):
        raise ValueError(
            f"scoring {path}: got x of {images.dtype} {images.shape} for {len(labels)} labels, expected uint8 (N, h, w)"
        )
    return [Sample(str(label), f"{path.name}{i}", raster=images[i]) for i, label in enumerate(labels)]
