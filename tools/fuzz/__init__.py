"""Fuzz targets: every entry point that takes what others send. Used by the tests and by `make fuzz`.

A target has a corpus of valid and hostile inputs; `mutate` breaks them further. What it may answer is stated here once:
a reading, or a sentence without a traceback and without a path of the server. Anything else raises.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

SECRETS = re.compile(r"Traceback|site-packages|/usr/|/\w+\.py\b| at 0x[0-9a-f]{6,}")


@dataclass(frozen=True)
class Target:
    """One entry point. `enter` returns the sentence that refused an input, or None when it was read; else it raises."""

    corpus: tuple[bytes, ...]
    enter: Callable[[bytes], str | None]


def sentence(text: str, *secret: str) -> str:
    """`text`, when a person may read it: one short line, no traceback, none of the `secret` paths."""
    assert text.strip() and "\n" not in text and len(text) < 1000, f"no sentence: {text[:300]!r}"
    found = SECRETS.search(text)
    assert not found and not any(path in text for path in secret), f"says too much: {text[:300]!r}"
    return text
