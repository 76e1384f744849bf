"""What the machine that serves the page needs to be told, before Gradio is imported or launched."""

from __future__ import annotations

import ctypes
import os
import stat
import tempfile
from collections.abc import MutableMapping
from contextlib import suppress
from pathlib import Path

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def temporary_folder() -> str:
    """A folder for uploads that this user can write to and nobody else.

    Gradio's own, /tmp/gradio, belongs to whoever started it first on the machine.
    """
    user = os.getuid() if hasattr(os, "getuid") else 0
    folder = Path(tempfile.gettempdir()) / f"digit-reader-{user}"
    with suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        own = not hasattr(os, "getuid") or found.st_uid == user
        if stat.S_ISDIR(found.st_mode) and own and os.access(folder, os.W_OK | os.X_OK):
            return str(folder)
    return tempfile.mkdtemp(prefix="digit-reader-")


def exempt_loopback(environment: MutableMapping[str, str]) -> None:
    """Keep requests to this machine away from a proxy: at its launch Gradio asks itself whether it answers."""
    names = ("no_proxy", "NO_PROXY")
    given = next((environment[name] for name in names if environment.get(name)), "")
    exempt = [host for host in (part.strip() for part in given.split(",")) if host]
    exempt += [host for host in LOOPBACK if host not in exempt]
    for name in names:
        environment[name] = ",".join(exempt)


def return_memory() -> None:
    """Make glibc give the memory of photos back as soon as they are read; elsewhere it does nothing."""
    M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # of malloc.h
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(M_MMAP_THRESHOLD, 1 << 19)
        libc.mallopt(M_ARENA_MAX, 2)
