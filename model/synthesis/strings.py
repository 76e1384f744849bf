"""Strings of digits that touch, drawn by code: what the string network is trained on. Needs no torch.

One writer writes a string of digits of the CSV, of strokes or of print; lines join its digits, run along it or through
it, and marks that are no digits stand beside it or alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np

from model.ink.normalise import bounding_box
from model.synthesis.page.glyphs import FINE, Box, Supply, pen_line
from model.synthesis.page.writing import Sheet, Writer, a_writer, rotation

HEIGHT = 32  # pixels of a string
SIDE = 320  # pixels of the sheet that a string is written on
WRITTEN = 26.0  # pixels: how high its digits are there
MOST_WIDE = 12 * HEIGHT  # pixels
LENGTHS = np.array([4, 7, 6, 5, 4, 3, 2, 1]) / 32  # shares of strings of 1 to 8 digits
CLOSEST = 0.14  # heights between the middles of two digits: nearer ones cannot be told apart


@dataclass(frozen=True)
class Shares:
    """How often each thing happens to a string."""

    others_alone: float = 0.14  # no digits at all
    others_beside: float = 0.1  # before or after the digits
    tight: float = 0.65  # of the writers, whose digits touch or overlap
    zeros: float = 0.1  # two or three in one stroke at the end
    joined: float = 0.35  # of the writers, who do not always lift the pen between two digits
    joint: float = 0.5  # of such a writer's pairs of neighbours
    tail: float = 0.12  # the last stroke runs on
    ruled: float = 0.22  # a line under, over or through the string
    upright: float = 0.05  # a line beside it, higher than its digits
    crumbs: float = 0.2
    pen: float = 0.3  # all strokes thinner or thicker
    worn: float = 0.2  # broken and faint
    coarse: float = 0.25  # taken from a small picture
    soft: float = 0.5  # its edges


SHARES = Shares()


class String(NamedTuple):
    """A string: its ink (HEIGHT, w) uint8, 255 for full ink, the digits (N,) int64 and the columns of their middles."""

    ink: np.ndarray
    labels: np.ndarray
    middles: np.ndarray  # (N,) float32 pixels, rising


def strings(seed: Sequence[int], count: int, images: np.ndarray, labels: np.ndarray) -> list[String]:
    """`count` strings, the same for the same seed. images: (N, 28, 28) uint8 of the CSV; labels: (N,)."""
    rng = np.random.default_rng(list(seed))
    supply = Supply(rng, images, labels)
    found: list[String] = []
    while len(found) < count:
        made = a_string(rng, supply)
        if made is not None:
            found.append(made)
    return found


def a_string(rng: np.random.Generator, supply: Supply) -> String | None:
    """A random string; None where digits hide each other, or nothing is seen."""
    sheet = Sheet(rng, supply, SIDE)
    angle = rng.normal(0, 0.06)
    start = np.array([0.1 * SIDE, SIDE / 2])
    if rng.random() < SHARES.others_alone:
        sheet.others(WRITTEN, start, angle, int(rng.integers(1, 5)))
    else:
        _write(sheet, start, angle)
    middles = np.array([(box[0] + box[2]) / 2 for _, box in sheet.digits])
    if (np.diff(middles) < CLOSEST * WRITTEN).any():
        return None
    box = bounding_box(sheet.ink, 40)
    if box is None:
        return None
    left, top, right, bottom = box
    width = round((right - left) * HEIGHT / (bottom - top))
    if not HEIGHT // 8 <= width <= MOST_WIDE:
        return None
    fine = _worn(rng, sheet.ink[top:bottom, left:right])
    ink = _seen(rng, cv2.resize(fine, (width, HEIGHT), interpolation=cv2.INTER_AREA))
    columns = (middles * FINE - left) * HEIGHT / (bottom - top)
    return String(ink, np.array([label for label, _ in sheet.digits], np.int64), columns.astype(np.float32))


def _write(sheet: Sheet, start: np.ndarray, angle: float) -> None:
    """A string of digits, and what belongs to it."""
    rng = sheet.rng
    writer = a_writer(rng, sheet.supply, WRITTEN)
    if rng.random() < SHARES.tight:
        writer = replace(writer, gap=(rng.uniform(-0.16, 0.06), rng.uniform(0.01, 0.08)))
    along = rotation(angle)[:, 0]
    beside = rng.random() < SHARES.others_beside
    if beside and rng.random() < 0.5:
        sheet.others(WRITTEN, start, angle, 1)
        start = start + along * WRITTEN * rng.uniform(0.7, 1.2)
        beside = False
    end = sheet.row(writer, start, angle, 0.75 * SIDE, 1 + int(rng.choice(len(LENGTHS), p=LENGTHS)))
    if rng.random() < SHARES.zeros:
        end = sheet.joined_zeros(writer, start, end, rotation(angle))
    if rng.random() < SHARES.joined:
        for (_, one), (_, other) in zip(sheet.digits, sheet.digits[1:], strict=False):
            if rng.random() < SHARES.joint:
                _joint(sheet, writer, one, other)
    if beside:
        sheet.others(WRITTEN, start + along * (end + WRITTEN * rng.uniform(-0.05, 0.3)), angle, int(rng.integers(1, 3)))
    _lines(sheet, writer, angle)


def _joint(sheet: Sheet, writer: Writer, one: Box, other: Box) -> None:
    """A stroke from one digit into the next: along the top or the bottom, or from any height to any."""
    rng = sheet.rng
    levels = rng.choice([0.05, 0.95, rng.random()]) + rng.normal(0, 0.06, 2)
    if rng.random() < 0.3:
        levels = rng.random(2)
    begin, end = (
        np.array([box[0] + share * (box[2] - box[0]), box[1] + level * (box[3] - box[1])])
        for box, share, level in ((one, rng.uniform(0.5, 1), levels[0]), (other, rng.uniform(0, 0.5), levels[1]))
    )
    _bent(sheet, begin, end, writer.pen * rng.uniform(0.7, 1.1))


def _bent(sheet: Sheet, begin: np.ndarray, end: np.ndarray, pen: float) -> None:
    """A line from one place to another that bends a little."""
    bend = sheet.rng.normal(0, 0.12, 2) * np.linalg.norm(end - begin)
    t = np.linspace(0, 1, 8)[:, None]
    pen_line(sheet.ink, begin * (1 - t) + end * t + bend * 4 * t * (1 - t), pen)


def _lines(sheet: Sheet, writer: Writer, angle: float) -> None:
    """What else the pen or the paper left: a tail, a ruled line, one beside the string, crumbs."""
    rng = sheet.rng
    boxes = np.array([box for _, box in sheet.digits])
    if not len(boxes):
        return
    left, top = boxes[:, :2].min(axis=0)
    right, bottom = boxes[:, 2:].max(axis=0)
    if rng.random() < SHARES.tail:
        box = boxes[-1]
        begin = np.array([rng.uniform((box[0] + box[2]) / 2, box[2]), rng.uniform(box[1], box[3])])
        _bent(sheet, begin, begin + WRITTEN * np.array([rng.uniform(0.1, 0.8), rng.normal(0, 0.4)]), writer.pen)
    if rng.random() < SHARES.ruled:
        level = rng.choice([bottom, bottom, bottom, top, (top + bottom) / 2]) + rng.normal(0, 0.1) * WRITTEN
        ends = np.array([left, right]) + rng.uniform(-0.4, 0.6, 2) * WRITTEN * (1, 1 if rng.random() < 0.7 else -2)
        lean = np.tan(angle) * rng.uniform(0, 1.5) * (ends[1] - ends[0]) / 2
        begin, end = np.array([ends[0], level - lean]), np.array([ends[1], level + lean])
        pen_line(sheet.ink, np.array([begin, end]), writer.pen * rng.uniform(0.5, 1.2))
    if rng.random() < SHARES.upright:
        x = rng.choice([left, right]) + rng.normal(0, 0.1) * WRITTEN
        reach = WRITTEN * rng.uniform(0.25, 0.6, 2)
        pen_line(sheet.ink, np.array([[x, top - reach[0]], [x, bottom + reach[1]]]), writer.pen)
    if rng.random() < SHARES.crumbs:
        for place in rng.uniform((left, top), (right, bottom), (rng.integers(1, 4), 2)):
            pen_line(sheet.ink, place + rng.normal(0, 0.03 * WRITTEN, (2, 2)), writer.pen * rng.uniform(0.3, 1))


def _worn(rng: np.random.Generator, ink: np.ndarray) -> np.ndarray:
    """Ink (h, w) uint8 with strokes of another width, or broken and faint ones."""
    if rng.random() < SHARES.pen:
        change = cv2.dilate if rng.random() < 0.6 else cv2.erode
        changed = change(ink, np.ones((2, 2) if rng.random() < 0.6 else (3, 3), np.uint8))
        ink = changed if changed.max(initial=0) > 127 and (changed > 127).sum() > 0.4 * (ink > 127).sum() else ink
    if rng.random() < SHARES.worn:
        coarse = rng.standard_normal((max(2, ink.shape[0] // 4), max(2, ink.shape[1] // 4))).astype(np.float32)
        grain = cv2.resize(coarse, ink.shape[::-1], interpolation=cv2.INTER_CUBIC)
        keep = np.clip(1 + rng.uniform(0.5, 1.6) * (rng.uniform(0.3, 1.2) + grain), rng.uniform(0, 0.5), 1)
        ink = np.asarray(ink * keep, np.uint8)
    return ink


def _seen(rng: np.random.Generator, ink: np.ndarray) -> np.ndarray:
    """Ink (HEIGHT, w) uint8 as a picture of another size or with soft edges gives it."""
    if rng.random() < SHARES.coarse:
        factor = rng.uniform(0.35, 0.8)
        size = max(2, round(ink.shape[1] * factor)), max(2, round(HEIGHT * factor))
        small = cv2.resize(ink, size, interpolation=cv2.INTER_AREA)
        ink = cv2.resize(small, ink.shape[::-1], interpolation=cv2.INTER_LINEAR)
        if rng.random() < 0.5:
            ink = np.clip((ink.astype(np.float32) - 127) * rng.uniform(1, 4) + 127, 0, 255).astype(np.uint8)
    if rng.random() < SHARES.soft:
        ink = cv2.GaussianBlur(ink, (0, 0), rng.uniform(0.3, 0.9))
    return ink
