"""The bytes of a CSV: plain, compressed, in a zip or in a folder. Other files are named for what they are."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from pathlib import Path
from typing import IO

MOST_UNPACKED = 100  # times the compressed size: digits expand about ten times, zip bombs a thousand times
WHERE = "download digit-recognizer.zip from https://www.kaggle.com/competitions/digit-recognizer/data"
NEXT = {"train.csv": f"{WHERE} or run python train.py --download", "test.csv": WHERE}  # --download has no test.csv
ZIP = "digit-recognizer.zip"
FOREIGN = (  # how a file begins, what it is, what to do
    (b"\xfd7zXZ", "is packed with xz", "unpack it first: xz -d FILE"),
    (b"BZh", "is packed with bzip2", "unpack it first: bzip2 -d FILE"),
    (b"7z\xbc\xaf", "is a 7z archive", "unpack it first: 7z x FILE"),
    (b"\x28\xb5\x2f\xfd", "is packed with zstd", "unpack it first: zstd -d FILE"),
    (b"\0\0\x08", "is in MNIST's own idx format", "python train.py --download fetches MNIST and writes it as a CSV"),
    (b"PAR1", "is a Parquet file", "write it as a CSV: pandas.read_parquet(FILE).to_csv('train.csv', index=False)"),
    (b"\xff\xfe", "is text in UTF-16", "save it again as UTF-8"),
    (b"\xfe\xff", "is text in UTF-16", "save it again as UTF-8"),
    (b"\x93NUMPY", "is a NumPy array", "write it as a CSV with the columns label, pixel0 to pixel783"),
    (b"\x89PNG", "is a picture", "python -m model reads pictures"),
    (b"\xff\xd8\xff", "is a picture", "python -m model reads pictures"),
    (b"%PDF", "is a PDF", "give the CSV"),
    (b"<", "is a web page", "download it again; Kaggle wants you to be logged in"),
)


def read_bytes(path: Path, member: str) -> tuple[str, bytes]:
    """Name and bytes of the CSV that `path` is or holds; `member` is its name, train.csv or test.csv.

    Raises ValueError that names the file, what it is and what to do.
    """
    if path.is_dir():
        path = _inside(path, member)
    try:
        raw = path.read_bytes()
        if raw[:2] == b"\x1f\x8b":
            with gzip.open(io.BytesIO(raw)) as stream:
                return _checked(str(path), _unpacked(stream, path, len(raw), member))
        if raw[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                return _checked(f"{path}/{member}", _member(archive, path, member, len(raw)))
    except FileNotFoundError:
        raise ValueError(f"reading {path}: there is no such file; {NEXT[member]}") from None
    except (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        said = " ".join(str(error).split())[:200]
        raise ValueError(f"reading {path}: {said}; the file is damaged or cut short, {NEXT[member]}") from error
    return _checked(str(path), raw)


def _inside(folder: Path, member: str) -> Path:
    """The CSV, or the archive with it, in a folder or one of its own folders."""
    names = (member, f"{member}.gz", f"{member}.zip", ZIP)
    for place in (folder, *sorted(path for path in folder.iterdir() if path.is_dir())):
        for name in names:
            if (place / name).is_file():
                return place / name
    raise ValueError(f"reading {folder}: the folder has no {member}, and no {ZIP}; {NEXT[member]}")


def _checked(name: str, raw: bytes) -> tuple[str, bytes]:
    """The bytes, unless they are no CSV that can be read."""
    for start, what, advice in FOREIGN:
        if raw.startswith(start):
            raise ValueError(f"reading {name}: the file {what}, expected a CSV; {advice}")
    return name, raw


def _unpacked(stream: IO[bytes] | gzip.GzipFile, path: Path, packed: int, member: str) -> bytes:
    """What a stream unpacks to; a bomb is refused before it is all in memory."""
    parts, size = [], 0
    while part := stream.read(1 << 20):
        parts.append(part)
        size += len(part)
        if size > max(MOST_UNPACKED * packed, 1 << 20):
            raise ValueError(
                f"reading {path}: {packed:,} bytes unpack to more than {MOST_UNPACKED} times as many, which digits do "
                f"not; expected Kaggle's file, {NEXT[member]}"
            )
    return b"".join(parts)


def _member(archive: zipfile.ZipFile, path: Path, member: str, packed: int) -> bytes:
    listed = archive.namelist()
    names = [name for name in listed if name.rsplit("/", 1)[-1] in (member, f"{member}.gz")]
    if not names:
        came = "an Excel workbook" if "xl/workbook.xml" in listed else repr(", ".join(listed[:5])[:200])
        raise ValueError(f"reading {path}: got {came}, expected {member} in it; {NEXT[member]}")
    with archive.open(names[0]) as stream:
        if not names[0].endswith(".gz"):
            return _unpacked(stream, path, packed, member)
        with gzip.open(stream) as inner:
            return _unpacked(inner, path, packed, member)
