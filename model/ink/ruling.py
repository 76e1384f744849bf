"""Ruled lines, grids and frames, taken out of the ink without breaking the strokes that cross them.

A line is straight, nearly level or upright, and nothing but its surroundings tells it from
the straight strokes of digits. It is long compared with the writing, or one of many parallel ones, or both of its
ends meet the picture's border or another line and it goes beyond all writing beside it at both ends: no stroke of a
4, 5, 7 or 9 does. It is found by morphological openings of the sheared picture; what is thicker across the line than
the line itself is a stroke that crosses it, and stays.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Rules:
    """What a line is. Lengths are shares of what the comment names; a digit's height is the typical one."""

    length: float = 3.2  # times a digit's height: longer straight strokes are lines
    thick: float = 0.3  # times a digit's height: half of a line's columns hold less ink, and of a row of letters more
    solid: float = 0.9  # of what lies between the upper and lower edge of a thick line is ink; of letters less
    written: float = 0.1  # of all ink: what looks like writing says how high writing is when it is more than that
    bare: float = 0.25  # of a line's length that no stroke lies on, at least
    darker: float = 1.6  # times a line's darkness: ink of another pen
    shortest: float = 0.45  # of the picture's shorter side: shorter strokes are not looked at
    angles: range = range(-14, 15, 2)  # degrees
    coarse: int = 800  # pixels: the longest side at which lines are looked for
    stout: float = 0.15  # of its length: what is thicker is no line
    fine: float = 0.04  # of its length: what is thinner than that where no stroke lies on it may be a line in any case
    reach: float = 0.1  # of a line's length: an end so near another line or the picture's border meets it
    tall: float = 0.25  # of a line's length: what is smaller may lie anywhere beside it
    well_beyond: float = 0.12  # of a line's length by which it goes beyond the writing that touches it


RULES = Rules()


@dataclass(eq=False)
class Segment:
    """A straight stroke near the horizontal, in the coarse picture as it lies (a vertical one in its transpose).

    band: (height, width) uint8 mask of it within its box.
    """

    left: int
    top: int
    band: np.ndarray

    @property
    def length(self) -> int:
        return int(self.band.shape[1])

    @property
    def window(self) -> tuple[slice, slice]:
        height, width = self.band.shape
        return slice(self.top, self.top + height), slice(self.left, self.left + width)

    def ends(self) -> list[tuple[int, int]]:
        """(x, y) of both ends."""
        return [(self.left + x, self.top + int(np.flatnonzero(self.band[:, x]).mean())) for x in (0, self.length - 1)]


def without_lines(ink: np.ndarray, darkness: np.ndarray, faintest: float, boldly: bool = False) -> np.ndarray:
    """(H, W) float32 ink without lines.

    darkness: (H, W) float32, the share of the paper's light that is missing; lines are looked for from `faintest` on.
    boldly: whether what only may be a line is taken out too: a straight stroke from edge to edge.
    """
    mask = (ink >= 0.5).view(np.uint8)
    height = _writing_height(mask)
    marked = _large((darkness > faintest).view(np.uint8) | mask, _shortest(mask.shape, height))
    if not marked.any():
        return ink
    factor = min(1.0, RULES.coarse / max(mask.shape))
    small, small_ink = (_shrunk(array, factor) for array in (marked, mask))
    segments = [
        _segments(array, _shortest(array.shape, height * factor)) for array in (small, np.ascontiguousarray(small.T))
    ]
    kept = _lines(segments, small_ink, height * factor)
    if boldly:
        kept = [
            [s for s in found if s in kept[k] or _crosses(s, small.shape[1 - k])] for k, found in enumerate(segments)
        ]
    lines = np.zeros_like(mask)
    for number, found in enumerate(kept):
        mine, ink_of, marked_of, dark_of = (
            np.ascontiguousarray(a.T) if number else a for a in (lines, mask, marked, darkness)
        )
        for segment in found:
            _draw(mine, segment, factor, ink_of, marked_of, dark_of, RULES.thick * height)
        lines |= mine.T if number else mine
    left = mask & ~lines
    grown: np.ndarray = cv2.dilate(lines, np.ones((3, 3), np.uint8))
    border = grown & ~left & 1
    return np.where(border, np.float32(0), ink)


def _shrunk(mask: np.ndarray, factor: float) -> np.ndarray:
    size = (max(1, round(mask.shape[1] * factor)), max(1, round(mask.shape[0] * factor)))
    return (cv2.resize(mask * 255, size, interpolation=cv2.INTER_AREA) > 40).view(np.uint8)


def _shortest(shape: tuple[int, ...], height: float) -> float:
    return max(9.0, min(1.2 * height, RULES.shortest * min(shape)))


def _writing_height(mask: np.ndarray) -> float:
    """Typical height of the writing in pixels; infinite when there is no other ink to compare with."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=cv2.CV_32S)
    left, top, width, height, area = stats[1:].T
    inside = (left > 0) & (top > 0) & (left + width < mask.shape[1]) & (top + height < mask.shape[0])
    shortest = min(mask.shape)
    plain = inside & (height > max(16, 0.02 * shortest)) & (height < 0.7 * shortest) & (width < 1.5 * height)
    if area[plain].sum() <= RULES.written * area.sum():
        return np.inf
    order = np.argsort(height[plain])
    share = np.cumsum(area[plain][order])
    return float(height[plain][order][np.searchsorted(share, share[-1] / 2)])


def _large(mask: np.ndarray, length: float) -> np.ndarray:
    """The components of a mask that are long enough to hold a line."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=cv2.CV_32S)
    large = np.maximum(stats[:, 2], stats[:, 3]) >= length
    large[0] = False
    return large[labels].view(np.uint8)


def _segments(mask: np.ndarray, shortest: float) -> list[Segment]:
    """Straight strokes near the horizontal of at least `shortest` pixels."""
    found = _straight(mask, max(9, round(0.6 * shortest)))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(found, connectivity=8, ltype=cv2.CV_32S)
    segments = []
    for number, (left, top, width, height, _) in enumerate(stats[1:], start=1):
        if width >= shortest:
            band = (labels[top : top + height, left : left + width] == number).view(np.uint8)
            if (
                band.sum() < RULES.stout * width * width
                or np.quantile(band.sum(axis=0), RULES.bare) < RULES.fine * width
            ):
                segments.append(Segment(int(left), int(top), band))
    return segments


def _lines(segments: list[list[Segment]], ink: np.ndarray, height: float) -> list[list[Segment]]:
    """Of the segments along both axes, those that are lines. ink: (h, w) uint8 mask."""
    sure = [[s for s in found if s.length >= RULES.length * height] for found in segments]
    alive = [list(found) for found in segments]
    while True:
        before = [len(found) for found in alive]
        bands = [_bands(found, ink.shape if not k else ink.shape[::-1]) for k, found in enumerate(alive)]
        alive = [
            [s for s in found if s in sure[k] or _bounded(s, np.ascontiguousarray(bands[1 - k].T))]
            for k, found in enumerate(alive)
        ]
        if [len(found) for found in alive] != before:
            continue
        rest = ink & ~bands[0] & ~bands[1].T
        boxes = _written(rest, ink, bands[0] | bands[1].T)
        alive = [
            [s for s in found if s in sure[k] or _goes_beyond(s, boxes[:, [1, 0, 3, 2, 4]] if k else boxes)]
            for k, found in enumerate(alive)
        ]
        if [len(found) for found in alive] == before:
            return alive


def _bands(found: list[Segment], shape: tuple[int, ...]) -> np.ndarray:
    bands = np.zeros(shape, np.uint8)
    for segment in found:
        bands[segment.window] |= segment.band
    return bands


def _bounded(segment: Segment, across: np.ndarray) -> bool:
    """Whether both ends meet the picture's border or a segment of the other direction. across: mask of those."""
    near = max(2, round(RULES.reach * segment.length))
    width = across.shape[1]
    for x, y in segment.ends():
        if x < near or x >= width - near:
            continue
        if not across[max(0, y - near) : y + near + 1, max(0, x - near) : x + near + 1].any():
            return False
    return True


def _crosses(segment: Segment, width: int) -> bool:
    """Whether a segment goes from one edge to the other of a picture that is so wide."""
    room = RULES.reach * segment.length
    return segment.left < room and segment.left + segment.length > width - room


def _written(rest: np.ndarray, ink: np.ndarray, bands: np.ndarray) -> np.ndarray:
    """(N, 5): boxes of the ink inside the picture, and whether each is apart from `bands`."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(rest, connectivity=8, ltype=cv2.CV_32S)
    touching = np.zeros(len(stats), bool)
    touching[np.unique(labels[cv2.dilate(bands & ink, np.ones((3, 3), np.uint8)) > 0])] = True
    left, top, width, height, area = stats[1:].T
    boxes = np.stack([left, top, left + width, top + height, ~touching[1:]], axis=1)
    inside = (boxes[:, :2] > 1).all(axis=1) & (boxes[:, 2:4] < np.array(rest.shape[::-1]) - 1).all(axis=1)
    return boxes[inside & (area > 4)]


def _goes_beyond(segment: Segment, boxes: np.ndarray) -> bool:
    """Whether there is writing beside the segment, and none that reaches as far as its ends."""
    start, end = segment.left, segment.left + segment.length
    beside = boxes[(boxes[:, 2] > start) & (boxes[:, 0] < end)]
    size = np.maximum(beside[:, 2] - beside[:, 0], beside[:, 3] - beside[:, 1])
    tall = beside[size >= RULES.tall * segment.length]
    margin = np.where(tall[:, 4], 2.0, RULES.well_beyond * segment.length)
    beyond = (tall[:, 0] >= start + margin) & (tall[:, 2] <= end - margin)
    return bool(len(beside) and beyond.all())


def _draw(
    lines: np.ndarray,
    segment: Segment,
    factor: float,
    mask: np.ndarray,
    marked: np.ndarray,
    darkness: np.ndarray,
    thickest: float,
) -> None:
    """Mark a segment's ink in `lines`, the strokes that cross it left out."""
    rows, columns = segment.window
    window = tuple(slice(int(s.start / factor), int(np.ceil(s.stop / factor))) for s in (rows, columns))
    band = cv2.resize(segment.band, mask[window].shape[::-1], interpolation=cv2.INTER_NEAREST)
    if not _is_text(band & mask[window], thickest):
        lines[window] |= mask[window] & band & ~_crossing(mask[window], darkness[window], band & marked[window])


def _is_text(ink: np.ndarray, thickest: float) -> bool:
    """Whether ink (h, w) uint8 is a row of letters that nearly touch: thicker than lines are, and with holes in it."""
    columns = ink[:, ink.any(axis=0)]
    if not columns.size or np.median(columns.sum(axis=0)) <= thickest:
        return False
    reach = len(ink) - columns.argmax(axis=0) - columns[::-1].argmax(axis=0)
    return bool(columns.sum() < RULES.solid * reach.sum())


def _straight(mask: np.ndarray, piece: int) -> np.ndarray:
    """uint8 mask of the unbroken runs of `piece` pixels along any of the rules' angles."""
    room = int(np.ceil(piece * np.tan(np.deg2rad(1)) / 2) + 1) | 1
    mask = cv2.dilate(mask.view(np.uint8), np.ones((room, 3), np.uint8))
    found: np.ndarray = np.zeros_like(mask)
    height, width = mask.shape
    for angle in RULES.angles:
        slope = np.tan(np.deg2rad(angle))
        shear = np.array([[1, 0, 0], [slope, 1, max(0.0, -slope * width)]], np.float32)
        level = cv2.warpAffine(mask, shear, (width, height + int(abs(slope) * width) + 1), flags=cv2.INTER_NEAREST)
        level = cv2.morphologyEx(level, cv2.MORPH_OPEN, np.ones((1, piece), np.uint8))
        if level.any():
            back: np.ndarray = cv2.warpAffine(
                level, shear, (width, height), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
            )
            found |= back
    return found


def _crossing(mask: np.ndarray, darkness: np.ndarray, line: np.ndarray) -> np.ndarray:
    """uint8 mask of ink that is darker than the line, or runs further across it than the line is thick.

    The line's own thickness and darkness are those of its thinner and paler part: strokes may cover the rest.
    """
    counts = (line & mask).sum(axis=0)
    thickness = float(np.quantile(counts[counts > 0], RULES.bare)) if counts.any() else 1.0
    crossing: np.ndarray = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((round(1.4 * thickness) + 3, 1), np.uint8))
    core = np.max(darkness * line, axis=0)
    if core.any():
        darker = darkness > RULES.darker * float(np.quantile(core[core > 0], RULES.bare))
        crossing |= cv2.dilate(darker.view(np.uint8), np.ones((3, 3), np.uint8)) & mask
    return crossing
