"""From writing on paper to the picture that a camera or scanner takes of it. Brightness from 0 to 255."""

from __future__ import annotations

import cv2
import numpy as np

from model.synthesis.page.paper import Shape, along, clouds

NOISE = ((0.5, 1.5, 3, 6, 10), (0.25, 0.3, 0.25, 0.13, 0.07))  # standard deviations in grey levels, and their shares


def inked(rng: np.random.Generator, paper: np.ndarray, base: float, ink: np.ndarray) -> np.ndarray:
    """Paper (H, W) with ink (H, W) in [0, 1] on it, of any darkness, even or blotchy; base: the bare paper's tone."""
    cover = ink * float(np.clip(rng.beta(4, 1.6), 0.2, 1))
    if rng.random() < 0.4:
        cover = cover * np.clip(1 - rng.uniform(0, 0.3) * np.abs(clouds(rng, ink.shape, rng.uniform(2, 30))), 0.2, 1)
    return paper * (1 - cover) + cover * base * rng.uniform(0, 0.35)


def lit(rng: np.random.Generator, page: np.ndarray) -> np.ndarray:
    """The page (H, W) under light that falls off, with the edge of a shadow or of the table here and there."""
    shape: Shape = page.shape
    if rng.random() < 0.6:
        fall, _ = along(shape, rng.uniform(0, 2 * np.pi))
        page = page * (1 - rng.uniform(0, 0.35) * (fall - fall.min()) / max(shape))
    if rng.random() < 0.1:
        page = page * (1 - rng.uniform(0.1, 0.5) * _beyond(rng, shape, rng.uniform(0.8, 15), 0.0))
    if rng.random() < 0.07:
        table = _beyond(rng, shape, 0.5, rng.uniform(0.25, 0.5))
        page = page * (1 - table) + table * (rng.uniform(20, 200) + 15 * clouds(rng, shape, rng.uniform(3, 20)))
    return page


def _beyond(rng: np.random.Generator, shape: Shape, soft: float, away: float) -> np.ndarray:
    """(H, W) 0 to 1: one side of a line across the picture, `away` of its size from its middle, as soft as said."""
    _, across = along(shape, rng.uniform(0, 2 * np.pi))
    across = across - across.mean() - away * max(shape)
    return 1 / (1 + np.exp(-np.clip(across / soft, -30, 30)))


def taken(rng: np.random.Generator, page: np.ndarray, height: float) -> np.ndarray:
    """(H, W) uint8 picture of a page (H, W), blurred, resampled, noisy and compressed; height: of its digits."""
    shape = page.shape
    if rng.random() < 0.65:
        most = 0.045 * min(height, 60) + 0.6
        page = cv2.GaussianBlur(page, (0, 0), float(np.exp(rng.uniform(np.log(0.4), np.log(most)))))
    if rng.random() < 0.2 and min(shape) > 8:
        factor = rng.uniform(0.45, 0.9) if height > 24 else rng.uniform(0.7, 0.95)
        small = cv2.resize(page, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        small = small + np.asarray(rng.standard_normal(small.shape) * rng.uniform(0, 6), np.float32)
        how = cv2.INTER_CUBIC if rng.random() < 0.5 else cv2.INTER_LINEAR
        page = cv2.resize(small, shape[::-1], interpolation=how)
    page = page + rng.standard_normal(shape).astype(np.float32) * rng.choice(NOISE[0], p=NOISE[1])
    picture = np.clip(page, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        _, code = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 95))])
        picture = cv2.imdecode(code, cv2.IMREAD_GRAYSCALE)
    return picture
