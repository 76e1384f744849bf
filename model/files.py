"""Writing files so that a crash, a full disk or a kill leaves the old ones intact."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

SWITCH = ".switch"  # stands in a folder while several of its files are being replaced together


@contextmanager
def atomic(path: str | Path, needed: int | None = None) -> Iterator[Path]:
    """A temporary name beside `path` to write to; renamed to it at the end, removed when anything fails.

    Raises OSError that names the file and how many bytes it needs, where the caller knows, when the disk is full.
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
            temporary.unlink(missing_ok=True)
            wants = f"more than the {written:,} bytes that fitted" if needed is None else f"{needed:,} bytes"
            free = shutil.disk_usage(path.parent).free
            raise OSError(
                errno.ENOSPC,
                f"writing {path}: the disk is full: it needs {wants}, {free:,} are free; "
                "the old file is intact. Free some space and run it again",
            ) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write `text` as UTF-8, all or nothing."""
    data = text.encode()
    with atomic(path, len(data)) as temporary:
        temporary.write_bytes(data)


def replace_together(folder: str | Path, sources: Sequence[Path]) -> None:
    """Copy `sources` into `folder`, all or none. What a kill leaves half done, the next call ends."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    finish(folder)
    for source in sources:
        with atomic(folder / f".{source.name}.new", source.stat().st_size) as temporary:
            shutil.copyfile(source, temporary)
    write_text(folder / SWITCH, "\n".join(source.name for source in sources))  # from here on the new ones count
    finish(folder)


def finish(folder: str | Path) -> None:
    """End a `replace_together` that was killed after all its copies had been written; else do nothing."""
    switch = Path(folder) / SWITCH
    if not switch.exists():
        return
    for name in switch.read_text(encoding="utf-8").splitlines():
        with contextlib.suppress(FileNotFoundError):  # renamed before the kill
            (switch.parent / f".{Path(name).name}.new").replace(switch.parent / Path(name).name)
    switch.unlink(missing_ok=True)


def current(path: Path) -> Path:
    """The file that counts as `path`: its new copy where a `replace_together` was killed in the middle."""
    new = path.with_name(f".{path.name}.new")
    return new if (path.parent / SWITCH).exists() and new.exists() else path
