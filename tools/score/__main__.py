"""Measure the reader on handwriting: each figure of README is made by this program.

    python -m tools.score FOLDER                your own pictures, one digit on each: FOLDER/0/*.png to FOLDER/9/*.png
    python -m tools.score strokes.jsonl.gz      a set of pen strokes: JSON lines, UNIPEN or InkML; .npz of 28×28 rasters
    python -m tools.score DATA --json new.json  DATA/drawn/*, DATA/photos/manifest.csv and DATA/not_digits/*
    make figures SCORES=new.json                and what was measured goes into card.json and README

docs/measuring.md says where each public set can be had. Strokes are drawn on a pad of 280×280 pixels, in places, sizes
and brushes drawn by a fixed seed. --half tune or check takes half of the people: settings are chosen on the one half
and reported on the other. Exits with 2 when there is nothing to measure.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from model.files import write_text
from model.reader import ASSETS, DigitReader
from tools import command_line
from tools.score import scoring
from tools.score.formats import LINES, PICTURES, is_ink, load_set, set_name, suffix

PARTS = ("drawn", "photos", "not_digits")


def sets_in(folder: Path) -> list[Path]:
    """The sets of a folder of sets: files of JSON lines, then of rasters, then of other ink, then folders."""
    files = [path for path in sorted(folder.glob("*")) if path.is_file()]
    found = [path for kind in (LINES, (".npz",)) for path in files if suffix(path) in kind]
    return (
        found
        + [path for path in files if is_ink(path)]
        + [path for path in sorted(folder.glob("*")) if path.is_dir() and not everyday(path)]
    )


def everyday(folder: Path) -> bool:
    """Whether a folder holds pictures side by side, without labels."""
    return any(path.suffix.lower() in PICTURES for path in folder.glob("*"))


class Score:
    """One measurement: what was asked for, and what has come out so far."""

    def __init__(
        self,
        reader: DigitReader,
        half: scoring.Half = None,
        limit: int | None = None,
        errors: Path | None = None,
        strokes: bool = False,
    ) -> None:
        self.reader, self.half, self.limit, self.errors, self.strokes = reader, half, limit, errors, strokes
        self.result: dict[str, dict[str, Any]] = {}
        self._trust: list[float] = []  # in digits, for AUROC
        self._misread = 0

    def misread(self, name: str, picture: Any, truth: str, read: str) -> None:
        """Says what was misread where --errors is given, and keeps the picture there."""
        if self.errors:
            self._misread += 1
            self.errors.mkdir(parents=True, exist_ok=True)
            path = self.errors / f"{self._misread}.png"
            Image.fromarray(np.asarray(picture)).save(path)
            self.say(f"{name} ({path})", picture, truth, read)

    @staticmethod
    def say(name: str, _: Any, truth: str, read: str) -> None:
        shown = read.replace("\n", "/") or "nothing"
        print(f"{name}: {truth} read as {shown}")

    def drawn(self, path: Path) -> None:
        """A set of drawings; of labelled pictures each misread one is named as well."""
        name, samples = set_name(path), load_set(path)
        own = bool(samples) and samples[0].picture is not None and not self.errors
        misread = self.say if own else self.misread
        figures, trust = scoring.score_drawn(self.reader, name, samples, self.half, self.limit, misread, self.strokes)
        self._trust += trust
        self.result.setdefault("drawn", {})[name] = scoring.as_json(figures)
        show(name, self.result["drawn"][name])
        if own:
            print(f"all: {round(figures.accuracy * figures.n)} of {figures.n}, {figures.accuracy:.2%}")

    def photos(self, folder: Path) -> None:
        for name, entry in scoring.score_photos(self.reader, folder, self.half, self.misread).items():
            self.result.setdefault("photos", {})[name] = scoring.as_json(entry)
            show(name, self.result["photos"][name])

    def not_digits(self, folder: Path) -> None:
        report = self.result.setdefault("not_digits", {})
        for path in sets_in(folder):
            name, samples = set_name(path), load_set(path)
            report[name] = scoring.score_not_digits(
                self.reader, name, samples, self._trust, self.half, self.limit, self.strokes
            )
            show(name, report[name])
        for path in (path for path in sorted(folder.glob("*")) if path.is_dir() and everyday(path)):
            report[f"{path.name} photos"] = scoring.score_everyday(self.reader, path)
            show(f"{path.name} photos", report[f"{path.name} photos"])

    def everything(self, path: Path) -> None:
        """Whatever `path` is: a folder of parts, of photos, of sets, of labelled pictures, or a set."""
        if any((path / part).is_dir() for part in PARTS):
            for drawn in sets_in(path / "drawn"):
                self.drawn(drawn)
            if (path / "photos" / "manifest.csv").is_file():
                self.photos(path / "photos")
            if (path / "not_digits").is_dir():
                self.not_digits(path / "not_digits")
        elif (path / "manifest.csv").is_file():
            self.photos(path)
        elif path.is_dir() and any(suffix(file) in (*LINES, ".npz") for file in path.glob("*")):
            for drawn in sets_in(path):
                self.drawn(drawn)
        else:
            self.drawn(path)


def show(name: str, entry: dict[str, Any]) -> None:
    """One line of the report: shares in percent, the rest as it is."""
    counts = ("n", "pictures", "digits", "right", "spurious")
    plain = ("ms_median", "ms_p95", "seconds", "auroc", "digits_per_picture")
    parts = []
    for key, value in entry.items():
        if key in counts:
            parts.append(f"{key} {value:,}")
        elif key in plain:
            parts.append(f"{key} {value:.3f}" if key != "ms_median" and key != "ms_p95" else f"{key} {value:.1f}")
        else:
            parts.append(f"{key} {value:.2%}")
    print(f"{name}: " + ", ".join(parts), flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = command_line("score", __doc__)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="folders or files to measure on")
    parser.add_argument("--half", choices=("tune", "check"), help="half of the people or pictures (default: all)")
    parser.add_argument("--limit", type=int, metavar="N", help="at most so many drawings of each set")
    parser.add_argument(
        "--strokes", action="store_true", help="read drawings with their strokes, as the pad does; else as pictures"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, for make figures")
    parser.add_argument("--errors", type=Path, metavar="FOLDER", help="write the misread pictures there")
    parser.add_argument("--weights", type=Path, default=ASSETS, metavar="FOLDER", help="a training run of your own")
    args = parser.parse_args(arguments)
    try:
        score = Score(DigitReader.load(args.weights), args.half, args.limit, args.errors, args.strokes)
        for path in args.paths:
            score.everything(path)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    drawn = score.result.get("drawn", {})
    if len(drawn) > 1:
        print(f"mean of {len(drawn)} sets: {np.mean([one['accuracy'] for one in drawn.values()]):.2%}")
    if args.json:
        write_text(args.json, json.dumps({"half": args.half, **score.result}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
