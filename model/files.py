"""Writing files so that a crash, a full disk or a kill leaves the old ones intact."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """A temporary name beside `path` to write to; renamed to it at the end, removed when anything fails.

    Raises OSError that names the file, and how much was written, when the disk is full.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            written = temporary.stat().st_size if temporary.exists() else 0
            raise OSError(
                errno.ENOSPC,
                f"writing {path}: the disk is full after {written:,} bytes; the old file is intact. "
                "Free some megabytes and run it again",
            ) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write `text` as UTF-8, all or nothing."""
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
