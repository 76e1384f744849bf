"""Pictures without digits: printed text, filled shapes and textures, as in photos. Brightness from 0 to 255."""

from __future__ import annotations

import cv2
import numpy as np

from model.synthesis.page.glyphs import line_of_text, stamp
from model.synthesis.page.paper import Shape, a_paper, clouds

# Letters about as often as English has them, with those that look like digits (o, l, s, I, O, S) as often as they come.
LETTERS = "eeeeeeetttttaaaaoooonnniiisssrrrhhlldddccuummffpggwwyybvkzxjqSPANDEOVTEILRMCBHW"
SIGNS = "()[],.;:-!?\"'=+_/&%#@"
MOST_SHAPES = 14


def words(rng: np.random.Generator, length: int) -> str:
    """A line of words, each two to nine letters long; rarely capitals, or letters and signs mixed."""
    if rng.random() < 0.2:
        return "".join(rng.choice(list(LETTERS + SIGNS), length))
    parts: list[str] = []
    while sum(map(len, parts)) < length:
        parts.append("".join(rng.choice(list(LETTERS), int(rng.integers(2, 9)))))
    text = " ".join(parts)
    kind = rng.random()
    return text.title() if kind < 0.2 else text.upper() if kind < 0.3 else text


def text_mask(rng: np.random.Generator, shape: Shape, font: str) -> np.ndarray:
    """(H, W) uint8 mask of printed lines of words in one font, nine to fifty pixels high, level or turned."""
    mask = np.zeros(shape, np.uint8)
    height = float(np.exp(rng.uniform(np.log(9), np.log(50))))
    y = -rng.uniform(0, height)
    while y < shape[0]:
        length = int(shape[1] / height * 2) + 4
        stamp(mask, line_of_text(font, words(rng, length), height), int(rng.uniform(-0.4, 0.2) * shape[1]), int(y))
        y += height * rng.uniform(1.15, 2.2)
    angle = rng.normal(0, 3) if rng.random() < 0.8 else rng.uniform(-30, 30)
    turn = cv2.getRotationMatrix2D((shape[1] / 2, shape[0] / 2), angle, 1.1)
    return cv2.warpAffine(mask, turn, shape[::-1])


def few_words(rng: np.random.Generator, shape: Shape, font: str) -> np.ndarray:
    """(H, W) uint8 mask of some printed words of several sizes here and there."""
    mask = np.zeros(shape, np.uint8)
    for _ in range(int(rng.integers(1, 7))):
        word = line_of_text(font, words(rng, 4)[:8], float(np.exp(rng.uniform(np.log(8), np.log(60)))))
        left, top = rng.uniform(-0.6 * word.shape[1], shape[1]), rng.uniform(-0.5 * word.shape[0], shape[0])
        stamp(mask, word, int(left), int(top))
    return mask


def a_scene(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """(H, W) float32 brightness of something that is not a page."""
    kinds = (_many_grains, _polygons, _blobs, _two_tones, _grass, _gravel)
    return np.clip(kinds[rng.integers(len(kinds))](rng, shape), 0, 255)


def _many_grains(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    return 128 + np.sum([rng.uniform(5, 60) * clouds(rng, shape, grain) for grain in (2, 4, 9, 20, 50)], axis=0)


def _polygons(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    scene = np.full(shape, rng.uniform(30, 220), np.float32)
    for _ in range(int(rng.integers(3, 40))):
        corners = int(rng.integers(3, 7)), 2
        points = rng.uniform(0, 1, 2) * shape[::-1] + rng.normal(0, rng.uniform(5, 60), corners)
        points, tone = np.round(points).astype(np.int32), float(rng.uniform(0, 255))
        if rng.random() < 0.6:
            cv2.fillPoly(scene, [points], tone, cv2.LINE_AA)
        else:
            cv2.polylines(scene, [points], bool(rng.random() < 0.5), tone, int(rng.integers(1, 12)), cv2.LINE_AA)
    return scene


def _blobs(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Filled ellipses, some with relief inside, as coins, buttons and eyes have; on paper or not."""
    scene = a_paper(rng, shape)[0] if rng.random() < 0.5 else np.full(shape, rng.uniform(30, 220), np.float32)
    for _ in range(int(rng.integers(1, MOST_SHAPES))):
        place = rng.uniform(0, 1, 2) * shape[::-1]
        axes = np.exp(rng.uniform(np.log(3), np.log(45), 2))
        if rng.random() < 0.5:
            axes[1] = axes[0]
        tone = float(rng.uniform(0, 255))
        centre, half = (tuple(int(side) for side in pair) for pair in (place, axes))
        cv2.ellipse(scene, centre, half, int(rng.integers(180)), 0, 360, tone, -1, cv2.LINE_AA)
        for _ in range(int(rng.integers(0, 6)) if rng.random() < 0.5 else 0):
            points = np.round(place + rng.normal(0, 0.4, (int(rng.integers(3, 7)), 2)) * axes).astype(np.int32)
            own = float(np.clip(tone + rng.normal(0, 60), 0, 255))
            cv2.polylines(scene, [points], bool(rng.random() < 0.5), own, int(rng.integers(1, 5)), cv2.LINE_AA)
    return scene


def _two_tones(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    tones = rng.uniform(0, 255, 2)
    blots = clouds(rng, shape, rng.uniform(4, 30)) > rng.uniform(-0.5, 0.5)
    return np.where(blots, tones[0], tones[1]).astype(np.float32) + 6 * clouds(rng, shape, 4)


def _grass(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Many short strokes of many greys, as grass and hair have."""
    scene = np.full(shape, rng.uniform(60, 180), np.float32)
    main, spread, length = rng.uniform(0, np.pi), rng.uniform(0.1, 1.5), rng.uniform(5, 40)
    for _ in range(int(rng.integers(100, 500))):
        angle = main + rng.normal(0, spread)
        begin = rng.uniform(0, 1, 2) * shape[::-1]
        end = begin + np.array([np.cos(angle), np.sin(angle)]) * length * rng.uniform(0.3, 1)
        ends = [tuple(int(side) for side in place) for place in (begin, end)]
        cv2.line(scene, ends[0], ends[1], float(rng.uniform(0, 255)), int(rng.integers(1, 4)), cv2.LINE_AA)
    return scene


def _gravel(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    scene = np.full(shape, rng.uniform(5, 180), np.float32)
    for _ in range(int(rng.integers(30, 400))):
        centre = tuple(int(side) for side in rng.uniform(0, 1, 2) * shape[::-1])
        radius = int(np.exp(rng.uniform(0, np.log(12))))
        cv2.circle(scene, centre, radius, float(rng.uniform(0, 255)), -1, cv2.LINE_AA)
    return cv2.GaussianBlur(scene, (0, 0), float(rng.uniform(0.4, 2.5)))
