"""Corrections: what a visitor says was read wrong, kept as lines of JSON that are only ever appended.

Each process appends to a file of its own in the folder, one line and one fsync for each correction, so a kill -9 or a
power cut costs at most the line being written, and several processes never write into one another's lines. A line
that is cut off (nothing ends it) is skipped when read, and the next one begins on a line of its own.
"""

from __future__ import annotations

import base64
import binascii
import errno
import json
import logging
import math
import os
import secrets
import threading
import time
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from model.ink.normalise import SIDE
from model.network import CLASSES

FOLDER = Path(__file__).resolve().parents[2] / "corrections"
SOURCES = ("draw", "photo", "program")
LIMIT = 20_000_000  # bytes of a whole folder, about 15,000 corrections
UPLOAD_MINUTES = 5
RETRY = 60  # seconds before an upload that did not begin is tried again

log = logging.getLogger(__name__)


class NotStored(Exception):
    """A correction could not be stored; str() is a sentence that says why, and what was not harmed."""


@dataclass(frozen=True, eq=False)
class Correction:
    """One thing that was read, and what it is. Raises ValueError when a value is not what is said here."""

    picture: np.ndarray  # (28, 28) uint8, ink bright on 0: what the network saw
    read: int | None  # the digit that was read; None when it was refused as no digit
    correct: int | None  # the digit that it is; None when it is no digit
    probabilities: tuple[float, ...]  # ten, calibrated, sum 1
    is_digit: float  # 0..1, how sure the reading was that this is a digit
    source: str  # one of SOURCES
    time: str  # UTC, ISO 8601

    def __post_init__(self) -> None:
        for name, good, expected in self._rules():
            if not good:
                value = getattr(self, name)
                came = f"{value.dtype} of shape {value.shape}" if isinstance(value, np.ndarray) else repr(value)
                raise ValueError(f"correcting a reading: got {name} {came:.80}, expected {expected}")

    def _rules(self) -> list[tuple[str, bool, str]]:
        """Name of a field, whether its value is good, and what is expected of it."""
        p = self.probabilities
        shares = len(p) == CLASSES and all(_is_share(one) for one in p) and abs(sum(p) - 1) < 1e-3
        return [
            ("picture", self.picture.shape == (SIDE, SIDE) and self.picture.dtype == np.uint8, "28×28 uint8"),
            ("read", _is_digit_or_none(self.read), "a digit from 0 to 9 or nothing"),
            ("correct", _is_digit_or_none(self.correct), "a digit from 0 to 9, or nothing for no digit"),
            ("probabilities", shares, "ten of sum 1"),
            ("is_digit", _is_share(self.is_digit), "a number from 0 to 1"),
            ("source", self.source in SOURCES, f"one of {', '.join(SOURCES)}"),
            ("time", _is_time(self.time), "a time such as 2026-01-31T12:00:00+00:00"),
        ]


def now() -> str:
    """The time in UTC, ISO 8601, to the microsecond."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _is_digit_or_none(value: Any) -> bool:
    return value is None or (type(value) is int and 0 <= value <= 9)


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and 0 <= value <= 1


def _is_time(value: Any) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


# ---- writing ----


class Store:
    """A folder of corrections, for one process. `add` may be called by several threads at once.

    `everywhere`: kept on a public host as well. `dataset` and `token`: also uploaded to this Hugging Face dataset.
    """

    def __init__(
        self,
        folder: str | Path = FOLDER,
        *,
        limit: int = LIMIT,
        everywhere: bool = False,
        dataset: str | None = None,
        token: str | None = None,
    ) -> None:
        self.folder, self.limit, self.everywhere = Path(folder), limit, everywhere
        self.dataset, self._token = dataset, token
        self._lock = threading.Lock()
        self._own: tuple[int, str] = (-1, "")  # process id, and the name of the file that it appends to
        self._scheduler: Any = None
        self._next_try = -math.inf

    def size(self) -> int:
        """Bytes of all corrections in the folder, those of other processes included."""
        sizes = 0
        for path in self.folder.glob("*.jsonl"):
            with suppress(OSError):  # moved away meanwhile
                sizes += path.stat().st_size
        return sizes

    def add(self, correction: Correction) -> str:
        """Store a correction; when this returns, it is on the disk. Returns a sentence that says where it is.

        Raises NotStored when the folder is full, the disk is, or nothing can be written; what was there is intact.
        """
        line = _line(correction)
        with self._lock:
            size = self.size()
            if size + len(line) > self.limit:
                raise NotStored(
                    f"Not stored: the folder {self.folder.name} holds {size / 1e6:.1f} MB of corrections, "
                    f"and {self.limit / 1e6:.0f} MB are the limit. Train with them and move them elsewhere."
                )
            with self._scheduler.lock if self._scheduler else nullcontext():
                self._append(line)
            return self._upload()

    def _append(self, line: bytes) -> None:
        path = self._own_file()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with path.open("ab+", buffering=0) as file:
                _write_line(file, line)
        except OSError as error:
            log.warning("storing a correction in %s: %s", path, error)
            raise NotStored(_why_not(error, f"{self.folder.name}/{path.name}", len(line))) from error

    def _own_file(self) -> Path:
        """The file that this process appends to."""
        if self._own[0] != os.getpid():
            began = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
            self._own = os.getpid(), f"corrections-{began}-{os.getpid()}-{secrets.token_hex(2)}.jsonl"
        return self.folder / self._own[1]

    def _upload(self) -> str:
        """Begin uploading, once: the first correction does it, as it needs the network. Returns what to say."""
        if self.dataset is None:
            return "Stored."
        if self._scheduler is None and time.monotonic() >= self._next_try:
            try:
                self._scheduler = self._new_scheduler()
            except Exception as error:  # the network, the token, the name: the library raises many kinds
                log.warning("uploading corrections to the dataset %s: %s; trying again later", self.dataset, error)
                self._next_try = time.monotonic() + RETRY
        if self._scheduler is None:
            return f"Stored on this server. The dataset {self.dataset} cannot be reached now; it is tried again later."
        return f"Stored; it will be in the dataset {self.dataset} within {UPLOAD_MINUTES} minutes."

    def _new_scheduler(self) -> Any:
        from huggingface_hub import CommitScheduler  # slow to import, and most pages need none

        return CommitScheduler(
            repo_id=self.dataset or "",
            repo_type="dataset",
            folder_path=self.folder,
            every=UPLOAD_MINUTES,
            private=True,
            token=self._token,
            allow_patterns="*.jsonl",
        )


def _why_not(error: OSError, where: str, needed: int) -> str:
    """A sentence for the visitor: a line of `needed` bytes could not be written to the file `where`."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"Not stored: the disk is full, and {where} needs {needed:,} bytes more. "
            "What was stored before is intact. Free some space and try again."
        )
    return f"Not stored: {where} cannot be written ({error.strerror or error}). What was stored before is intact."


def _line(correction: Correction) -> bytes:
    values = {
        "time": correction.time,
        "source": correction.source,
        "read": correction.read,
        "correct": correction.correct,
        "is_digit": round(correction.is_digit, 6),
        "probabilities": [round(p, 6) for p in correction.probabilities],
        "picture": base64.b64encode(correction.picture.tobytes()).decode(),
    }
    return json.dumps(values).encode() + b"\n"


def _write_line(file: Any, line: bytes) -> None:
    """Append `line` to an unbuffered file, whole and on the disk, or not at all."""
    end = file.seek(0, os.SEEK_END)
    if end:
        file.seek(end - 1)
        if file.read(1) != b"\n":  # a line that was cut off: it is left alone
            line = b"\n" + line
    try:
        rest = memoryview(line)
        while rest:
            rest = rest[file.write(rest) :]
        os.fsync(file.fileno())
    except OSError:
        with suppress(OSError):
            file.truncate(end)
        raise


# ---- reading ----


def load(folder: str | Path) -> tuple[list[Correction], list[str]]:
    """The corrections of a folder, oldest first, and a sentence for each line that cannot be read.

    The last line of a file counts for nothing while nothing ends it: it was cut off, or is being written.
    A folder that is not there holds none. Raises OSError when a file cannot be opened.
    """
    found, damaged = [], []
    for path in sorted(Path(folder).glob("*.jsonl")):
        for number, line in enumerate(path.read_bytes().split(b"\n")[:-1], 1):
            if not line.strip():
                continue
            try:
                found.append(_from_line(line))
            except ValueError as error:
                damaged.append(f"{path}, line {number}: {error}")
    return sorted(found, key=lambda one: datetime.fromisoformat(one.time)), damaged


def _from_line(line: bytes) -> Correction:
    try:
        values = json.loads(line)
        raw = base64.b64decode(values["picture"], validate=True)
        if len(raw) != SIDE * SIDE:
            raise ValueError(f"a picture of {len(raw)} bytes, expected {SIDE * SIDE}")
        return Correction(
            picture=np.frombuffer(raw, np.uint8).reshape(SIDE, SIDE),
            read=values["read"],
            correct=values["correct"],
            probabilities=tuple(values["probabilities"]),
            is_digit=values["is_digit"],
            source=values["source"],
            time=values["time"],
        )
    except KeyError as error:
        raise ValueError(f"{error.args[0]} is missing") from error
    except (TypeError, UnicodeDecodeError, binascii.Error, json.JSONDecodeError) as error:
        raise ValueError(f"no JSON of a correction ({error})") from error
