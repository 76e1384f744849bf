"""Crops of pages, SIDE × SIDE: what a page network is trained on.

A crop is part of one picture, or several small pictures side by side: cells, amounts and single digits, which people
photograph close to the writing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from model.synthesis.page import writing
from model.synthesis.page.camera import inked, lit, taken
from model.synthesis.page.glyphs import Box, Supply
from model.synthesis.page.paper import a_form, a_paper
from model.synthesis.page.scenery import a_scene, few_words, text_mask

SIDE = 160  # pixels
STRIDE = 4  # pixels per place of the network's answer
LEAST, MOST = 15.0, 56.0  # pixels: digits of this height are to be found
IGNORED = (10.0, 78.0)  # pixels: digits of a height between these may be found though they need not; others must not
WHOLE = 0.82  # of a digit's box inside the picture: then it is to be found
SEEN = 0.2  # of a digit's box inside the picture: less is not there
FLAT = 1.3  # width by height from which a digit's width decides its size
KINDS = ("page", "packed", "text", "scene")
SHARES = (0.48, 0.39, 0.07, 0.06)
MOST_PACKED = 12
IGNORE = -1  # label of a digit that the network may find or not


class Crop(NamedTuple):
    """One crop.

    grey: (SIDE, SIDE) uint8. ink: (SIDE / STRIDE, SIDE / STRIDE) uint8, share of ink of each place, times 255.
    digits: (N, 5) float32: label, or IGNORE, and box (left, top, right, bottom) in pixels.
    windows: (M, 4) int64: the pictures in it (left, top, right, bottom); outside them there is nothing.
    """

    grey: np.ndarray
    ink: np.ndarray
    digits: np.ndarray
    windows: np.ndarray


def a_crop(rng: np.random.Generator, supply: Supply) -> Crop:
    """A random crop."""
    kind = rng.choice(KINDS, p=SHARES)
    if kind == "page":
        return _whole(_page(rng, supply))
    if kind == "packed":
        return _packed(rng, supply)
    grey = _text(rng, supply) if kind == "text" else a_scene(rng, (SIDE, SIDE))
    picture = _Picture(taken(rng, lit(rng, grey), 30.0), np.zeros((SIDE, SIDE), np.float32), ())
    return _whole(picture)


def crops(seed: Sequence[int], count: int, images: np.ndarray, labels: np.ndarray) -> list[Crop]:
    """`count` crops, the same for the same seed. images: (N, 28, 28) uint8 of the CSV; labels: (N,)."""
    rng = np.random.default_rng(list(seed))
    supply = Supply(rng, images, labels)
    return [a_crop(rng, supply) for _ in range(count)]


class _Picture(NamedTuple):
    grey: np.ndarray  # (h, w) uint8
    ink: np.ndarray  # (h, w) float32, 0 to 1
    digits: Sequence[tuple[int, Box]]  # in the picture's pixels; they may reach beyond it


def _text(rng: np.random.Generator, supply: Supply) -> np.ndarray:
    """(SIDE, SIDE) brightness of a printed page without digits."""
    paper, _ = a_paper(rng, (SIDE, SIDE))
    return paper * (1 - text_mask(rng, paper.shape, supply.font()) / np.float32(255) * rng.uniform(0.4, 0.97))


def _page(rng: np.random.Generator, supply: Supply) -> _Picture:
    """Part of a page, mostly full of digits; or with digits too large or small for this scale."""
    height = float(np.exp(rng.uniform(np.log(LEAST + 1), np.log(MOST - 2))))
    size = rng.random()
    if size < 0.1:
        height = float(np.exp(rng.uniform(np.log(IGNORED[1] + 4), np.log(240))))
    elif size < 0.13:
        height = rng.uniform(5, IGNORED[0])
    angle = rng.normal(0, 0.06) if rng.random() < 0.85 else rng.uniform(-0.75, 0.75)
    sheet = writing.Sheet(rng, supply, SIDE)
    layout = rng.choice(["rows", "one", "table", "scattered", "single", "empty"], p=[0.5, 0.08, 0.13, 0.16, 0.04, 0.09])
    if layout in ("rows", "one"):
        writing.rows(sheet, height, angle, is_one=layout == "one")
    elif layout != "empty":
        {"table": writing.table, "scattered": writing.scattered, "single": writing.single}[str(layout)](
            sheet, height, angle
        )
    if layout == "empty" or rng.random() < 0.1:
        writing.distractors(sheet, height, angle, most=8 if layout == "empty" else 4)
    window = (0, 0, SIDE, SIDE) if rng.random() < 0.8 else _part(rng)
    return _photographed(sheet, window, height, angle)


def _part(rng: np.random.Generator) -> tuple[int, int, int, int]:
    """A picture whose border lies inside the crop."""
    low = np.where(rng.random(2) < 0.5, rng.uniform(0, SIDE / 2, 2), 0)
    high = np.where(rng.random(2) < 0.5, rng.uniform(SIDE / 2 + 20, SIDE, 2), SIDE)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def _close_up(rng: np.random.Generator, supply: Supply) -> _Picture | None:
    """A picture of one string or digit cut near what is written; None when nothing is."""
    height = float(np.exp(rng.uniform(np.log(18), np.log(MOST))))
    angle = rng.normal(0, 0.06) if rng.random() < 0.9 else rng.uniform(-0.4, 0.4)
    sheet = writing.Sheet(rng, supply, SIDE)
    middle = np.full(2, SIDE / 2)
    is_single = rng.random() < 0.4
    start = middle - writing.rotation(angle)[:, 0] * (0.3 * height if is_single else 0.45 * SIDE)
    writer = writing.a_writer(rng, supply, height)
    if rng.random() < 0.06:
        sheet.others(height, start, angle, int(rng.integers(1, 4)))
    else:
        sheet.row(writer, start, angle, 0.0 if is_single else SIDE * rng.uniform(0.15, 0.75), 1 if is_single else 8)
    left, top, width, high = cv2.boundingRect(sheet.ink)
    if not width:
        return None
    edges = np.array([left, top, left + width, top + high]) / 2
    margins = rng.uniform(0.02, 0.7, 4) * height * (-1, -1, 1, 1)
    window = np.clip(np.round(edges + margins), 0, SIDE).astype(int)
    if window[2] - window[0] < 20 or window[3] - window[1] < 16:
        return None
    return _photographed(sheet, (int(window[0]), int(window[1]), int(window[2]), int(window[3])), height, angle)


def _photographed(sheet: writing.Sheet, window: tuple[int, int, int, int], height: float, angle: float) -> _Picture:
    """The picture of a part (left, top, right, bottom) of the sheet."""
    rng = sheet.rng
    left, top, right, bottom = window
    ink = cv2.resize(sheet.ink, (SIDE, SIDE), interpolation=cv2.INTER_AREA)[top:bottom, left:right] / np.float32(255)
    digits = [(label, (x0 - left, y0 - top, x1 - left, y1 - top)) for label, (x0, y0, x1, y1) in sheet.digits]
    paper, base = a_paper(rng, ink.shape)
    if not digits and rng.random() < 0.3:
        paper = a_scene(rng, ink.shape)
    form = a_form(rng, ink.shape, [box for _, box in digits], height, angle)
    paper = paper * (1 - form / np.float32(255) * rng.uniform(0.15, 0.95))
    if rng.random() < 0.15:
        strength = rng.uniform(0.04, 0.35) if digits else rng.uniform(0.3, 0.95)
        paper = paper * (1 - few_words(rng, ink.shape, sheet.supply.font()) / np.float32(255) * strength)
    if rng.random() < 0.08:  # the other side of the sheet shines through
        paper = paper * (1 - rng.uniform(0.03, 0.25) * cv2.GaussianBlur(ink[:, ::-1], (0, 0), 1.5))
    page = lit(rng, inked(rng, paper, base, ink))
    return _Picture(taken(rng, page.astype(np.float32), height), ink, digits)


def _whole(picture: _Picture) -> Crop:
    """The crop of one picture in its corner."""
    return _together([(picture, 0, 0)])


def _packed(rng: np.random.Generator, supply: Supply) -> Crop:
    """Several close-ups on shelves, from the top left."""
    placed: list[tuple[_Picture, int, int]] = []
    shelves: list[list[int]] = []  # where the next picture goes, left and top, and how high it may be
    foot = 0
    for _ in range(MOST_PACKED):
        picture = _close_up(rng, supply)
        if picture is None:
            continue
        height, width = (-(-size // STRIDE) * STRIDE for size in picture.grey.shape)
        shelf = next((one for one in shelves if height <= one[2] and one[0] + width <= SIDE), None)
        if shelf is None and foot + height <= SIDE:
            shelf = [0, foot, height]
            shelves.append(shelf)
            foot += height + STRIDE
        if shelf is not None:
            placed.append((picture, shelf[0], shelf[1]))
            shelf[0] += width + STRIDE
    return _together(placed)


def _together(placed: Sequence[tuple[_Picture, int, int]]) -> Crop:
    """The crop of pictures whose left top corners lie at (x, y)."""
    grey, ink = np.full((SIDE, SIDE), 128, np.uint8), np.zeros((SIDE, SIDE), np.float32)
    digits: list[tuple[float, ...]] = []
    windows = []
    for picture, x, y in placed:
        height, width = picture.grey.shape
        grey[y : y + height, x : x + width] = picture.grey
        ink[y : y + height, x : x + width] = picture.ink
        windows.append((x, y, x + width, y + height))
        for label, box in picture.digits:
            found = _target(label, box, (height, width))
            if found is not None:
                digits.append((found[0], found[1] + x, found[2] + y, found[3] + x, found[4] + y))
    coarse = cv2.resize(ink, (SIDE // STRIDE, SIDE // STRIDE), interpolation=cv2.INTER_AREA)
    return Crop(
        grey,
        np.round(coarse * 255).astype(np.uint8),
        np.array(digits, np.float32).reshape(-1, 5),
        np.array(windows, np.int64).reshape(-1, 4),
    )


def _target(label: int, box: Box, shape: tuple[int, int]) -> tuple[float, ...] | None:
    """Label, or IGNORE, and box of a digit in a picture (height, width); None when it is not to be learnt at all."""
    left, top, right, bottom = box
    inside = max(left, 0.0), max(top, 0.0), min(right, float(shape[1])), min(bottom, float(shape[0]))
    area = (right - left) * (bottom - top)
    seen = max(inside[2] - inside[0], 0.0) * max(inside[3] - inside[1], 0.0) / max(area, 1e-6)
    size = max(bottom - top, (right - left) / FLAT)
    if seen < SEEN or not IGNORED[0] <= size <= IGNORED[1]:
        return None
    is_wanted = seen > WHOLE and LEAST <= size <= MOST
    return (float(label) if is_wanted else float(IGNORE), *inside)
