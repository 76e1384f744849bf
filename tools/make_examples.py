"""Compose the example pages of assets/examples: `python -m tools.make_examples`. Same code, same pages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from model.synthesis.render import example_strokes
from tests.support.pages import Glyph, Page, compose
from tools import ROOT, command_line

FOLDER = ROOT / "assets" / "examples"
PAGES = {  # file -> rows of digits, the page, seed
    "lines.png": (
        ("3141592", "6535897", "9323846"),
        Page(size=(480, 640), digit=46, spacing=0.5, leading=2.2, ruled="lines", pen="ballpoint", noise=0, jpeg=0),
        1,
    ),
    "squares.jpg": (
        ("2718281", "828459", "0452353", "602874"),
        Page(
            size=(1100, 1500), digit=92, slope=2.5, ruled="squares", pen="black", paper="white", vignette=0.4, noise=4
        ),
        2,
    ),
    "table.jpg": (
        ("1618", "0339", "8874", "9894"),
        Page(
            size=(1500, 1125),
            digit=110,
            spacing=0.7,
            pen="marker",
            paper="yellow",
            table=True,
            slope=-4,
            soft_shadow=0.35,
        ),
        3,
    ),
    "chalk.jpg": (
        ("141421", "356237", "309504"),
        Page(size=(900, 1200), digit=105, spacing=0.6, pen="chalk", paper="board", vignette=0.3, noise=5),
        4,
    ),
}


def neat(rng: np.random.Generator, digit: int) -> Glyph:
    """The digit as `example_strokes` writes it, another time each time."""
    return [np.array(stroke) for stroke in example_strokes(digit, seed=int(rng.integers(1000)))]


def main(arguments: Sequence[str] | None = None) -> None:
    """Writes the pages; the same ones every time."""
    command_line("make_examples", __doc__).parse_args(arguments)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, (rows, page, seed) in PAGES.items():
        composed = compose(np.random.default_rng(seed), neat, rows, page)
        assert composed.text == "\n".join(rows), f"{name}: the digits do not fit on the page"
        Image.fromarray(composed.image).save(FOLDER / name, quality=85)


if __name__ == "__main__":
    main()
