"""Pages of handwriting on synthetic paper: what tests and the example pictures are composed of.

A glyph is a list of strokes, each (n, 2) float points; `place` scales it to a height in pixels. Everything follows
from the random generator that is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

Glyph = list[np.ndarray]
Draw = Callable[[np.random.Generator, int], Glyph]
PENS = {  # ink's colour (RGB), how much of the paper it covers, stroke width as a share of the digit's height
    "black": ((25, 25, 30), 0.95, 0.07),
    "ballpoint": ((30, 45, 140), 0.8, 0.045),
    "pencil": ((85, 85, 90), 0.5, 0.05),
    "marker": ((15, 15, 20), 0.97, 0.16),
    "red": ((190, 25, 35), 0.9, 0.07),
    "chalk": ((240, 240, 235), 0.85, 0.09),
}
PAPERS = {
    "white": (244, 244, 242),
    "yellow": (222, 206, 160),
    "grey": (150, 152, 155),
    "blue": (165, 185, 215),
    "board": (38, 62, 52),
}


@dataclass(frozen=True)
class Page:
    """What a page looks like; the defaults are a clean sheet."""

    size: tuple[int, int] = (900, 1200)  # height, width in pixels
    digit: float = 70.0  # the digits' height in pixels
    spacing: float = 0.45  # gap between digits, of their height
    leading: float = 2.0  # distance of rows, of the digits' height
    slope: float = 0.0  # degrees, clockwise
    jitter: float = 0.06  # scatter of place and size, of the digits' height
    pen: str = "black"
    paper: str = "white"
    ruled: str = ""  # "", "lines" or "squares"
    table: bool = False  # a dark table around the sheet
    vignette: float = 0.0  # light lost in the corners, 0 to 1
    soft_shadow: float = 0.0  # light lost in a smooth shadow, 0 to 1
    hard_shadow: float = 0.0  # the same behind a sharp edge
    bleed: float = 0.0  # opacity of writing that shines through from the other side
    noise: float = 2.0  # standard deviation in grey levels
    jpeg: int = 90  # quality, 0 for none


@dataclass
class Composed:
    """A page as RGB uint8 (H, W, 3), its text (rows joined by newlines) and one box per digit."""

    image: np.ndarray
    text: str
    boxes: list[tuple[float, float, float, float]] = field(default_factory=list)


def compose(rng: np.random.Generator, draw: Draw, rows: Sequence[str], page: Page) -> Composed:
    """Write rows of digits (a blank leaves a gap) on a page. Digits that would leave the sheet are left out."""
    height, width = page.size
    colour, opacity, share = PENS[page.pen]
    ink = np.zeros(page.size, np.uint8)
    text, boxes = [], []
    margin = (0.09 if page.table else 0.03) * min(page.size) + 0.4 * page.digit
    turn = np.deg2rad(page.slope)
    rise = abs(np.tan(turn)) * width
    y = margin + page.digit + (rise if page.slope < 0 else 0)
    for row in rows:
        x, written = margin, ""
        for sign in row:
            if sign == " ":
                x += page.digit
                continue
            size = page.digit * (1 + page.jitter * rng.standard_normal())
            strokes = place(draw(rng, int(sign)), size, page.slope)
            wide = max(float(stroke[:, 0].max()) for stroke in strokes)
            corner = np.array([x, y + np.tan(turn) * x - size + page.jitter * page.digit * rng.standard_normal()])
            if x + wide > width - margin or corner[1] + size > height - margin:
                break
            points = [stroke + corner for stroke in strokes]
            for line in points:
                _pen(ink, line, max(1.0, share * page.digit))
            everything = np.concatenate(points)
            boxes.append((*everything.min(axis=0), *everything.max(axis=0)))
            x += wide + page.spacing * page.digit * rng.uniform(0.8, 1.2)
            written += sign
        if written:
            text.append(written)
        y += page.leading * page.digit
    image = _on_paper(rng, ink.astype(np.float32) / 255 * opacity, colour, page)
    return Composed(image, "\n".join(text), boxes)


def place(glyph: Glyph, size: float, slope: float = 0.0) -> Glyph:
    """The glyph with its longest side at `size` pixels, turned by `slope` degrees, its corner at (0, 0)."""
    turn = np.deg2rad(slope)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    points = np.concatenate(glyph)
    scale = size / max(float(np.ptp(points, axis=0).max()), 1e-6)
    turned = [(np.asarray(stroke, float) * scale) @ matrix for stroke in glyph]
    corner = np.concatenate(turned).min(axis=0)
    return [stroke - corner for stroke in turned]


def _pen(ink: np.ndarray, line: np.ndarray, width: float) -> None:
    fixed = np.round((line if len(line) > 1 else np.repeat(line, 2, axis=0)) * 16).astype(np.int32)
    cv2.polylines(ink, [fixed], False, 255, max(1, round(width)), cv2.LINE_AA, shift=4)


def _on_paper(rng: np.random.Generator, ink: np.ndarray, colour: tuple[int, int, int], page: Page) -> np.ndarray:
    """Paper, lines, ink, light, table and camera noise, in the order in which they happen."""
    height, width = page.size
    sheet = np.ones((height, width, 3), np.float32) * np.array(PAPERS[page.paper], np.float32)
    sheet *= 1 + 0.008 * _clouds(rng, page.size, 60)[..., None]
    if page.ruled:
        _rule(sheet, page)
    if page.bleed:
        sheet *= 1 - page.bleed * cv2.GaussianBlur(ink[:, ::-1], (0, 0), 2)[..., None]
    sheet += ink[..., None] * (np.array(colour, np.float32) - sheet)
    sheet *= _light(rng, page)[..., None]
    if page.table:
        _lay_on_table(rng, sheet, page)
    sheet += rng.normal(0, page.noise, sheet.shape).astype(np.float32)
    image = np.clip(sheet, 0, 255).astype(np.uint8)
    if page.jpeg:
        _, code = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, page.jpeg])
        image = np.ascontiguousarray(cv2.imdecode(code, cv2.IMREAD_COLOR)[..., ::-1])
    return image


def _rule(sheet: np.ndarray, page: Page) -> None:
    """Ruled lines or squares, turned as the writing is."""
    height, width = page.size
    step = page.leading * page.digit / (1 if page.ruled == "lines" else 2)
    reach = height + width
    turn = np.deg2rad(page.slope)
    along, across = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    directions = [(along, across)] + ([(across, along)] if page.ruled == "squares" else [])
    colour = tuple(0.68 * value for value in PAPERS[page.paper])
    for ahead, aside in directions:
        for k in range(-int(reach / step), int(reach / step) + 1):
            start = aside * (k + 0.3) * step
            one, other = start - ahead * reach, start + ahead * reach
            ends = [tuple(round(float(value) * 16) for value in end) for end in (one, other)]
            cv2.line(sheet, ends[0], ends[1], colour, max(1, round(page.digit / 35)), cv2.LINE_AA, shift=4)


def _light(rng: np.random.Generator, page: Page) -> np.ndarray:
    height, width = page.size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    u, v = x / width * 2 - 1, y / height * 2 - 1
    light = 1 - page.vignette * (u * u + v * v) / 2
    turn = rng.uniform(0, 2 * np.pi)
    across = u * np.cos(turn) + v * np.sin(turn)
    light *= 1 - page.soft_shadow / (1 + np.exp(-4 * across))
    if page.hard_shadow:
        turn = rng.uniform(0, 2 * np.pi)
        edge = (u * np.cos(turn) + v * np.sin(turn) - rng.uniform(-0.3, 0.3)) * min(height, width) / 2
        light *= 1 - page.hard_shadow / (1 + np.exp(-np.clip(edge / 1.5, -30, 30)))
    return light


def _lay_on_table(rng: np.random.Generator, sheet: np.ndarray, page: Page) -> None:
    """Around the sheet, a table of dark wood: the sheet is a quadrangle, slightly skew."""
    height, width = page.size
    side = 0.07 * min(page.size)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
    inwards = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])
    corners += inwards * side * rng.uniform(0.5, 1.0, (4, 2))
    inside = np.zeros(page.size, np.uint8)
    cv2.fillPoly(inside, [np.round(corners).astype(np.int32)], 255, cv2.LINE_AA)
    grain = _clouds(rng, (height, max(width // 20, 2)), 6)
    grain = cv2.resize(grain, (width, height))
    wood = np.array((92, 62, 40), np.float32) * (1 + 0.25 * grain[..., None])
    share = inside[..., None].astype(np.float32) / 255
    sheet[:] = share * sheet + (1 - share) * wood


def _clouds(rng: np.random.Generator, size: tuple[int, int], grain: int) -> np.ndarray:
    """Smooth noise of about unit variance with spots of `grain` pixels."""
    small = rng.standard_normal((size[0] // grain + 2, size[1] // grain + 2)).astype(np.float32)
    return cv2.resize(small, size[::-1], interpolation=cv2.INTER_CUBIC)
