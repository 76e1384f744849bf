"""W3C InkML (2011): traces, and groups of them whose annotation "truth" says what they show, as CROHME writes it."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

Line = list[tuple[float, float]]
TRUTH = ("truth", "label")  # annotation types that say what a group of traces shows


def inkml_symbols(raw: bytes) -> list[tuple[str, list[Line]]]:
    """(label, strokes) of each group that is annotated and holds traces of its own; y points down, as in the file.

    Raises ValueError for XML that is damaged and for points in InkML's difference encoding.
    """
    try:
        root = ElementTree.fromstring(raw)
    except ElementTree.ParseError as error:
        raise ValueError(f"got XML that cannot be read ({error}), expected InkML") from error
    for element in root.iter():
        element.tag = str(element.tag).rpartition("}")[2]  # InkML's namespace is often left out
    order = {name: i for i, name in enumerate(channels(root))}
    traces = {
        one.get("id") or one.get("{http://www.w3.org/XML/1998/namespace}id") or str(number): _points(one, order)
        for number, one in enumerate(root.iter("trace"))
    }
    return [(label, strokes) for group in root.iter("traceGroup") for label, strokes in _symbol(group, traces, order)]


def channels(root: ElementTree.Element) -> list[str]:
    """The names of a point's numbers, X and Y where nothing is said."""
    return [one.get("name", "") for one in root.iter("channel")] or ["X", "Y"]


def _symbol(
    group: ElementTree.Element, traces: dict[str, Line], order: dict[str, int]
) -> Iterator[tuple[str, list[Line]]]:
    """The group's label and strokes, where it is annotated; a group of groups, such as a formula, is not."""
    label = next((one.text for one in group.findall("annotation") if one.get("type") in TRUTH and one.text), None)
    strokes = [_points(one, order) for one in group.findall("trace")]
    views = [view.get("traceDataRef", "").lstrip("#") for view in group.findall("traceView")]
    strokes += [traces[name] for name in views if name in traces]
    strokes = [line for line in strokes if line]
    if label and strokes:
        yield label.strip(), strokes


def _points(trace: ElementTree.Element, order: dict[str, int]) -> Line:
    x, y = order.get("X", 0), order.get("Y", 1)
    points = []
    for one in (trace.text or "").split(","):
        words = one.split()
        if not words:
            continue
        try:
            points.append((float(words[x]), float(words[y])))
        except (ValueError, IndexError):
            raise ValueError(
                f"got the point {one.strip()[:40]!r}, expected plain numbers; write the traces without differences"
            ) from None
    return points
