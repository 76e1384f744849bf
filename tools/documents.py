"""The parts of README and docs/*.md that programs write, between <!-- NAME:start --> and <!-- NAME:end -->."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from model.files import write_text
from tools import ROOT


def documents(root: Path = ROOT) -> list[Path]:
    """README and the documents that stand beside it; the lab log is a diary and is never rewritten."""
    return [root / "README.md", *sorted(path for path in root.glob("docs/*.md") if path.name != "lab-log.md")]


def markers(name: str) -> tuple[str, str]:
    """The two lines that a part stands between."""
    return f"<!-- {name}:start -->", f"<!-- {name}:end -->"


def fill(text: str, parts: Mapping[str, str]) -> str:
    """The text with each of the parts that it has a place for."""
    for name, content in parts.items():
        start, end = markers(name)
        if start in text:
            before, rest = text.split(start)
            text = f"{before}{start}\n{content}\n{end}{rest.split(end)[1]}"
    return text


def rewrite(parts: Mapping[str, str], root: Path = ROOT) -> None:
    """Writes the parts into every document that has a place for them."""
    for path in documents(root):
        before = path.read_text(encoding="utf-8")
        after = fill(before, parts)
        if after != before:
            write_text(path, after)
