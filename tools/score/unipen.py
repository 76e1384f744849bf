"""UNIPEN 1.0 (Guyon et al. 1994): labelled segments of pen strokes in a text file of `.KEYWORD`s.

Components, pen down or pen up, are numbered from 0; a `.SEGMENT` names its own as "2", "2-4", "2:5-4:9" (component and
point) or a list of these, or says "?" where its strokes simply follow. The y axis of tablets points up.
"""

from __future__ import annotations

import re

Line = list[tuple[float, float]]

KEYWORD = re.compile(r"^\.([A-Z_0-9]+)(.*?)(?=^\.[A-Z]|\Z)", re.MULTILINE | re.DOTALL)
SEGMENT = re.compile(r'\s*(\S+)\s*(?:([-\d:,\s]+|\?)\s*)?(?:\S+\s+)??"((?:[^"\\]|\\.)*)"')
LEVELS = ("CHARACTER", "DIGIT", "SYMBOL")  # of the hierarchy: what holds one sign


def unipen_segments(text: str) -> list[tuple[str, list[Line]]]:
    """(label, strokes) of each labelled character, y pointing down; those without a stroke are left out."""
    components: list[tuple[bool, Line]] = []  # pen down?, points
    segments: list[tuple[str, str | None, int]] = []  # label, components, how many components came before
    columns = ["X", "Y"]
    for keyword, content in KEYWORD.findall(text.replace("\r\n", "\n")):
        if keyword == "COORD":
            columns = content.split()
        elif keyword in ("PEN_DOWN", "PEN_UP"):
            components.append((keyword == "PEN_DOWN", _points(content, columns)))
        elif keyword == "SEGMENT" and (found := SEGMENT.match(content)) and found[1] in LEVELS:
            segments.append((re.sub(r"\\(.)", r"\1", found[3]), found[2], len(components)))
    ends = [start for _, _, start in segments[1:]] + [len(components)]
    drawn = []
    for (label, which, start), end in zip(segments, ends, strict=True):
        parts = _named(components, which) if which and which != "?" else components[start:end]
        drawn.append((label, [line for down, line in parts if down and line]))
    return [(label, strokes) for label, strokes in drawn if strokes]


def _points(content: str, columns: list[str]) -> Line:
    """The points of one component; lines that are no numbers are left out."""
    x, y = columns.index("X"), columns.index("Y")
    points = []
    for line in content.splitlines():
        words = line.split()
        if len(words) >= len(columns):
            try:
                points.append((float(words[x]), -float(words[y])))
            except ValueError:
                continue
    return points


def _named(components: list[tuple[bool, Line]], which: str) -> list[tuple[bool, Line]]:
    """The components that a delineation names, cut where it names points."""
    parts = []
    for item in re.split(r"[,\s]+", which.strip()):
        first, _, last = item.partition("-")
        start, _, start_point = first.partition(":")
        end, _, end_point = (last or first).partition(":")
        if not start.isdigit() or not end.isdigit():
            continue
        for number in range(int(start), min(int(end) + 1, len(components))):
            down, line = components[number]
            low = int(start_point) if start_point and number == int(start) else 0
            high = int(end_point) + 1 if end_point and number == int(end) and last else len(line)
            parts.append((down, line[low:high]))
    return parts
