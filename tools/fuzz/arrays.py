"""The reader's three methods, with arguments of every kind: arrays, pictures, and what is neither."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from model.reader import DigitReader
from model.reading import Reading
from tools.fuzz import Target, sentence

LARGEST_ARRAY = 1 << 22  # elements: whoever calls the methods has the array in memory already
DTYPES = ("u1", "?", "u2", "i4", "i8", "f2", "f4", "f8", "c8", "O", "U3", "M8[s]")
MODES = ("L", "RGB", "RGBA", "LA", "P", "PA", "1", "I", "F", "I;16", "CMYK", "YCbCr", "HSV", "LAB", "La", "RGBa")
OTHERS: tuple[Any, ...] = (
    None,
    "/etc/passwd",
    "http://127.0.0.1/7.png",
    b"\x89PNG",
    [1, 2],
    7,
    float("nan"),
    {},
    object(),
    Path("/"),
)
SPECIAL = (float("nan"), float("inf"), -float("inf"), 1e308, -1.0, 0.0, 255.0, 65535.0)
METHODS = ("read_drawing", "read_photo", "classify")


def described(raw: bytes) -> tuple[str, Any]:
    """A method's name and an argument for it, of which `raw` is a short description."""
    head = raw[:12].ljust(12, b"\0")
    method, kind, what = METHODS[head[0] % 3], head[1] % 4, head[2]
    sides = [int.from_bytes(head[i : i + 2], "little") for i in (4, 6, 8, 10)][: head[3] % 5]
    body = raw[12:] or b"\0"
    if kind == 0:
        return method, OTHERS[what % len(OTHERS)]
    while int(np.prod(sides, dtype=object)) > LARGEST_ARRAY:
        sides = [side // 2 for side in sides]
    if kind == 1:
        width, height = (*sides[:2], 9, 9)[:2]
        size = (width, height)
        image = Image.new("L", size, 255)
        if all(size):
            image.putdata(list((body * (1 + 4096 // len(body)))[: min(size[0] * size[1], 4096)]))
        mode = MODES[what % len(MODES)]
        try:
            image = image.convert(mode)
        except ValueError:  # Pillow knows no such conversion
            image = Image.new(mode, size)
        if what > 128 and mode in ("L", "RGB", "P", "1"):
            image.info["transparency"] = (0, 0, 0) if mode == "RGB" else 0
        return method, image
    if kind == 2 and len(sides) >= 2:
        sides[-1] = (1, 3, 4)[what % 3] if len(sides) == 3 else sides[-1]
    array = np.resize(np.frombuffer(body, np.uint8), sides)
    dtype = DTYPES[what % len(DTYPES)] if kind == 3 else "u1"
    with np.errstate(all="ignore"):
        array = array.astype(dtype)
    if dtype[0] == "f" and array.size:
        array.flat[:: 1 + what % 7] = np.asarray(SPECIAL[what % len(SPECIAL)]).astype(dtype)
    return method, array


def reader_target(reader: DigitReader) -> Target:
    def enter(raw: bytes) -> str | None:
        method, argument = described(raw)
        try:
            answer = getattr(reader, method)(argument)
        except ValueError as error:
            return sentence(str(error))
        if isinstance(answer, Reading):
            assert all(abs(sum(digit.probabilities) - 1) < 1e-3 for digit in answer.digits)
        else:
            assert answer.shape == (len(argument), 10) and np.allclose(answer.sum(axis=1), 1, atol=1e-3)
        return None

    sizes = ((0, 0), (1, 1), (1, 10_000), (10_000, 1), (28, 28), (400, 300))
    corpus = [bytes([m, k, w, 2]) + struct.pack("<4H", *s, 0, 0) for m in range(3) for k in (1, 2, 3)
              for w in range(0, 16, 5) for s in sizes]  # fmt: skip
    corpus += [bytes([m, 0, w, 0]) + bytes(8) for m in range(3) for w in range(len(OTHERS))]
    corpus += [bytes([m, 2, 1, n]) + struct.pack("<4H", 28, 28, 28, 28) + bytes(range(256)) * 3
               for m in range(3) for n in range(5)]  # fmt: skip
    corpus += [bytes([m, 3, w, 3]) + struct.pack("<4H", 4, 28, 28, 0) + bytes(range(0, 256, 3))
               for m in range(3) for w in range(12)]  # fmt: skip
    return Target(tuple(corpus), enter)
