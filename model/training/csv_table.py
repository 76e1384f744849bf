"""Kaggle's CSV of pictures -> a checked table of bytes, or a sentence that says how the file differs from it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from model.ink.normalise import SIDE
from model.training.csv_file import NEXT

PIXELS = [f"pixel{i}" for i in range(SIDE * SIDE)]
ROW_BY_COLUMN = [f"{row}x{column}" for row in range(1, SIDE + 1) for column in range(1, SIDE + 1)]  # MNIST in CSV
LABEL = "label"
COLUMNS = {"train.csv": [LABEL, *PIXELS], "test.csv": PIXELS}
HEADER = 100_000  # bytes within which the header ends
NUMERIC = b'0123456789,\r\n "\t'  # all bytes that the rows may have
SAMPLED = 20  # rows that are looked at to name a fault


def parse(name: str, raw: bytes, member: str) -> np.ndarray:
    """(N, columns) uint8 table of a CSV with the columns of train.csv or test.csv, whichever `member` says.

    Raises ValueError that names the file, the row or column, what came and what was expected.
    """
    columns = COLUMNS[member]
    if not raw.strip():
        raise ValueError(f"reading {name}: the file is empty, expected a header and rows of numbers; {NEXT[member]}")
    raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    first = raw[:HEADER].split(b"\n", 1)[0]
    header = next(csv.reader([first.decode("utf-8-sig", "replace").strip()]))
    if header not in (columns, _renamed(columns)):
        raise ValueError(f"reading {name}: {_header_fault(name, header, member)}")
    if raw[len(first) :].translate(None, NUMERIC):  # pandas would take "+5", "1e1" and "0.0" as well
        raise ValueError(_fault(name, raw, columns) or f"reading {name}: not only numbers; {NEXT[member]}")
    try:
        table = pd.read_csv(io.BytesIO(raw), dtype=np.int32, header=0, names=columns, index_col=False, na_filter=True)
        values = table.to_numpy()
    except (ValueError, OverflowError) as error:  # pandas' parser errors are ValueErrors
        raise ValueError(
            _fault(name, raw, columns) or f"reading {name}: {' '.join(str(error).split())[:200]}; {NEXT[member]}"
        ) from error
    if len(values) == 0:
        raise ValueError(f"reading {name}: got a header and no rows, expected one row for each picture; {NEXT[member]}")
    outside = (values < 0) | (values > 255)
    short = raw.rstrip().rsplit(b"\n", 1)[-1].count(b",") + 1 != len(columns)
    if outside.any() or short:
        raise ValueError(_fault(name, raw, columns) or f"reading {name}: values out of 0 to 255; {NEXT[member]}")
    return values.astype(np.uint8)


def _renamed(columns: Sequence[str]) -> list[str]:
    """The same columns as another well-known CSV of MNIST names them."""
    return [*columns[: -len(PIXELS)], *ROW_BY_COLUMN]


def _header_fault(name: str, header: list[str], member: str) -> str:
    """What a header is that is not the expected one, and what to do."""
    columns = COLUMNS[member]
    pixels = (PIXELS, ROW_BY_COLUMN)
    if member == "train.csv" and header in pixels:
        return "this looks like Kaggle's test.csv, which has no labels; give train.csv or the zip"
    if member == "test.csv" and header[:1] == [LABEL] and header[1:] in pixels:
        return "this has labels, like Kaggle's train.csv; give test.csv or the zip"
    if header[1:] in (columns, _renamed(columns)):
        return f"its first column {_shown(header[0])} is an index; write it without: to_csv(…, index=False)"
    if header[-1:] == [LABEL] and header[:-1] in pixels:
        return "its labels are the last column, expected them to be the first; move the column"
    if len(header) == 1 and header[0].count(";") >= len(PIXELS) - 1:
        return "its values are separated by semicolons, expected commas; save it again with commas"
    if len(header) == 1 and header[0].count("\t") >= len(PIXELS) - 1:
        return "its values are separated by tabs, expected commas; save it again with commas"
    if len(header) > 1 and all(_is_number(value) for value in header):
        emnist = " EMNIST's pictures are also transposed: turn each with reshape(28, 28).T." if _is_emnist(name) else ""
        return f"its first row is numbers; expected the header {columns[0]}, … {columns[-1]} above them.{emnist}"
    differing = next((i for i, (a, b) in enumerate(zip(header, columns, strict=False)) if a != b), None)
    if differing is None:
        came, wanted = f"{len(header)} columns", f"{len(columns)}, {columns[0]} to {columns[-1]}"
    else:
        came, wanted = f"column {differing + 1} named {_shown(header[differing])}", repr(columns[differing])
    return f"got {came}, expected {wanted}; is it Kaggle's {member}? {NEXT[member]}"


def _shown(text: str) -> str:
    """A name from the file, or in words what it is instead of a name."""
    return repr(text[:40]) if text.isprintable() and "\ufffd" not in text else "with bytes that are no text"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_emnist(name: str) -> bool:
    return "emnist" in name.lower()


def _fault(name: str, raw: bytes, columns: list[str]) -> str | None:
    """What is wrong with the rows, in words; None when each has `columns` numbers from 0 to 255."""
    rows = io.StringIO(raw.decode("utf-8-sig", "replace"))
    return _fractions(name, raw, len(columns)) or _first_bad_row(name, csv.reader(rows), len(columns))


def _fractions(name: str, raw: bytes, columns: int) -> str | None:
    """Pixels from 0 to 1, as programs scale them before they train."""
    lines = raw[: 10 * HEADER].decode("utf-8", "replace").split("\n")[1 : SAMPLED + 1]
    rows = [line.split(",") for line in lines if line.count(",") == columns - 1]
    pixels = [value for row in rows for value in row[-len(PIXELS) :]]
    if any("." in value for value in pixels) and all(_is_number(v) and 0 <= float(v) <= 1 for v in pixels):
        return f"reading {name}: its pixels go from 0 to 1, expected whole numbers from 0 to 255; multiply them by 255"
    return None


def _first_bad_row(name: str, rows: Iterable[list[str]], columns: int) -> str | None:
    number = 0
    try:
        for number, row in enumerate(rows):
            if number == 0 or not row:
                continue
            if len(row) != columns:
                return f"reading {name}: row {number} has {len(row)} values, expected {columns}; the file is damaged"
            for column, value in enumerate(row):
                text = value.strip()
                if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= 255):
                    return (
                        f"reading {name}: row {number}, column {column + 1} has {_shown(value[:20])}, "
                        "expected a whole number from 0 to 255"
                    )
    except csv.Error as error:
        return f"reading {name}: after row {number}: {' '.join(str(error).split())[:200]}; the file is damaged"
    return None
