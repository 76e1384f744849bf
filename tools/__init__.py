"""Programs around the product: each is started by `python -m tools.NAME`, or by a word of the Makefile."""

from __future__ import annotations

import argparse
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def command_line(name: str, description: str | None) -> argparse.ArgumentParser:
    """The parser of `python -m tools.NAME`; its --help shows the module's docstring as it is written."""
    return argparse.ArgumentParser(
        prog=f"python -m tools.{name}", description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
