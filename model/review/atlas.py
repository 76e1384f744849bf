"""Many 28×28 pictures in one PNG: tiles in rows of 64, verified by the SHA-256 of the file."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from model.files import atomic, current
from model.ink.normalise import SIDE

ATLAS_COLUMNS = 64


def atlas(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Tiles (28, 28) uint8 in rows of 64 -> (28 · rows, 28 · 64) uint8; one empty row for no tiles."""
    rows = _rows(len(pictures))
    tiles = np.zeros((rows * ATLAS_COLUMNS, SIDE, SIDE), np.uint8)
    if pictures:
        tiles[: len(pictures)] = pictures
    return tiles.reshape(rows, ATLAS_COLUMNS, SIDE, SIDE).swapaxes(1, 2).reshape(rows * SIDE, ATLAS_COLUMNS * SIDE)


def save_atlas(path: Path, pictures: Sequence[np.ndarray]) -> str:
    """Write the pictures as a PNG, all or nothing. Returns the SHA-256 of the file."""
    with atomic(path) as temporary:
        Image.fromarray(atlas(pictures)).save(temporary, format="PNG", optimize=True)
        return hashlib.sha256(temporary.read_bytes()).hexdigest()


def load_atlas(path: Path, count: int, digest: str) -> np.ndarray:
    """(count, 28, 28) uint8 tiles of the PNG with this SHA-256. Raises ValueError that names the file."""
    try:
        data = current(path).read_bytes()
    except OSError as error:
        raise ValueError(f"loading {path}: {error.strerror}, expected the pictures of a gallery") from error
    if hashlib.sha256(data).hexdigest() != digest:
        raise ValueError(f"loading {path}: its SHA-256 is not the one in the table: it is damaged or of another run")
    size = ATLAS_COLUMNS * SIDE, _rows(count) * SIDE
    with Image.open(io.BytesIO(data)) as image:
        if image.mode != "L" or image.size != size:
            came = f"{image.mode} picture of {image.size[0]}×{image.size[1]}"
            raise ValueError(f"loading {path}: got a {came}, expected grey and {size[0]}×{size[1]} for {count} tiles")
        tiles = np.asarray(image).reshape(_rows(count), SIDE, ATLAS_COLUMNS, SIDE).swapaxes(1, 2)
    return tiles.reshape(-1, SIDE, SIDE)[:count]


def _rows(count: int) -> int:
    return max(1, -(-count // ATLAS_COLUMNS))
