"""`make compare DATA=…`: the networks of other projects and ours, by the same command on the same rows, in one table.

    python -m tools.compare --data digit-recognizer.zip              train what is missing, then write the table
    python -m tools.compare --data … --only vgg-bn conv100-50        only these, e.g. over several nights
    python -m tools.compare --scores vgg-bn=scores.json              and the accuracy on drawings, measured elsewhere

Each network has a folder under runs/compare. One that is finished is not trained again, one that was stopped goes on.
The others' networks are trained as their projects do (train.py --as-published: no augmentation, no strokes of ours),
ours by train.py without flags. The table goes into assets/card.json, which the page shows, and into docs/training.md.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from model.baselines import RECIPES
from model.card import CARD, SHIPPED, Card
from model.results import Baseline
from tools import ROOT, command_line
from tools.documents import rewrite
from tools.figures import parts, with_scores

OURS = "digitnet"
NAMES = (*RECIPES, OURS)
RUNS = ROOT / "runs" / "compare"


def command(name: str, data: Path, folder: Path) -> list[str]:
    """The training command of a network; goes on with what is in its folder."""
    if (folder / "state.safetensors").exists():
        return [sys.executable, "train.py", "--data", str(data), "--resume", str(folder)]
    more = [] if name == OURS else ["--network", name, "--as-published"]
    return [sys.executable, "train.py", "--data", str(data), "--out", str(folder), *more]


def rows_of(card: Card) -> tuple[str, int, int] | None:
    """What tells whether two networks were trained and validated on the same rows."""
    return (card.data.sha256, card.data.train, card.data.validation) if card.data else None


def baselines(runs: Path, shipped: Card) -> dict[str, Baseline]:
    """The rows of all finished runs in `runs`, and of the shipped network; those on other rows of data are left out."""
    cards = {name: Card.read(runs / name) for name in NAMES if (runs / name / CARD).exists()}
    for name in [name for name, card in cards.items() if rows_of(card) != rows_of(shipped)]:
        print(f"comparing: {runs / name} was trained on other data than the shipped network; left out", file=sys.stderr)
        del cards[name]
    if not cards:
        return {}
    return {name: card.as_baseline() for name, card in [*cards.items(), (SHIPPED, shipped)]}


def train_missing(names: Sequence[str], data: Path, runs: Path) -> int:
    """Train those networks that are not finished; 0, or the exit code of a training that failed."""
    for name in names:
        folder = runs / name
        if (folder / CARD).exists():
            print(f"{name}: finished before")
            continue
        print(f"{name}:")
        code = subprocess.run(command(name, data.resolve(), folder.resolve()), cwd=ROOT, check=False).returncode
        if code:
            return code
    return 0


def add_scores(pairs: Sequence[str], runs: Path) -> None:
    """Put accuracies on drawings, each NAME=FILE, into the cards of runs. Raises ValueError for anything else."""
    for pair in pairs:
        name, _, file = pair.partition("=")
        folder = runs / name
        if name not in NAMES or not Path(file).is_file() or not (folder / CARD).exists():
            raise ValueError(f"comparing: got --scores {pair}, expected NAME=FILE of a network that was trained")
        with_scores(Card.read(folder), json.loads(Path(file).read_text(encoding="utf-8"))).write(folder)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code, the training's where that failed."""
    parser = command_line("compare", __doc__)
    parser.add_argument(
        "--data", type=Path, help="digit-recognizer.zip, its folder or train.csv; without it none is trained"
    )
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, help="train these (default: all)")
    parser.add_argument("--scores", nargs="+", default=[], metavar="NAME=FILE", help="measured accuracies on drawings")
    parser.add_argument("--runs", type=Path, default=RUNS, help="where the runs are (default: runs/compare)")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    args = parser.parse_args(arguments)
    code = train_missing(args.only, args.data, args.runs) if args.data else 0
    if code:
        return code
    try:
        add_scores(args.scores, args.runs)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    assets = args.root / "assets"
    shipped = Card.read(assets)
    table = baselines(args.runs, shipped)
    if not table:
        print(f"comparing: no finished run in {args.runs}; give --data", file=sys.stderr)
        return 2
    card = replace(shipped, baselines=table)
    card.write(assets)
    rewrite(parts(card), args.root)
    for name, row in table.items():
        print(f"{name:22s}", *(f"{key} {value:,}" for key, value in asdict(row).items() if value is not None), sep="  ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
