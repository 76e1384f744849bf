"""Photo or scan -> ink: what was written on the paper, whatever the light, the paper and the pen.

The paper's brightness is estimated everywhere by a grey-level closing, which keeps the edges of shadows; ink is what
is darker than that paper by more than the noise. Its darkness is then divided by the local ink's own, so that pencil
and marker both come out as 0 to 1 with 0.5 on the stroke's border (a local threshold in the manner of Sauvola and
Pietikäinen, "Adaptive document image binarization", 2000). Long ruled lines are taken out of the ink; strokes that
cross them stay whole.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from model import pixels

LARGEST = 2000  # pixels: longer sides are scaled down to this before anything else
SMALLEST = 200  # pixels: shorter pictures are scaled up
COARSE = 480  # pixels: the longest side at which the paper's brightness is estimated
PAPER_WINDOW = 0.15  # of the longest side: no stroke on a page is wider than this
CROP_WINDOW = 0.3  # the same in a picture of one or a few digits
CROP = 500  # pixels: up to this side a picture is taken for one of a few digits
FAINTEST = 0.07  # share of the paper's brightness: less contrast is never ink
NOISE_FACTOR = 5.0  # standard deviations of the paper's noise that ink exceeds
FAINT_INK = 0.25  # of the page's dark ink: what is fainter shines through from the other side or is ruled
LINE_LENGTH = 3.2  # times a digit's height: longer straight strokes are ruled lines
LINE_ANGLES = range(-14, 15, 2)  # degrees from the horizontal and from the vertical


def photo_ink(image: Any) -> tuple[np.ndarray, float]:
    """(h, w) float32 ink of a photo, and the factor by which the picture was scaled: ink pixels per picture pixel.

    Raises ValueError as pixels.as_grey.
    """
    grey, scale = _working_size(pixels.as_grey(image))
    window = PAPER_WINDOW if max(grey.shape) > CROP else CROP_WINDOW
    ink = _ink(_darkness(grey if _ink_is_dark(grey, window) else 255 - grey, window))
    return without_lines(ink), scale


def _working_size(grey: np.ndarray) -> tuple[np.ndarray, float]:
    longest = max(grey.shape)
    scale = LARGEST / longest if longest > LARGEST else max(1.0, min(SMALLEST / longest, 8.0))
    return _scaled(grey, scale, cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC), scale


def _scaled(grey: np.ndarray, scale: float, how: int = cv2.INTER_AREA) -> np.ndarray:
    if scale == 1.0:
        return grey
    height, width = (max(1, round(side * scale)) for side in grey.shape)
    return cv2.resize(grey, (width, height), interpolation=how)


def _ink_is_dark(grey: np.ndarray, share: float) -> bool:
    """Whether the ink is darker than the paper: thin strokes skew the distribution about the local mean."""
    coarse = _scaled(grey, min(1.0, COARSE / max(grey.shape))).astype(np.float32)
    window = max(3, round(share * max(coarse.shape))) | 1
    return float(np.mean((coarse - cv2.blur(coarse, (window, window))) ** 3)) <= 0


def _darkness(grey: np.ndarray, share: float) -> np.ndarray:
    """(H, W) float32: share of the paper's light that is missing, about 0 on bare paper, towards 1 on black ink."""
    coarse = cv2.medianBlur(_scaled(grey, min(1.0, COARSE / max(grey.shape))), 3)
    window = max(3, round(share * max(coarse.shape))) | 1
    framed = _continued(coarse, min(window, min(coarse.shape) - 1))
    paper = cv2.morphologyEx(framed, cv2.MORPH_CLOSE, np.ones((window, window), np.uint8))
    paper = cv2.erode(paper, np.ones((3, 3), np.uint8))
    margin = (framed.shape[0] - coarse.shape[0]) // 2
    paper = paper[margin : margin + coarse.shape[0], margin : margin + coarse.shape[1]]
    paper = np.maximum(cv2.resize(paper, grey.shape[::-1], interpolation=cv2.INTER_LINEAR), 24)
    return 1 - cv2.divide(grey, paper, dtype=cv2.CV_32F)


def _continued(grey: np.ndarray, margin: int) -> np.ndarray:
    """The picture with a frame that goes on as its border does: mirrored about the border's own grey.

    Light that falls off towards the border goes on falling, so that the closing does not take it for ink.
    """
    if margin < 1:
        return grey
    mirrored = cv2.copyMakeBorder(grey, margin, margin, margin, margin, cv2.BORDER_REFLECT).astype(np.int16)
    edge = cv2.copyMakeBorder(grey, margin, margin, margin, margin, cv2.BORDER_REPLICATE).astype(np.int16)
    return np.clip(np.where(mirrored > edge, 2 * edge - mirrored, edge), 0, 255).astype(np.uint8)


def _ink(darkness: np.ndarray) -> np.ndarray:
    """Ink from darkness: strokes stand out from the noise, each at its own full tone."""
    smooth = cv2.GaussianBlur(darkness, (0, 0), 0.8)
    sample = smooth[::3, ::3]
    level = float(np.median(sample))
    noise = 1.4826 * float(np.median(np.abs(sample - level)))
    floor = max(FAINTEST, NOISE_FACTOR * noise)
    smooth -= level
    tone = _local_tone(smooth, floor)
    ink = np.clip(smooth / tone, 0, 1)
    ink[smooth < 0.5 * floor] = 0
    core = tone[ink > 0.7]
    if core.size:
        ink[tone < FAINT_INK * float(np.percentile(core, 90))] = 0
    return ink


def _local_tone(darkness: np.ndarray, floor: float) -> np.ndarray:
    """(H, W) darkness of full ink around each pixel: the mean of the ink nearby, the darkest weighted most."""
    strong = np.where(darkness > 0.6 * floor, darkness, 0)
    cube = strong**3
    side = max(5, round(max(darkness.shape) / 60)) | 1
    tone = cv2.boxFilter(cube * strong, -1, (side, side)) / np.maximum(cv2.boxFilter(cube, -1, (side, side)), 1e-9)
    return np.maximum(tone, floor)


def without_lines(ink: np.ndarray) -> np.ndarray:
    """Ink (H, W) float32 without ruled lines, grids and the frames of forms. Strokes that cross them stay whole."""
    mask = (ink >= 0.5).view(np.uint8)
    large, length = _large_ink(mask)
    if not large.any():
        return ink
    lines = _level_lines(large, length)
    lines |= _level_lines(np.ascontiguousarray(large.T), length).T
    if not lines.any():
        return ink
    left = _crossings(mask, lines) | (mask & ~lines)
    if not _has_stroke(left):
        return ink  # a digit of straight strokes that fills the picture
    return np.where(cv2.dilate(lines & ~left, np.ones((3, 3), np.uint8)) & ~left & 1, np.float32(0), ink)


def _large_ink(mask: np.ndarray) -> tuple[np.ndarray, float]:
    """The components that may hold lines, as a mask, and the length in pixels from which a stroke is a line.

    The length is infinite when there is no other ink to compare with: then only what runs through the picture is one.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=cv2.CV_32S)
    left, top, width, height, area = stats.T
    inside = (left > 0) & (top > 0) & (left + width < mask.shape[1]) & (top + height < mask.shape[0])
    shortest = min(mask.shape)
    plain = inside & (height > max(16, 0.02 * shortest)) & (height < 0.7 * shortest) & (width < 1.5 * height)
    plain[0] = False
    length = np.inf
    if area[plain].sum() > 0.05 * area[1:].sum():
        order = np.argsort(height[plain])
        share = np.cumsum(area[plain][order])
        length = LINE_LENGTH * float(height[plain][order][np.searchsorted(share, share[-1] / 2)])
    large = (width >= min(length, 0.55 * mask.shape[1])) | (height >= min(length, 0.55 * mask.shape[0]))
    large[0] = False
    return large[labels].view(np.uint8), length


def _level_lines(mask: np.ndarray, length: float) -> np.ndarray:
    """Mask of the ink on straight lines within LINE_ANGLES of the horizontal.

    They are at least `length` pixels long or run from the picture's border through more than half of it.
    """
    factor = min(1.0, 800 / max(mask.shape))
    small = _scaled(mask * 255, factor)
    piece = max(9, round(0.6 * min(length * factor, 0.8 * small.shape[1])))
    room = int(np.ceil(piece * np.tan(np.deg2rad(1)) / 2)) | 1
    small = cv2.dilate((small > 40).view(np.uint8), np.ones((room, 3), np.uint8))
    found = np.zeros_like(small)
    for angle in LINE_ANGLES:
        shear = np.array([[1, 0, 0], [np.tan(np.deg2rad(angle)), 1, 0]], np.float32)
        rise = shear[1, 0] * small.shape[1]
        shear[1, 2] = max(0.0, -rise)
        size = (small.shape[1], small.shape[0] + int(np.ceil(abs(rise))))
        level = cv2.warpAffine(small, shear, size, flags=cv2.INTER_NEAREST)
        level = cv2.morphologyEx(level, cv2.MORPH_OPEN, np.ones((1, piece), np.uint8))
        if level.any():
            back = cv2.warpAffine(level, shear, small.shape[::-1], flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP)
            found |= back
    if not found.any():
        return np.zeros_like(mask)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(found, connectivity=8, ltype=cv2.CV_32S)
    left, width = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_WIDTH]
    at_border = (left <= 2) | (left + width >= small.shape[1] - 2)
    long = (width >= length * factor) | (at_border & (width >= 0.55 * small.shape[1]))
    long[0] = False
    return mask & cv2.resize(long[labels].view(np.uint8), mask.shape[::-1], interpolation=cv2.INTER_NEAREST)


def _crossings(mask: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Line pixels with other ink on both sides: where a stroke crosses."""
    thickness = 2 * float(np.median(cv2.distanceTransform(lines, cv2.DIST_L2, 3)[lines > 0])) + 1
    side = int(2 * thickness + 3) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return cv2.morphologyEx(mask & ~lines & 1, cv2.MORPH_CLOSE, kernel) & lines


def _has_stroke(mask: np.ndarray) -> bool:
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=cv2.CV_32S)
    return bool((stats[1:, 3] > 0.25 * mask.shape[0]).any()) or len(stats) > 5
