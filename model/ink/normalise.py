"""The picture convention, and nothing else: how a drawing becomes what the network sees.

A picture is (28, 28) uint8, ink bright on 0. The ink's stroke width is brought to `STROKE_WIDTH` pixels, its
bounding box is averaged by area to a longest side of `BOX` pixels with the aspect kept, and its centre of mass lies
in the middle: MNIST's look (LeCun, Cortes and Burges, http://yann.lecun.com/exdb/mnist), for any pen on any paper.

Ink is (H, W) float32 in [0, 1]; 1 is fully covered. Grey is (H, W) uint8; 255 is white.
"""

from __future__ import annotations

import cv2
import numpy as np

SIDE = 28  # pixels, the side of a picture
CLASSES = 10  # the digits
NOT_A_DIGIT = CLASSES  # the label of everything that is none
BOX = 20  # pixels, the longest side of the ink's bounding box within it
STROKE_WIDTH = 2.6  # pixels of a picture: the mean stroke width of MNIST, whose digits run from 1.5 to 4.5
FINE = 4  # the ink is widened or narrowed at FINE times the picture's resolution
MOST_NARROWED = 0.6  # of its width, what a very thick stroke keeps: its filled loops show in the outline alone
THINNEST = 1.5  # pixels at FINE times: thinner strokes are widened before they are scaled down, lest they vanish
LEAST_KEPT = 0.7  # of the ink's share of its box: what loses more when it is shrunk is thin
LARGEST = 160  # pixels: a larger crop is shrunk to this side before its stroke width is measured
HAIRLINE = 2000  # pixels: the longest side at which hairlines are widened, for which the crop gets a wide margin


def bounding_box(ink: np.ndarray, level: float = 0.5) -> tuple[int, int, int, int] | None:
    """(left, top, right, bottom) of the ink above `level` in pixels, right and bottom exclusive; None without any."""
    left, top, width, height = cv2.boundingRect((ink >= level).view(np.uint8))
    return (left, top, left + width, top + height) if width else None


def stroke_width(mask: np.ndarray) -> float:
    """Median stroke width in pixels of a binary (H, W) uint8 mask, 0.0 when it is empty.

    Twice the distance transform on its ridge (Felzenszwalb and Huttenlocher's exact transform in OpenCV).
    """
    distance = _inside(mask)
    return _ridge_width(distance)


def _inside(mask: np.ndarray) -> np.ndarray:
    """Distance in pixels of each ink pixel's centre to the ink's border, 0 outside; the picture's edge is paper."""
    framed = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    distance = cv2.distanceTransform(framed, cv2.DIST_L2, 5)[1:-1, 1:-1]
    return np.maximum(distance - 0.5, 0)


def _ridge(distance: np.ndarray) -> np.ndarray:
    """Boolean mask of the medial axis: where the distance is the largest around."""
    return (distance > 0) & (distance >= cv2.dilate(distance, np.ones((3, 3), np.uint8)) - 1e-4)


def _ridge_width(distance: np.ndarray) -> float:
    values = distance[_ridge(distance)]
    return 2 * float(np.quantile(values, 0.4)) if values.size else 0.0


def normalise(ink: np.ndarray) -> np.ndarray:
    """Ink of one symbol, redrawn at the standard stroke width.

    (H, W) float32 in, (h, w) float32 out, cropped to the ink and FINE times as large as in the picture: its longest
    side is about BOX·FINE pixels and its strokes are STROKE_WIDTH·FINE wide. (0, 0) when there is no ink.
    """
    box = bounding_box(ink)
    if box is None:
        return np.zeros((0, 0), np.float32)
    left, top, right, bottom = box
    crop = ink[top:bottom, left:right]
    longest = max(crop.shape)
    if longest > LARGEST:
        small = _resized(crop, LARGEST / longest)
        kept = np.count_nonzero(small >= 0.5) / small.size
        if kept > LEAST_KEPT * np.count_nonzero(crop >= 0.5) / crop.size:
            crop, longest = small, max(small.shape)  # a hairline would vanish
        elif longest > HAIRLINE:
            crop = _pooled(crop, -(-longest // HAIRLINE))
            longest = max(crop.shape)
    width = _ridge_width(_inside((crop >= 0.5).view(np.uint8)))
    # The skeleton's extent decides the scale, so that a thick brush gives the same picture as a thin pen.
    extent = max(longest - width, 0.3 * longest)
    scale = (BOX - STROKE_WIDTH) * FINE / extent
    if width * scale < THINNEST:
        crop, width = _with_width(crop, width, THINNEST / scale), THINNEST / scale
    wanted = max(STROKE_WIDTH * FINE, MOST_NARROWED * width * scale)
    fine = _with_width(_resized(crop, scale), width * scale, wanted)
    box = bounding_box(fine)
    if box is None:
        return np.zeros((0, 0), np.float32)
    left, top, right, bottom = box
    return fine[top:bottom, left:right]


def turned(ink: np.ndarray, degrees: float) -> np.ndarray:
    """Ink (H, W) float32, turned anticlockwise on a canvas that has room for it."""
    height, width = ink.shape
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0)
    cosine, sine = abs(matrix[0, 0]), abs(matrix[0, 1])
    size = int(np.ceil(width * cosine + height * sine)) + 2, int(np.ceil(width * sine + height * cosine)) + 2
    matrix[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    return cv2.warpAffine(ink, matrix, size, flags=cv2.INTER_LINEAR)


def _resized(ink: np.ndarray, scale: float) -> np.ndarray:
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.resize(ink, (width, height), interpolation=how)


def _pooled(ink: np.ndarray, step: int) -> np.ndarray:
    """The most ink of each block of step × step pixels, so that no hairline is lost."""
    return cv2.dilate(ink, np.ones((step, step), np.uint8), anchor=(0, 0))[::step, ::step]


def _with_width(ink: np.ndarray, width: float, wanted: float) -> np.ndarray:
    """Ink whose strokes are `width` pixels wide, redrawn with `wanted`, on a frame that has room for it.

    The ink's border is moved by half the difference along the signed distance. Narrowed strokes keep their medial
    axis; where they break all the same (a small 8 whose loops a thick brush has filled), they are narrowed less.
    """
    room = int(np.ceil(max(wanted - width, 0) / 2)) + 2
    framed = cv2.copyMakeBorder(ink, room, room, room, room, cv2.BORDER_CONSTANT, value=0)
    mask = (framed >= 0.5).view(np.uint8)
    inside = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    signed = np.where(mask, inside - 0.5, 0.5 - cv2.distanceTransform(1 - mask, cv2.DIST_L2, 5))
    if wanted >= width:
        return _soft(signed + (wanted - width) / 2)
    axis = _ridge(inside) & (inside >= width / 4)
    from_axis = cv2.distanceTransform((~axis).view(np.uint8), cv2.DIST_L2, 5)
    parts = cv2.connectedComponents(mask)[0]
    for share in (1.0, 0.6, 0.3):
        target = width + (wanted - width) * share
        moved = np.maximum(signed + (target - width) / 2, np.minimum(target / 2 - from_axis, signed))
        if cv2.connectedComponents((moved >= 0).view(np.uint8))[0] <= parts:
            return _soft(moved)
    return _soft(signed)


def _soft(signed: np.ndarray) -> np.ndarray:
    """Ink of a signed distance to its border, anti-aliased over one pixel."""
    return np.clip(signed + 0.5, 0, 1).astype(np.float32)


def place(fine: np.ndarray) -> np.ndarray:
    """(28, 28) uint8 picture of normalised ink: longest side 20 px by area, centre of mass in the middle."""
    picture = np.zeros((SIDE, SIDE), np.uint8)
    if fine.size == 0:
        return picture
    scale = BOX / max(fine.shape)
    size = [max(1, round(side * scale)) for side in fine.shape]
    small = cv2.resize(fine, (size[1], size[0]), interpolation=cv2.INTER_AREA)
    mass = float(small.sum())
    if mass <= 0:
        return picture
    middle = (SIDE - 1) / 2 + 0.5  # MNIST's digits have their centre of mass at 14, 14
    rows, columns = small.sum(axis=1), small.sum(axis=0)
    top = _start(middle - float(rows @ np.arange(size[0])) / mass, size[0])
    left = _start(middle - float(columns @ np.arange(size[1])) / mass, size[1])
    picture[top : top + size[0], left : left + size[1]] = np.round(small * 255).astype(np.uint8)
    return picture


def _start(wanted: float, length: int) -> int:
    return int(np.clip(round(wanted), 0, SIDE - length))


def to_picture(ink: np.ndarray) -> np.ndarray:
    """(28, 28) uint8 picture of the ink (H, W) float32 of one symbol; all 0 when there is none."""
    return place(normalise(ink))


def unevenness(fine: np.ndarray) -> float:
    """How much the stroke width of normalised ink (h, w) varies: its standard deviation along the ridge by its mean."""
    if not fine.size:
        return 0.0
    distance = _inside((fine >= 0.5).view(np.uint8))
    ridge = distance[_ridge(distance)]
    return float(ridge.std() / ridge.mean()) if ridge.size else 0.0


def as_drawn(ink: np.ndarray) -> np.ndarray:
    """(28, 28) uint8 picture of the ink (H, W) float32 of one symbol with its own stroke width: MNIST's own recipe."""
    box = bounding_box(ink, level=0.3)
    if box is None:
        return np.zeros((SIDE, SIDE), np.uint8)
    left, top, right, bottom = box
    return place(ink[top:bottom, left:right])
