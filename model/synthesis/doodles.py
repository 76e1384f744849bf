"""Doodles: bodies with parts on them, uneven outlines, and textures as photos have them."""

from __future__ import annotations

import cv2
import numpy as np

from model.synthesis.handwriting import written
from model.synthesis.paths import POINTS
from model.synthesis.strokes import Strokes, turned

PARTS = 4  # at most, on one body
PART_POINTS = 7
BODY_POINTS = POINTS - PARTS * PART_POINTS
ROUND = 30  # corners that stand for a circle
CORNERS = (3, 4, 4, 5, 6, ROUND)  # of bodies
# Lines on a body that reaches from -1 to 1 both ways: start, what they bend towards, end.
LINES = np.array(
    [
        [[-1, 0], [0, 0], [1, 0]],  # a band
        [[0, -1], [0, 0], [0, 1]],  # a seam
        [[0, 1], [0, 1.5], [0, 2]],  # a stem
        [[0, -1], [0, -1.4], [0.2, -1.8]],  # a stalk
        [[1, -0.5], [1.9, 0], [1, 0.5]],  # a handle
        [[-0.6, -1], [0, -2], [0.6, -1]],  # a lid
        [[-0.5, 0.3], [0, 0.9], [0.5, 0.3]],  # a mouth
        [[-0.7, 1], [-0.7, 1.3], [-0.8, 1.6]],  # a foot
        [[-1, -0.2], [-1.5, -0.6], [-1.8, 0]],  # an arm
    ]
)
RINGS = 4  # kinds of rings beside the lines: eyes, wheels, buttons


def doodles(rng: np.random.Generator, count: int) -> Strokes:
    """A closed body with two to four parts in it and on it, as faces, cups, bottles, hats and cars have."""
    is_line = rng.integers(len(LINES) + RINGS, size=(count, PARTS, 1, 1)) < len(LINES)
    parts = np.where(is_line, _lines(rng, count), _rings(rng, count))
    corners = rng.choice(CORNERS, count)
    fewest = np.where(corners == ROUND, 3, 2)  # a ring with one line on it may be a 0, a 6 or a 9
    used = np.arange(PARTS) < rng.integers(fewest, PARTS + 1)[:, None]
    parts = np.where(used[:, :, None, None], parts, parts[:, :1, :1])
    points = np.concatenate([_bodies(rng, corners), parts.reshape(count, -1, 2)], axis=1)
    points[..., 0] *= np.exp(np.clip(rng.normal(0, 0.5, (count, 1)), -0.6, 0.9))
    upright = rng.random(count) < 0.7
    points = turned(points, np.where(upright, 0, rng.uniform(0, 2 * np.pi, count)))
    down = np.ones((count, POINTS - 1), bool)
    down[:, BODY_POINTS:] = np.repeat(used, PART_POINTS, axis=1)[:, 1:]
    down[:, BODY_POINTS - 1 :: PART_POINTS] = False
    return Strokes(written((points * 0.35 + 0.5).astype(np.float32), rng), down)


def _bodies(rng: np.random.Generator, corners: np.ndarray) -> np.ndarray:
    """(N, BODY_POINTS, 2) closed shapes from -1 to 1 with so many corners, narrower at one end or not."""
    count, side = len(corners), np.pi / corners[:, None]
    angle = np.linspace(0, 2 * np.pi, BODY_POINTS)[None] + side * rng.integers(2, size=(count, 1))
    radius = np.cos(side) / np.cos((angle + side) % (2 * side) - side)
    shape = np.stack([np.sin(angle), np.cos(angle)], -1) * radius[..., None]
    shape /= np.abs(shape).max(axis=1, keepdims=True)
    shape[..., 0] *= 1 + rng.uniform(-0.5, 0.5, (count, 1)) * shape[..., 1]
    return shape


def _lines(rng: np.random.Generator, count: int) -> np.ndarray:
    """(count, PARTS, PART_POINTS, 2) lines, each somewhere near where one of LINES is, on either side."""
    chosen = LINES[rng.integers(len(LINES), size=(count, PARTS))] + rng.normal(0, 0.18, (count, PARTS, 3, 2))
    chosen[..., 0] = (chosen[..., 0] + rng.normal(0, 0.25, (count, PARTS, 1))) * rng.choice([-1, 1], (count, PARTS, 1))
    t = np.linspace(0, 1, PART_POINTS)
    return np.stack([(1 - t) ** 2, 2 * t * (1 - t), t**2], -1) @ chosen  # quadratic Bézier curves


def _rings(rng: np.random.Generator, count: int) -> np.ndarray:
    """(count, PARTS, PART_POINTS, 2) circles in the body or on its edge, from dots to a third of its size."""
    angle = np.linspace(0, 2 * np.pi, PART_POINTS)
    radius = rng.choice([0.04, 0.12, 0.3], (count, PARTS, 1, 1)) * np.exp(rng.normal(0, 0.2, (count, PARTS, 1, 1)))
    return np.stack([np.cos(angle), np.sin(angle)], -1) * radius + rng.uniform(-0.9, 0.9, (count, PARTS, 1, 2))


def outlines(rng: np.random.Generator, count: int) -> Strokes:
    """Closed lines with three to eight bumps of uneven size: clouds, leaves, animals."""
    angle = np.linspace(0, 2 * np.pi, POINTS)
    waves = np.cos(np.arange(3, 9)[:, None] * angle + rng.uniform(0, 2 * np.pi, (count, 6, 1)))
    bumps = (waves * rng.normal(0, 1, (count, 6, 1))).sum(axis=1)
    bumps *= rng.uniform(0.12, 0.28, (count, 1)) / bumps.std(axis=1, keepdims=True)
    shape = np.stack([np.cos(angle), np.sin(angle)], -1) * np.maximum(1 + bumps, 0.1)[..., None]
    return Strokes(written((shape * 0.4 + 0.5).astype(np.float32), rng), np.ones((count, POINTS - 1), bool))


def textures(rng: np.random.Generator, count: int, side: int) -> np.ndarray:
    """(count, side, side) float32 ink of what photos show beside writing: blots, cloth, foliage, gratings, edges."""
    row, column = np.mgrid[:side, :side].astype(np.float32) / side
    out = np.empty((count, side, side), np.float32)
    for index in range(count):
        spread = np.exp(rng.uniform(np.log(0.02), np.log(0.2), 2)) * side
        grown = cv2.GaussianBlur(rng.standard_normal((side, side), np.float32), (0, 0), *spread)
        grown = grown / grown.std()
        angle, waves, phase = rng.uniform(0, np.pi), rng.uniform(0.3, 6), rng.uniform(0, 2 * np.pi)
        across = np.sin(2 * np.pi * waves * (row * np.sin(angle) + column * np.cos(angle)) + phase)
        grown += rng.choice([0, 0, 1, 3]) * across
        cut = np.quantile(grown, rng.uniform(0.4, 0.9))
        out[index] = np.clip((grown - cut) / grown.std() * rng.uniform(2, 8) + 0.5, 0, 1)
    return out
