"""The templates of styles.txt, read once: digits by style, symbols, and the simple strokes of invented scripts."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from model.synthesis.paths import POINTS, Template, family

STYLES = Path(__file__).with_name("styles.txt")
STROKES_OF_A_GLYPH = 4  # so many simple strokes share the pen points of one drawing
COLUMNS = {"digits": 4, "symbols": 4, "strokes": 3}  # of a line of each section, the paths last


class Library(NamedTuple):
    """digits: the templates of each digit, 0 to 9. symbols: letters, signs and pictures. strokes: simple strokes."""

    digits: tuple[tuple[Template, ...], ...]
    symbols: tuple[Template, ...]
    strokes: tuple[Template, ...]


@cache
def library() -> Library:
    """All that styles.txt holds."""
    return read_styles(STYLES.read_text(encoding="utf-8"))


def read_styles(text: str) -> Library:
    """The templates of a text like styles.txt. Raises ValueError that names the line where it cannot be read."""
    digits: list[list[Template]] = [[] for _ in range(10)]
    others: dict[str, list[Template]] = {"symbols": [], "strokes": []}
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("["):
            section = line[1:].split("]")[0]
        elif line.strip() and not line.startswith("#"):
            try:
                templates = _templates(section, line)
            except ValueError as error:
                raise ValueError(f"styles.txt, line {number}: {error}") from error
            (digits[int(line[0])] if section == "digits" else others[section]).extend(templates)
    if not all([*digits, *others.values()]):
        raise ValueError("styles.txt: got no line for some digit or section, expected ten digits, symbols and strokes")
    return Library(tuple(map(tuple, digits)), tuple(others["symbols"]), tuple(others["strokes"]))


def _templates(section: str, line: str) -> list[Template]:
    if section not in COLUMNS:
        raise ValueError(f"got the section [{section}], expected {', '.join(COLUMNS)}")
    columns = line.split(maxsplit=COLUMNS[section] - 1)
    if len(columns) < COLUMNS[section]:
        raise ValueError(f"got {line[:40]!r}, expected {COLUMNS[section]} columns in [{section}]")
    if section == "digits":
        digit, name, weight, paths = columns
        if digit not in "0123456789" or len(digit) != 1:
            raise ValueError(f"got the digit {digit!r}, expected 0 to 9")
        return family(paths, name, _weight(weight), digit)
    if section == "strokes":
        name, weight, paths = columns
        return family(paths, name, _weight(weight), count=POINTS // STROKES_OF_A_GLYPH)
    name, looks_like, weight, paths = columns
    if looks_like.strip("-0123456789"):
        raise ValueError(f"got that {name} looks like {looks_like!r}, expected digits, or - for none")
    return family(paths, name, _weight(weight), looks_like.strip("-"))


def _weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = -1.0
    if not 0 < weight < 1000:
        raise ValueError(f"got the weight {text!r}, expected a number above 0")
    return weight
