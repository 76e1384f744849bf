"""What `make fuzz` and `make soak` measured: docs/measured.json, and the sentences about it in README.md."""

from __future__ import annotations

import json
import time
from typing import Any

from model.files import write_text
from tools import ROOT

FILE = ROOT / "docs" / "measured.json"
START, END = "<!-- measured:start -->", "<!-- measured:end -->"


def sentences(measured: dict[str, Any]) -> str:
    """What stands between the two markers of README.md; what was not measured is said to be so."""
    fuzz, soak = measured.get("fuzz"), measured.get("soak")
    lines = ["Nothing has been measured with `make fuzz` yet."]
    if fuzz:
        lines = [
            f"`make fuzz` sent {fuzz['inputs']:,} broken pictures, strokes, requests, CSVs, cards, weights, galleries "
            f"(by {fuzz['engine']}, seed {fuzz['seed']}): **{fuzz['crashes']} crashes**, the slowest took "
            f"{fuzz['slowest_seconds']:.1f} s of one core, the largest process {fuzz['largest_megabytes']:,} MB."
        ]
    if soak:
        lines.append(
            f"`make soak` had {soak['visitors']} visitors draw {soak['strokes_per_second']} strokes a second each and "
            f"{soak['uploaders']} upload pages of 12 megapixels for {soak['seconds']} s on {soak['machine']}: "
            f"{soak['strokes']:,} strokes and {soak['pages']:,} pages, **{soak['lost']} lost or mixed up, "
            f"{soak['errors']} errors**; 95 % of the strokes were answered within {soak['p95_ms']:,} ms; the server "
            f"took {soak['before_mb']:,} MB before and {soak['after_mb']:,} MB after."
        )
    return "\n".join([START, *lines, END])


def fill(readme: str, measured: dict[str, Any]) -> str:
    """The README with these figures."""
    before, rest = readme.split(START)
    return before + sentences(measured) + rest.split(END)[1]


def read() -> dict[str, Any]:
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}


def publish(name: str, result: dict[str, Any]) -> None:
    """Put a result into the file and the README."""
    measured = {**read(), name: {**result, "date": time.strftime("%Y-%m-%d")}}
    write_text(FILE, json.dumps(measured, indent=1) + "\n")
    readme = ROOT / "README.md"
    write_text(readme, fill(readme.read_text(encoding="utf-8"), measured))
