"""The paper under the writing: its grain, security print, ruled lines and boxes. Brightness from 0 to 255."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from model.synthesis.page.glyphs import Box

Shape = tuple[int, int]  # height, width in pixels
FORMS = ("none", "rule", "grid", "cells", "under", "frame", "cross")
FORM_SHARES = (0.34, 0.13, 0.13, 0.14, 0.12, 0.08, 0.06)
LINE_WIDTHS = (1, 1, 1, 2, 2, 3, 5)  # pixels
SHIFT = 4  # binary places of a line's ends


def clouds(rng: np.random.Generator, shape: Shape, grain: float) -> np.ndarray:
    """(H, W) float32 smooth noise about 0, its blots `grain` pixels wide, standard deviation about 1."""
    coarse = (int(shape[1] / grain) + 2, int(shape[0] / grain) + 2)
    noise = rng.standard_normal(coarse[::-1]).astype(np.float32)
    return cv2.resize(noise, shape[::-1], interpolation=cv2.INTER_CUBIC)


def along(shape: Shape, angle: float) -> tuple[np.ndarray, np.ndarray]:
    """(H, W) float32 coordinates in pixels along a direction and across it."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return x * cos + y * sin, y * cos - x * sin


def a_paper(rng: np.random.Generator, shape: Shape) -> tuple[np.ndarray, float]:
    """(H, W) float32 brightness of a sheet, and what it would be without grain, print and dirt."""
    base = float(rng.uniform(110, 250))
    paper = np.full(shape, base, np.float32)
    paper += rng.uniform(0, 8) * clouds(rng, shape, rng.uniform(20, 90))
    share = rng.random(6)
    if share[0] < 0.35:
        paper += rng.uniform(1, 11) * clouds(rng, shape, rng.uniform(1.5, 5))
    if share[1] < 0.4:
        for _ in range(int(rng.integers(1, 4))):
            paper -= _security_print(rng, shape) * rng.uniform(6, 60) * (base / 255)
    if share[2] < 0.15:
        paper -= _weave(rng, shape) * rng.uniform(5, 45) * (base / 255)
    if share[3] < 0.1:
        paper += _creases(rng, shape) * rng.uniform(5, 40)
    if share[4] < 0.15:
        paper -= _dust(rng, shape) * rng.uniform(20, 160)
    return paper, base


def _security_print(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """(H, W) 0 to 1: thin lines side by side, straight, waving, round or wandering, as on cheques."""
    along_lines, phase = along(shape, rng.uniform(0, np.pi))
    kind, step = rng.integers(4), rng.uniform(4, 22)
    if kind == 0:
        phase = phase + rng.uniform(0, 14) * np.sin(along_lines * 2 * np.pi / rng.uniform(20, 150) + rng.uniform(0, 6))
    elif kind == 1:
        middle = rng.uniform(-240, 240, 2)
        phase = np.hypot(along_lines - middle[0], phase - middle[1])
        phase = phase + rng.uniform(0, 6) * np.sin(along_lines / rng.uniform(6, 30))
    elif kind == 2:
        phase = phase + clouds(rng, shape, rng.uniform(25, 70)) * rng.uniform(2, 12)
    distance = np.abs((phase / step) % 1 - 0.5) * step
    lines = np.clip(rng.uniform(0.6, 0.35 * step) / 2 + 0.5 - distance, 0, 1)
    if rng.random() < 0.2:
        lines = lines * (np.sin(along_lines * 2 * np.pi / rng.uniform(3, 12)) > rng.uniform(-0.5, 0.5))
    return lines


def _weave(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """(H, W) 0 to 1: a halftone or a fabric."""
    u, v = along(shape, rng.uniform(0, np.pi))
    period = rng.uniform(2.5, 9)
    waves = np.sin(u * 2 * np.pi / period) * np.sin(v * 2 * np.pi / (period * rng.uniform(0.6, 1.6)))
    return np.clip(2 * waves + rng.uniform(-0.5, 0.8), 0, 1)


def _creases(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """(H, W) about -1 to 1: facets of crumpled paper, each with a light of its own and a hard edge."""
    relief = np.zeros(shape, np.float32)
    for _ in range(int(rng.integers(2, 9))):
        _, across = along(shape, rng.uniform(0, np.pi))
        across = across - rng.uniform(across.min(), across.max())
        fall = rng.uniform(10, 80)
        relief += np.sign(across) * np.exp(-np.abs(across) / fall) * rng.uniform(-1, 1)
    return relief


def _dust(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """(H, W) 0 to 1: specks and short hairs."""
    spots = np.zeros(shape, np.uint8)
    for _ in range(int(rng.integers(3, 60))):
        place = rng.uniform(0, 1, 2) * shape[::-1]
        reach = rng.normal(0, rng.choice([0.5, 1.5, 5]), 2)
        line(spots, place, place + reach, int(rng.choice([1, 1, 1, 2, 3])), int(rng.integers(60, 255)))
    return spots.astype(np.float32) / 255


def line(mask: np.ndarray, begin: np.ndarray, end: np.ndarray, width: int, tone: int = 255) -> None:
    """Draw a straight line on a uint8 mask, from one place (x, y) in pixels to another."""
    ends = [tuple(round(float(side) * (1 << SHIFT)) for side in place) for place in (begin, end)]
    cv2.line(mask, ends[0], ends[1], tone, max(1, int(width)), cv2.LINE_AA, shift=SHIFT)


def a_form(rng: np.random.Generator, shape: Shape, boxes: Sequence[Box], height: float, angle: float) -> np.ndarray:
    """(H, W) uint8 mask of printed lines: ruling, a grid, cells or a frame around the digits in `boxes`, or none."""
    mask = np.zeros(shape, np.uint8)
    turn = angle + rng.normal(0, 0.02)
    across, down = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    width = int(rng.choice(LINE_WIDTHS))
    kind = rng.choice(FORMS, p=FORM_SHARES)
    if kind in ("rule", "grid"):
        _ruling(rng, mask, (across, down), height * rng.uniform(0.5 if kind == "grid" else 0.9, 2.5), kind, width)
    elif kind == "cells":
        for box in boxes:
            if rng.random() < 0.75:
                _cell(rng, mask, box, (across, down), height, width)
    elif kind == "under" and boxes:
        place = np.array([shape[1] / 2, max(box[3] for box in boxes) + rng.normal(0.04, 0.1) * height])
        line(mask, place - across * 300, place + across * 300, width)
    elif kind == "frame" and boxes:
        margin = rng.uniform(0, 0.5, 4) * height
        low = np.min([box[:2] for box in boxes], axis=0) - margin[:2]
        high = np.max([box[2:] for box in boxes], axis=0) + margin[2:]
        _outline(mask, [low, np.array([high[0], low[1]]), high, np.array([low[0], high[1]])], width)
    elif kind == "cross":
        for _ in range(int(rng.integers(1, 5))):
            ends = rng.uniform(0, 1, (2, 2)) * shape[::-1]
            line(mask, ends[0], ends[1], int(rng.choice([1, 2, 3, 6, 10])))
    return mask


def _ruling(
    rng: np.random.Generator,
    mask: np.ndarray,
    axes: tuple[np.ndarray, np.ndarray],
    step: float,
    kind: str,
    width: int,
) -> None:
    """Parallel lines over the whole mask, for a grid both ways."""
    across, down = axes
    middle = np.array(mask.shape[::-1]) / 2
    step = max(step, 7.0)
    offset = rng.uniform(0, step)
    ways = ((across, down), (down, across)) if kind == "grid" else ((across, down),)
    for place in np.arange(-300, 300, step) + offset:
        for direction, side in ways:
            bold = 3 if kind == "grid" and rng.random() < 0.15 else 0
            at = middle + side * place
            line(mask, at - direction * 300, at + direction * 300, width + bold)


def _cell(
    rng: np.random.Generator,
    mask: np.ndarray,
    box: Box,
    axes: tuple[np.ndarray, np.ndarray],
    height: float,
    width: int,
) -> None:
    """A printed box around one digit, some of its sides missing or bold."""
    gap = height * (rng.uniform(0.05, 0.4) if rng.random() < 0.8 else rng.uniform(-0.05, 0.1))
    middle = np.array([box[0] + box[2], box[1] + box[3]]) / 2 + rng.normal(0, 0.06 * height, 2)
    wide = axes[0] * (max(0.75 * height, box[2] - box[0]) / 2 + gap)
    high = axes[1] * ((box[3] - box[1]) / 2 + gap)
    corners = [middle - wide - high, middle + wide - high, middle + wide + high, middle - wide + high]
    sides = rng.random(4) < 0.9
    bold = int(rng.integers(1, 5)) if rng.random() < 0.25 else 0
    _outline(mask, corners, width + bold, sides)


def _outline(
    mask: np.ndarray, corners: Sequence[np.ndarray], width: int, sides: Sequence[bool] | np.ndarray = ()
) -> None:
    for index, corner in enumerate(corners):
        if not len(sides) or sides[index]:
            line(mask, corner, corners[(index + 1) % len(corners)], width)
