"""Glyphs: single digits and other marks, as strokes of a pen or as masks, and how they are put on a page's ink."""

from __future__ import annotations

from collections import defaultdict

import cv2
import numpy as np

from model.ink.normalise import bounding_box
from model.synthesis.handwriting import digit_strokes
from model.synthesis.negatives import non_digit_strokes
from model.synthesis.paths import by_weight
from model.synthesis.printed import FONTS, any_character, font_of, mask_of
from model.synthesis.styles import library

Glyph = list[np.ndarray] | np.ndarray  # pen strokes, (P, 2) each, in any unit; or a (h, w) uint8 mask
Box = tuple[float, float, float, float]  # left, top, right, bottom in pixels of the crop
FINE = 2  # pixels of the ink per pixel of the crop
SHIFT = 4  # binary places of the pen points' coordinates
IN_STORE = 24  # drawings of one style that are made at a time: one by one they take ten times as long
OTHERS_IN_STORE = 400
FLATTEST = 0.6  # height by width that counts as the height of a flat mark
PRINTED = 0.35  # share of the marks other than digits that are printed


class Supply:
    """Glyphs from the CSV's digits, from strokes and from fonts; drawn many at a time, handed out one by one."""

    def __init__(self, rng: np.random.Generator, images: np.ndarray, labels: np.ndarray) -> None:
        """images: (N, 28, 28) uint8 of the CSV, ink bright on 0; labels: (N,)."""
        self.rng, self.images = rng, images
        self.rows = [np.flatnonzero(labels == digit) for digit in range(10)]
        self._digits: dict[tuple[int, str], list[list[np.ndarray]]] = defaultdict(list)
        self._others: list[list[np.ndarray]] = []

    def scanned(self, digit: int) -> Glyph:
        """A digit of the CSV, cropped."""
        image = self.images[self.rng.choice(self.rows[digit])]
        left, top, right, bottom = bounding_box(image, 40) or (0, 0, *image.shape)
        return image[top:bottom, left:right]

    def drawn(self, digit: int, style: str) -> Glyph:
        """A digit drawn by code in one of its styles."""
        store = self._digits[digit, style]
        if not store:
            strokes = digit_strokes(self.rng, np.full(IN_STORE, digit), {digit: [style]})
            store += [strokes.polylines(index) for index in range(IN_STORE)]
        return store.pop()

    def style(self, digit: int) -> str:
        """One of the digit's styles, by weight."""
        known = library().digits[digit]
        return known[int(by_weight(self.rng, known, 1)[0])].name

    def other(self) -> Glyph:
        """A letter, sign, doodle or scribble: no digit."""
        if self.rng.random() < PRINTED:
            return mask_of(*any_character(self.rng, "other"))
        if not self._others:
            strokes = non_digit_strokes(self.rng, OTHERS_IN_STORE)
            self._others = [strokes.polylines(index) for index in range(OTHERS_IN_STORE)]
        return self._others.pop()

    def printed(self, font: str, digit: int) -> Glyph:
        """A digit of a font."""
        return mask_of(font, str(digit))

    def font(self) -> str:
        """The name of one of the fonts."""
        return FONTS[self.rng.integers(len(FONTS))]


def line_of_text(font: str, text: str, height: float) -> np.ndarray:
    """(h, w) uint8 mask of printed text, `height` pixels high."""
    mask = font_of(font).getmask(text)
    ink = np.asarray(mask, np.uint8).reshape(mask.size[::-1])
    if not ink.size:
        return np.zeros((1, 1), np.uint8)
    factor = height / len(ink)
    size = (max(2, round(ink.shape[1] * factor)), max(2, round(height)))
    return cv2.resize(ink, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR)


def width_of(glyph: Glyph, height: float, matrix: np.ndarray, pen: float) -> float:
    """How wide the glyph becomes in pixels when it is put `height` high and turned by `matrix` (2, 2)."""
    if isinstance(glyph, list):
        points = np.concatenate(glyph)
        return float(np.ptp(points @ matrix[0])) * _scale(np.ptp(points, axis=0), height - pen) + pen
    tall, wide = glyph.shape
    return float((abs(matrix[0, 0]) * wide + 0.6 * abs(matrix[0, 1]) * tall) * _scale(np.array([wide, tall]), height))


def _scale(size: np.ndarray, height: float) -> float:
    return height / max(float(size[1]), FLATTEST * float(size[0]), 1e-3)


def put(
    ink: np.ndarray, glyph: Glyph, centre: np.ndarray, height: float, matrix: np.ndarray, pen: float, sharp: float = 0.5
) -> Box | None:
    """Draw a glyph on ink, (FINE × H, FINE × W) uint8; returns its box in the crop's pixels, None when nothing is seen.

    centre, height and pen are in the crop's pixels; matrix (2, 2) turns and slants; sharp: level of a mask's edge.
    """
    if isinstance(glyph, list):
        return _put_strokes(ink, glyph, centre, height, matrix, pen)
    return _put_mask(ink, glyph, centre, height, matrix, sharp)


def _put_strokes(
    ink: np.ndarray, strokes: list[np.ndarray], centre: np.ndarray, height: float, matrix: np.ndarray, pen: float
) -> Box:
    scale = _scale(np.ptp(np.concatenate(strokes), axis=0), max(height - pen, 1.0))
    lines = [stroke @ matrix.T * scale for stroke in strokes]
    points = np.concatenate(lines)
    low, high = points.min(axis=0), points.max(axis=0)
    offset = centre - (low + high) / 2
    for line in lines:
        pen_line(ink, line + offset, pen)
    left, top = low + offset - pen / 2
    right, bottom = high + offset + pen / 2
    return float(left), float(top), float(right), float(bottom)


def pen_line(ink: np.ndarray, points: np.ndarray, pen: float) -> None:
    """Draw a line through (P, 2) points in the crop's pixels; pens thinner than a fine pixel are drawn fainter."""
    width = pen * FINE
    tone = round(255 * min(1.0, max(width, 0.3)))
    fine = np.round(points * (FINE << SHIFT)).astype(np.int32)
    cv2.polylines(ink, [fine], False, tone, max(1, round(width)), cv2.LINE_AA, shift=SHIFT)


def _put_mask(
    ink: np.ndarray, mask: np.ndarray, centre: np.ndarray, height: float, matrix: np.ndarray, sharp: float
) -> Box | None:
    tall, wide = mask.shape
    scale = _scale(np.array([wide, tall]), height * FINE)
    corners = matrix @ np.array([[0, wide, 0, wide], [0, 0, tall, tall]]) * scale
    frame = 3
    width, high = (int(np.ceil(extent)) + 2 * frame for extent in np.ptp(corners, axis=1))
    if min(width, high) < 3 or max(width, high) > 2 * max(ink.shape):
        return None
    place = np.column_stack([matrix * scale, frame - corners.min(axis=1)])
    how = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    turned = cv2.warpAffine(mask, place, (width, high), flags=how)
    soft: np.ndarray = turned.astype(np.float32) / 255
    if scale > 1.3:
        soft = cv2.GaussianBlur(soft, (0, 0), 0.35 * scale)
        soft = np.clip((soft - sharp) * min(1.2 * scale, 6) + 0.5, 0, 1)
    box = bounding_box(soft, 0.4)
    if box is None:
        return None
    middle = np.array([box[0] + box[2], box[1] + box[3]]) / 2
    left, top = (int(side) for side in np.round(centre * FINE - middle))
    stamp(ink, (soft * 255).astype(np.uint8), left, top)
    x0, y0, x1, y1 = (side / FINE for side in box)
    return x0 + left / FINE, y0 + top / FINE, x1 + left / FINE, y1 + top / FINE


def stamp(ink: np.ndarray, mask: np.ndarray, left: int, top: int) -> None:
    """Put a mask on ink, both uint8, with its corner at (left, top); what lies outside is left out."""
    height, width = ink.shape
    x0, y0 = max(0, -left), max(0, -top)
    x1, y1 = min(mask.shape[1], width - left), min(mask.shape[0], height - top)
    if x1 > x0 and y1 > y0:
        part = ink[top + y0 : top + y1, left + x0 : left + x1]
        np.maximum(part, mask[y0:y1, x0:x1], out=part)
