"""What `make fuzz` and `make soak` measured: docs/measured.json, and the sentences about it in docs/development.md."""

from __future__ import annotations

import json
import time
from typing import Any

from model.files import write_text
from tools import ROOT
from tools.documents import rewrite

FILE = ROOT / "docs" / "measured.json"


def sentences(measured: dict[str, Any]) -> str:
    """The sentences about both; what was not measured is said to be so."""
    fuzz, soak = measured.get("fuzz"), measured.get("soak")
    lines = ["Nothing has been measured with `make fuzz` yet."]
    if fuzz:
        lines = [
            f"`make fuzz` sent {fuzz['inputs']:,} broken pictures, strokes, requests, CSVs, cards, weights and "
            f"galleries (seed {fuzz['seed']}): **{fuzz['crashes']} crashes**; the slowest took "
            f"{fuzz['slowest_seconds']:.1f} s of one core, and the largest process held "
            f"{fuzz['largest_megabytes']:,} MB."
        ]
    if soak:
        strokes = soak.get("strokes_per_core_second")
        per_core = f"one core answers {strokes} strokes a second; " if strokes else ""
        lines.append(
            f"`make soak` had {soak['visitors']} visitors draw {soak['strokes_per_second']} strokes a second each and "
            f"{soak['uploaders']} upload pages of 12 megapixels for {soak['seconds']} s on {soak['machine']}: "
            f"{soak['strokes']:,} strokes and {soak['pages']:,} pages, **{soak['lost']} lost or mixed up, "
            f"{soak['errors']} errors**; 95% of the strokes were answered within {soak['p95_ms']:,} ms; "
            f"{per_core}the server took {soak['before_mb']:,} MB before and {soak['after_mb']:,} MB after."
        )
    return "\n".join(lines)


def read() -> dict[str, Any]:
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}


def publish(name: str, result: dict[str, Any]) -> None:
    """Put a result into the file and the documents."""
    measured = {**read(), name: {**result, "date": time.strftime("%Y-%m-%d")}}
    write_text(FILE, json.dumps(measured, indent=1) + "\n")
    rewrite({"measured": sentences(measured)})
