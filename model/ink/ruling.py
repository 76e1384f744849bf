"""Ruled lines, grids and the frames of forms, taken out of the ink without breaking the strokes that cross them.

A line is straight for several digits' heights, or runs from the picture's border through most of it, within
`ANGLES` of the horizontal or the vertical. It is found by morphological openings of the sheared picture; what is
thicker across the line than the line itself is a stroke that crosses it, and stays.
"""

from __future__ import annotations

import cv2
import numpy as np

LENGTH = 3.2  # times a digit's height: longer straight strokes are lines
GRID = 0.4  # of the picture's shorter side: longer straight strokes are lines when there are several beside each other
THICK = 0.3  # times a digit's height: what is thicker, and less than
SOLID = 0.9  # ink from its upper to its lower edge, is a row of letters that nearly touch
SEVERAL = 4
BARE = 0.25  # of a line's length that no stroke lies on, at least
DARKER = 1.6  # times a line's darkness: ink of another pen
CROP = 500  # pixels: up to this side a picture is one of a few digits
THROUGH = 0.55  # of the picture's longer side: the same for what begins at its border
ANGLES = range(-14, 15, 2)  # degrees
COARSE = 800  # pixels: the longest side at which lines are looked for


def without_lines(ink: np.ndarray, darkness: np.ndarray, faintest: float) -> np.ndarray:
    """(H, W) float32 ink without lines.

    darkness: (H, W) float32, the share of the paper's light that is missing; lines are looked for from `faintest` on.
    """
    mask = (ink >= 0.5).view(np.uint8)
    length = _line_length(mask)
    marked = _large((darkness > faintest).view(np.uint8) | mask, length)
    if not marked.any():
        return ink
    lines = _level_lines(marked, mask, darkness, length)
    lines |= _level_lines(*(np.ascontiguousarray(array.T) for array in (marked, mask, darkness)), length).T
    left = mask & ~lines
    if max(mask.shape) <= CROP and not _has_stroke(left):
        return ink  # a digit of straight strokes that fills the picture
    border = cv2.dilate(lines, np.ones((3, 3), np.uint8)) & ~left & 1
    return np.where(border, np.float32(0), ink)


def _line_length(mask: np.ndarray) -> float:
    """Length in pixels from which a stroke is a line; infinite when there is no other ink to compare with."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=cv2.CV_32S)
    left, top, width, height, area = stats[1:].T
    inside = (left > 0) & (top > 0) & (left + width < mask.shape[1]) & (top + height < mask.shape[0])
    shortest = min(mask.shape)
    plain = inside & (height > max(16, 0.02 * shortest)) & (height < 0.7 * shortest) & (width < 1.5 * height)
    if area[plain].sum() <= 0.05 * area.sum():
        return np.inf
    order = np.argsort(height[plain])
    share = np.cumsum(area[plain][order])
    return LENGTH * float(height[plain][order][np.searchsorted(share, share[-1] / 2)])


def _grid(shape: tuple[int, int]) -> float:
    """Length in pixels from which several parallel strokes are a grid, whatever the size of the digits.

    In a picture of a few digits, whose own strokes are as long, only what runs through from the border is a line.
    """
    return GRID * min(shape) if max(shape) > CROP else THROUGH * max(shape)


def _large(mask: np.ndarray, length: float) -> np.ndarray:
    """The components of a mask that are long enough to hold a line."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=cv2.CV_32S)
    large = np.maximum(stats[:, 2], stats[:, 3]) >= min(length, _grid(mask.shape))
    large[0] = False
    return large[labels].view(np.uint8)


def _level_lines(marked: np.ndarray, mask: np.ndarray, darkness: np.ndarray, length: float) -> np.ndarray:
    """(H, W) uint8 mask of the ink on lines near the horizontal, crossing strokes left out.

    marked: what may be a line. mask: what is ink.
    """
    factor = min(1.0, COARSE / max(mask.shape))
    size = (max(1, round(mask.shape[1] * factor)), max(1, round(mask.shape[0] * factor)))
    small = cv2.resize(marked * 255, size, interpolation=cv2.INTER_AREA)
    long, grid = length * factor, _grid(mask.shape) * factor
    found = _straight(small > 40, max(9, round(0.6 * min(long, grid))))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(found, connectivity=8, ltype=cv2.CV_32S)
    lines = np.zeros_like(mask)
    if (stats[1:, cv2.CC_STAT_WIDTH] >= grid).sum() >= SEVERAL:
        long = min(long, grid)
    for number, (left, top, width, height, _) in enumerate(stats[1:], start=1):
        at_border = left <= 2 or left + width >= size[0] - 2
        if width < long and not (at_border and width >= THROUGH * max(size)):
            continue
        window = tuple(
            slice(int(a / factor), int(np.ceil((a + b) / factor))) for a, b in ((top, height), (left, width))
        )
        band = (labels[top : top + height, left : left + width] == number).view(np.uint8)
        band = cv2.resize(band, mask[window].shape[::-1], interpolation=cv2.INTER_NEAREST)
        if _is_text(band & mask[window], THICK * length / LENGTH):
            continue
        lines[window] |= mask[window] & band & ~_crossing(mask[window], darkness[window], band & marked[window])
    return lines


def _is_text(ink: np.ndarray, thickest: float) -> bool:
    """Whether ink (h, w) uint8 is a row of letters that nearly touch: thicker than lines are, and with holes in it."""
    columns = ink[:, ink.any(axis=0)]
    if columns.sum() <= thickest * ink.shape[1]:
        return False
    reach = len(ink) - columns.argmax(axis=0) - columns[::-1].argmax(axis=0)
    return bool(columns.sum() < SOLID * reach.sum())


def _straight(mask: np.ndarray, piece: int) -> np.ndarray:
    """uint8 mask of the unbroken runs of `piece` pixels along any of ANGLES."""
    room = int(np.ceil(piece * np.tan(np.deg2rad(1)) / 2) + 1) | 1
    mask = cv2.dilate(mask.view(np.uint8), np.ones((room, 3), np.uint8))
    found = np.zeros_like(mask)
    height, width = mask.shape
    for angle in ANGLES:
        slope = np.tan(np.deg2rad(angle))
        shear = np.array([[1, 0, 0], [slope, 1, max(0.0, -slope * width)]], np.float32)
        level = cv2.warpAffine(mask, shear, (width, height + int(abs(slope) * width) + 1), flags=cv2.INTER_NEAREST)
        level = cv2.morphologyEx(level, cv2.MORPH_OPEN, np.ones((1, piece), np.uint8))
        if level.any():
            found |= cv2.warpAffine(level, shear, (width, height), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP)
    return found


def _crossing(mask: np.ndarray, darkness: np.ndarray, line: np.ndarray) -> np.ndarray:
    """uint8 mask of ink that is darker than the line, or runs further across it than the line is thick.

    The line's own thickness and darkness are those of its thinner and paler part: strokes may cover the rest.
    """
    counts = (line & mask).sum(axis=0)
    thickness = float(np.quantile(counts[counts > 0], BARE)) if counts.any() else 1.0
    crossing = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((round(1.4 * thickness) + 3, 1), np.uint8))
    core = np.max(darkness * line, axis=0)
    if core.any():
        darker = darkness > DARKER * float(np.quantile(core[core > 0], BARE))
        crossing |= cv2.dilate(darker.view(np.uint8), np.ones((3, 3), np.uint8)) & mask
    return crossing


def _has_stroke(mask: np.ndarray) -> bool:
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=cv2.CV_32S)
    return bool((stats[1:, 3] > 0.25 * mask.shape[0]).any()) or len(stats) > 5
