"""`make bench`: what reading costs on one core, printed side by side. Nothing here is asserted by a test."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial

import cv2
import numpy as np
import torch

from model import DigitReader
from model.ink import canvas, normalise, photo
from model.synthesis.render import example_strokes
from tools import command_line


def median_ms(run: Callable[[], object], times: int) -> float:
    """Median milliseconds of `run`, after two runs that do not count."""
    run(), run()
    spent = []
    for _ in range(times):
        begun = time.perf_counter()
        run()
        spent.append((time.perf_counter() - begun) * 1e3)
    return statistics.median(spent)


def page(height: int, width: int, digits: int) -> np.ndarray:
    """(height, width, 3) white page with `digits` digits in rows, pen strokes of 1/15 of their height."""
    columns = int(np.ceil(np.sqrt(digits * width / height)))
    cell = width // columns
    strokes = [
        {
            "points": [
                [(n % columns + 0.1 + x * 0.8) * cell, (n // columns + 0.1 + y * 0.8) * cell] for x, y in stroke
            ],
            "width": cell / 15,
        }
        for n in range(digits)
        for stroke in example_strokes(n % 10, seed=n)
    ]
    return np.dstack([canvas.render_strokes(strokes, (height, width))] * 3)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    command_line("bench", __doc__).parse_args(arguments)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    reader = DigitReader.load()
    pad = page(280, 280, 1)
    ink = canvas.drawing_ink(pad)
    picture = normalise.to_picture(ink)[None]
    batch = np.repeat(picture, 2048, axis=0)
    rows: list[tuple[str, float]] = [
        ("pad 280×280: ink", median_ms(lambda: canvas.drawing_ink(pad), 100)),
        ("pad 280×280: ink to 28×28", median_ms(lambda: normalise.to_picture(ink), 100)),
        ("network, one picture", median_ms(lambda: reader.score(picture), 100)),
        ("reading one drawing, all in all", median_ms(lambda: reader.read_drawing(pad), 100)),
        ("network, one of 2,048 pictures", median_ms(lambda: reader.score(batch), 3) / len(batch)),
    ]
    for megapixels, (height, width), digits in ((1, (866, 1155), 40), (12, (3000, 4000), 60)):
        name, picture = f"photo {megapixels} MP", page(height, width, digits)
        rows.append((f"{name}: ink", median_ms(partial(photo.photo_ink, picture), 3)))
        rows.append((f"{name} with {digits} digits, all in all", median_ms(partial(reader.read_photo, picture), 3)))
    whole = dict(rows)["reading one drawing, all in all"]
    print(f"{'one core':44s}{'ms':>10s}{'of a drawing':>15s}")
    for name, milliseconds in rows:
        print(f"{name:44s}{milliseconds:10.2f}{milliseconds / whole:14.2f}×")


if __name__ == "__main__":
    main()
