"""Programs around the product: each is started by `python -m tools.NAME`, or by a word of the Makefile."""

from __future__ import annotations

import argparse
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INSTALLING = 300  # seconds that pip may take


def command_line(name: str, description: str | None) -> argparse.ArgumentParser:
    """The parser of `python -m tools.NAME`; its --help shows the module's docstring as it is written."""
    return argparse.ArgumentParser(
        prog=f"python -m tools.{name}", description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def environment(name: str, *packages: str) -> Path:
    """The Python of an environment beside the app's that holds these packages, made where it is missing.

    For programs whose requirements would get in the app's way. Raises CalledProcessError without a package index.
    """
    home = Path(sys.prefix) / name
    python = home / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    if not (home / "installed").exists():
        venv.create(home, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, *packages], check=True, capture_output=True, timeout=INSTALLING)
        (home / "installed").touch()
    return python
