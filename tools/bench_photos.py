"""`make bench`: pages and strings of handwriting, read by ours and by PP-OCRv6; and printed letters, read by ours.

The pages and strings are composed as the tests' are, of digits that our own code draws; the networks have learned from
such drawings, so the comparison favours ours. Of PP-OCRv6's text only the digits count. It is read on one core as well.

The letters stand on pages of words, one page for each font of Matplotlib and of this machine; what is read as a digit
is an error. Letters that look like digits (O, l, …) come as often as in English.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from matplotlib import font_manager
from matplotlib.ft2font import FT2Font
from PIL import Image, ImageDraw, ImageFont

from model import DigitReader
from model.synthesis.handwriting import digit_strokes
from model.synthesis.page.scenery import LETTERS
from tests.support.pages import PAPERS, PENS, Composed, Glyph, Page, compose
from tools import ROOT, command_line, environment
from tools.score.measures import f1, matched

PEER = "rapidocr==3.10.0", "onnxruntime==1.31.1"
PEER_PATIENCE = 600  # seconds
PAGES, STRINGS = 12, 60
FONTS, LETTERS_OF_A_FONT = 40, 250
ALPHABET = set(map(ord, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))


class Reading(NamedTuple):
    """What was read on one picture, and how long it took."""

    text: str
    seconds: float


def glyph(rng: np.random.Generator, digit: int) -> Glyph:
    """A digit as our code draws it for training."""
    return digit_strokes(rng, np.array([digit])).polylines(0)


def pages(rng: np.random.Generator) -> list[Composed]:
    """Pages of several rows, on papers and with pens of every kind."""
    return [compose(rng, glyph, [number(rng, 7) for _ in range(4)], look(rng, (600, 800), 50)) for _ in range(PAGES)]


def strings(rng: np.random.Generator) -> list[Composed]:
    """Single numbers of three to eight digits, cut out close to the writing."""
    lengths = rng.integers(3, 9, STRINGS)
    return [compose(rng, glyph, [number(rng, n)], look(rng, (110, 100 + 65 * n), 46)) for n in lengths.tolist()]


def number(rng: np.random.Generator, length: int) -> str:
    return "".join(map(str, rng.integers(10, size=length)))


def look(rng: np.random.Generator, size: tuple[int, int], digit: float) -> Page:
    """A page whose pen, paper, light and spacing come by chance."""
    paper = str(rng.choice(list(PAPERS)))
    pens = ["chalk"] if paper == "board" else [pen for pen in PENS if pen != "chalk"]
    return Page(
        size=size,
        digit=digit,
        spacing=rng.uniform(0.05, 0.6),
        pen=str(rng.choice(pens)),
        paper=paper,
        ruled=str(rng.choice(["", "lines", "squares"])),
        vignette=rng.uniform(0, 0.4),
        noise=rng.uniform(1, 5),
    )


def ours(reader: DigitReader, composed: Sequence[Composed]) -> list[Reading]:
    """Our readings."""
    found = []
    for one in composed:
        start = time.perf_counter()
        found.append(Reading(reader.read_photo(one.image).text, time.perf_counter() - start))
    return found


def peers(kind: str, composed: Sequence[Composed]) -> list[Reading]:
    """PP-OCRv6's readings. Raises OSError or SubprocessError where it cannot be installed or run."""
    python = environment("rapidocr", *PEER)
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        paths = [Path(folder) / f"{place}.png" for place in range(len(composed))]
        for path, one in zip(paths, composed, strict=True):
            Image.fromarray(one.image).save(path)
        command = [str(python), str(ROOT / "tools" / "peer.py"), kind, *map(str, paths)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PEER_PATIENCE)
    return [Reading(**json.loads(line)) for line in done.stdout.splitlines() if line.startswith("{")]


def figures(composed: Sequence[Composed], read: Sequence[Reading]) -> str:
    """Pictures read exactly, F1 of their digits, and seconds for one of them."""
    truths = [one.text for one in composed]
    exact = np.mean([truth == one.text for truth, one in zip(truths, read, strict=True)])
    plain = [(truth.replace("\n", ""), one.text.replace("\n", "")) for truth, one in zip(truths, read, strict=True)]
    right = sum(matched(truth, text) for truth, text in plain)
    wanted, given = (sum(len(pair[side]) for pair in plain) for side in (0, 1))
    return f"{exact:10.1%}{f1(right, wanted, given):10.1%}{np.median([one.seconds for one in read]):10.3f}"


def compare(reader: DigitReader) -> None:
    """Print the table of pages and strings."""
    print(f"\n{'handwriting, one core':32s}{'exact':>10s}{'F1':>10s}{'seconds':>10s}")
    kinds: tuple[tuple[str, Callable[[np.random.Generator], list[Composed]]], ...]
    kinds = (("page", pages), ("string", strings))
    for seed, (kind, make) in enumerate(kinds):
        composed = make(np.random.default_rng(seed))
        print(f"{f'{len(composed)} {kind}s: ours':32s}{figures(composed, ours(reader, composed))}")
        try:
            print(f"{f'{len(composed)} {kind}s: PP-OCRv6':32s}{figures(composed, peers(kind, composed))}")
        except (OSError, subprocess.SubprocessError) as error:
            print(f"PP-OCRv6 is skipped: it could not be installed or run here ({type(error).__name__})")


def fonts() -> list[Path]:
    """Font files that have the whole alphabet: Matplotlib's and those of this machine, 40 at most, by name."""
    files = {Path(entry.fname) for entry in font_manager.fontManager.ttflist}
    readable = [path for path in sorted(files, key=lambda path: path.name) if path.suffix.lower() in (".ttf", ".otf")]
    return [path for path in readable if set(FT2Font(path).get_charmap()) >= ALPHABET][:FONTS]


def printed_page(rng: np.random.Generator, font: Path) -> tuple[np.ndarray, int]:
    """(H, W, 3) uint8 page of words in one font, and how many letters it has."""
    size = round(float(np.exp(rng.uniform(np.log(16), np.log(48)))))
    drawn = ImageFont.truetype(str(font), size)
    width, rows, written = 28 * size, [], 0
    while written < LETTERS_OF_A_FONT:
        row = ""
        while drawn.getlength(row) < width - 5 * size:
            row += " " + "".join(rng.choice(list(LETTERS), int(rng.integers(2, 9))))
        rows.append(row)
        written += sum(letter.isalpha() for letter in row)
    page = Image.new("RGB", (width + 4 * size, round((len(rows) + 2) * 1.6 * size)), (245, 244, 240))
    pen = ImageDraw.Draw(page)
    for place, row in enumerate(rows):
        pen.text((2 * size, (place + 1) * 1.6 * size), row, fill=(30, 30, 34), font=drawn)
    return np.asarray(page), written


def letters(reader: DigitReader) -> None:
    """Print how many printed letters are read as digits."""
    rng = np.random.default_rng(0)
    shown, read, worst = 0, 0, ("", 0)
    files = fonts()
    for font in files:
        page, count = printed_page(rng, font)
        digits = len(reader.read_photo(page).text.replace("\n", ""))
        shown, read = shown + count, read + digits
        worst = max(worst, (font.stem, digits), key=lambda one: one[1])
    most = f", {worst[1]} of them in {worst[0]}" if read else ""
    print(f"\n{shown:,} printed letters in {len(files)} fonts: {read} read as digits{most}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print everything."""
    command_line("bench_photos", __doc__).parse_args(arguments)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    reader = DigitReader.load()
    compare(reader)
    letters(reader)


if __name__ == "__main__":
    main()
