"""Drawing -> ink, and strokes -> drawing: even paper, ink of one tone.

Ink is (H, W) float32 in [0, 1]; 1 is fully covered. Grey is (H, W) uint8; 255 is white.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from PIL import Image, ImageOps

from model.ink.normalise import bounding_box

FAINTEST = 24  # grey levels between paper and ink, below which there is nothing drawn
PALEST = 0.25  # of the strongest contrast: a stroke that is paler stays pale
RIPPLE = 0.06  # of full ink: what is fainter are JPEG's ripples
SOFT = 2  # pixels: how far a stroke's border may go on beyond what is seen of it
Box = tuple[int, int, int, int]  # left, top, right, bottom in pixels, right and bottom exclusive
MOST_STROKES = 60  # strokes that are brought to full tone one by one; more than that are noise


class Drawn(NamedTuple):
    """The part of a drawing that holds its ink, with paper around it wherever the drawing goes on."""

    ink: np.ndarray  # (h, w) float32
    left: int  # pixels of the drawing
    top: int
    shape: tuple[int, int]  # height and width of the drawing


def as_grey(image: Any) -> np.ndarray:
    """(H, W) uint8 grey of a PIL image or a uint8 array (H, W), (H, W, 3) or (H, W, 4).

    Transparent pixels count as white paper; where all that is opaque is light, as black.
    Raises ValueError for anything that is no picture.
    """
    image = as_pixels(image)
    if image.ndim == 2:
        return image
    if image.shape[2] == 1:
        return image[..., 0]
    if image.shape[2] == 3:
        return cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY)
    return _flatten(image)


def as_pixels(image: Any) -> np.ndarray:
    """uint8 array (H, W), (H, W, 1), (H, W, 3) or (H, W, 4) of a picture, upright. Raises ValueError as `as_grey`."""
    if isinstance(image, Image.Image):
        image = _from_pil(image)
    if not isinstance(image, np.ndarray):
        raise ValueError(
            f"reading a picture: got {type(image).__name__}, expected a PIL image or a uint8 numpy array; "
            "open files with PIL.Image.open first"
        )
    if image.dtype == bool:
        image = image.astype(np.uint8) * 255
    if image.dtype != np.uint8:
        raise ValueError(
            f"reading a picture: got an array of {image.dtype}, expected uint8 with values 0 to 255; "
            "scale it and convert with .astype('uint8')"
        )
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] not in (1, 3, 4)) or 0 in image.shape:
        raise ValueError(
            f"reading a picture: got an array of shape {image.shape}, expected (H, W), (H, W, 3) or (H, W, 4) "
            "with at least one pixel"
        )
    return image


def _from_pil(image: Image.Image) -> np.ndarray:
    """uint8 array of a PIL image of any mode, upright; 16-bit and float pictures are scaled to their own range."""
    if image.width == 0 or image.height == 0:
        raise ValueError(f"reading a picture: got one of {image.width}×{image.height} pixels, expected at least 1×1")
    image = ImageOps.exif_transpose(image)
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        values = np.nan_to_num(np.asarray(image, dtype=np.float64), posinf=0.0, neginf=0.0)
        low, high = float(values.min()), float(values.max())
        top = 65535.0 if image.mode != "F" and high > 255 and low >= 0 else max(high, 255.0)
        return (np.clip(values / top, 0, 1) * 255).astype(np.uint8)
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        return np.asarray(image.convert("RGBA"))
    if image.mode == "1":  # the dots of a dithered edge are averaged back to the grey that they stand for
        return np.asarray(cv2.GaussianBlur(np.asarray(image.convert("L")), (3, 3), 0))
    return np.asarray(image.convert("L" if image.mode == "L" else "RGB"))


def _flatten(image: np.ndarray) -> np.ndarray:
    """Grey of an RGBA array, transparent pixels as the ground that makes its ink visible: white, else black."""
    grey = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGBA2GRAY)
    alpha = np.ascontiguousarray(image[..., 3])
    seen = cv2.multiply(grey, alpha, scale=1 / 255)  # rounded to whole greys
    opaque = float(alpha.sum(dtype=np.int64))
    mean = 255 * float(seen.sum(dtype=np.int64)) / opaque if opaque else 0.0
    see_through = opaque / alpha.size < 0.98 * 255
    return seen if see_through and mean > 200 else cv2.add(seen, 255 - alpha)


def drawing_ink(image: Any) -> np.ndarray:
    """(H, W) float32 ink of a whole drawing, as `drawn` finds it."""
    ink, left, top, shape = drawn(image)
    whole = np.zeros(shape, np.float32)
    whole[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return whole


def drawn(image: Any) -> Drawn:
    """The ink of a drawing: even paper, strokes of any tone or colour, each at its own full tone.

    Paper is the median grey of the picture's edge. An empty or nearly even picture has no ink at all.
    Raises ValueError as `as_grey`.
    """
    pixels = as_pixels(image)
    if pixels.ndim == 3 and pixels.shape[2] == 3 and _most_colour(pixels) > FAINTEST:
        darker, lighter = zip(*(_contrasts(channel) for channel in cv2.split(pixels)), strict=True)
        return _full_tone(np.stack(darker + lighter).max(axis=0))
    darker, lighter = _contrasts(as_grey(pixels))
    return _full_tone(darker if darker.max() >= lighter.max() else lighter)


def _most_colour(pixels: np.ndarray) -> int:
    """Grey levels between the channels of the most colourful pixel of (H, W, 3) uint8; 0 for a grey picture."""
    first, second, third = cv2.split(pixels)
    lightest, darkest = cv2.max(cv2.max(first, second), third), cv2.min(cv2.min(first, second), third)
    return int(cv2.subtract(lightest, darkest).max())


def _contrasts(grey: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Twice (H, W) uint8 grey levels: by which pixels are darker than the paper, and lighter; (H, W) uint8 in."""
    edge = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    paper = round(float(np.median(edge)))
    if np.ptp(edge) > FAINTEST:  # ink along the edge: the majority is paper
        middle = round(float(np.median(grey)))
        paper = middle if abs(middle - paper) > FAINTEST else paper
    return cv2.subtract(np.full_like(grey, paper), grey), cv2.subtract(grey, np.full_like(grey, paper))


def _full_tone(contrast: np.ndarray) -> Drawn:
    """Ink of contrast (H, W) uint8 in grey levels: each stroke divided by its own strongest contrast."""
    height, width = shape = contrast.shape
    seen = (contrast >= FAINTEST).view(np.uint8)
    left, top, wide, high = cv2.boundingRect(seen)
    if not wide:
        return Drawn(np.zeros((1, 1), np.float32), 0, 0, shape)
    soft = np.s_[max(top - SOFT, 0) : top + high + SOFT, max(left - SOFT, 0) : left + wide + SOFT]
    ink: np.ndarray = contrast[soft] / np.float32(contrast.max())
    _level_tones(ink, seen[soft])
    ink[ink < RIPPLE] = 0
    np.minimum(ink, 1, out=ink)
    before = [int(side > SOFT) for side in (top, left)]
    after = [int(side + SOFT < end) for side, end in ((top + high, height), (left + wide, width))]
    ink = cv2.copyMakeBorder(ink, before[0], after[0], before[1], after[1], cv2.BORDER_CONSTANT, value=0)
    return Drawn(ink, soft[1].start - before[1], soft[0].start - before[0], shape)


def _level_tones(ink: np.ndarray, seen: np.ndarray) -> None:
    """Bring each stroke of ink (h, w) float32 to full tone, in place. seen: (h, w) uint8 mask of the strokes."""
    if not 2 < cv2.connectedComponents(seen)[0] <= MOST_STROKES:  # a stroke alone is at full tone
        return
    _, labels, stats, _ = cv2.connectedComponentsWithStats(seen, connectivity=8)
    for number, (left, top, width, height, _) in enumerate(stats[1:], start=1):
        window = np.s_[top : top + height, left : left + width]
        own = labels[window] == number
        ink[window][own] /= np.float32(max(float(ink[window][own].max()), PALEST))


def stroke_layers(strokes: Sequence[dict[str, Any]], drawn: Drawn) -> list[tuple[Box, np.ndarray]]:
    """Box and (h, w) float32 ink of each stroke that left ink on a drawing, in pixels of `drawn.ink`, what was erased
    left out. strokes: as `render_strokes` takes them."""
    height, width = drawn.ink.shape
    part = drawn.left, drawn.top, drawn.left + width, drawn.top + height
    layers = []
    for stroke in strokes:
        if not stroke.get("erase"):
            grey = render_strokes([stroke], drawn.shape, part)
            left, top, wide, high = cv2.boundingRect(cv2.bitwise_not(grey))
            there = np.s_[top : top + high, left : left + wide]
            own = np.minimum(1 - grey[there] / np.float32(255), drawn.ink[there])
            box = bounding_box(own)
            if box is not None:
                place = (left + box[0], top + box[1], left + box[2], top + box[3])
                layers.append((place, own[box[1] : box[3], box[0] : box[2]]))
    return layers


def render_strokes(
    strokes: Sequence[dict[str, Any]], size: tuple[int, int] = (280, 280), part: Box | None = None
) -> np.ndarray:
    """(height, width) uint8 grey, black on white, of pen strokes in the order drawn, or the `part` of it.

    A stroke is {"points": [[x, y], …] in pixels, "width": the pen's diameter in pixels, "erase": True for white}.
    Round caps and joins, anti-aliased. Raises ValueError for strokes of another form.
    """
    left, top, right, bottom = part or (0, 0, size[1], size[0])
    canvas = np.full((bottom - top, right - left), 255, np.uint8)
    for number, stroke in enumerate(strokes):
        try:
            points = np.asarray(stroke["points"], dtype=np.float64)
            width = float(stroke["width"])
        except (TypeError, KeyError, ValueError, IndexError, OverflowError) as error:
            raise ValueError(
                f'drawing stroke {number}: got {type(stroke).__name__}, expected {{"points": [[x, y], …], '
                '"width": pixels, "erase": true or false}'
            ) from error
        if points.ndim != 2 or points.shape[1] != 2 or not len(points) or not np.isfinite(points).all():
            raise ValueError(
                f"drawing stroke {number}: got points of shape {points.shape}, expected at least one finite [x, y]"
            )
        if not 0 < width <= 1000:
            raise ValueError(f"drawing stroke {number}: got width {width}, expected pixels above 0, at most 1000")
        points = np.clip(points, -2000, 2000 + max(size)) - (left, top)
        if len(points) == 1:
            points = np.repeat(points, 2, axis=0)  # a dot is a line without length
        fixed = np.round(points * 16)  # OpenCV's fixed point, 4 bits after the comma
        colour = 255 if stroke.get("erase") else 0
        thickness = _thickness(width)
        cv2.polylines(canvas, [fixed.astype(np.int32)], False, colour, thickness, cv2.LINE_AA, shift=4)
    return canvas


def _thickness(width: float) -> int:
    """OpenCV's thickness that draws an anti-aliased line nearest to `width` pixels: it adds 2.4 to odd ones above 1."""
    if width < 4.4:
        return 1 if width < 2.4 else 2  # 1.4 and 3.4 pixels wide
    return 2 * round((width - 3.4) / 2) + 1
