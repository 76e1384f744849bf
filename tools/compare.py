"""`make compare DATA=…`: the networks of other projects and ours, by the same command on the same rows, in one table.

    python -m tools.compare --data digit-recognizer.zip              train what is missing, then write the table
    python -m tools.compare --data … --only vgg-bn conv100-50        only these, e.g. over several nights
    python -m tools.compare --scores vgg-bn=scores.json              and the accuracy on drawings, measured elsewhere

Each network has a folder under runs/compare. One that is finished is not trained again, one that was stopped goes on.
The others' networks are trained as their projects do (train.py --as-published: no augmentation, no strokes of ours),
ours by train.py without flags. The table goes into assets/card.json, which the page shows, and into README.md.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from model.baselines import RECIPES
from model.checkpoint import CARD
from model.files import write_text
from tools import ROOT
from tools.figures import chain, fill, with_scores

OURS = "digitnet"
NAMES = (*RECIPES, OURS)
SHIPPED = "digitnet, as shipped"
RUNS = ROOT / "runs" / "compare"


def command(name: str, data: Path, folder: Path) -> list[str]:
    """The training command of a network; goes on with what is in its folder."""
    if (folder / "state.safetensors").exists():
        return [sys.executable, "train.py", "--data", str(data), "--resume", str(folder)]
    more = [] if name == OURS else ["--network", name, "--as-published"]
    return [sys.executable, "train.py", "--data", str(data), "--out", str(folder), *more]


def read_card(folder: Path) -> dict[str, Any]:
    return json.loads((folder / CARD).read_text(encoding="utf-8"))


def figures_of(card: dict[str, Any]) -> dict[str, Any]:
    """One row of the table: a finished training, with the runs that it began with or learned from."""
    before = [*chain(card)[1:], *card.get("teachers", [])]
    row = {
        "weights": card["network"]["weights"],
        "multiply_adds": card["network"]["multiply_adds"],
        "epochs": card["epochs"] + sum(run["epochs"] for run in before),
        "seconds": round(card["seconds"] + sum(run["seconds"] for run in before)),
    }
    if "cpu_seconds" in card and all(run.get("cpu_seconds") for run in before):
        row["cpu_seconds"] = round(card["cpu_seconds"] + sum(run["cpu_seconds"] for run in before))
    row["validation_accuracy"] = card["validation"]["accuracy"]
    if card.get("drawings"):
        row["drawing_accuracy"] = card["drawings"]["mean"]
    return row


def baselines(runs: Path, shipped: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The rows of all finished runs in `runs`, and of the shipped network; those on other rows of data are left out."""
    cards = {name: read_card(runs / name) for name in NAMES if (runs / name / CARD).exists()}
    same = ("sha256", "train", "validation")
    other = [name for name, card in cards.items() if any(card["data"][key] != shipped["data"][key] for key in same)]
    for name in other:
        print(f"comparing: {runs / name} was trained on other data than the shipped network; left out", file=sys.stderr)
        del cards[name]
    if not cards:
        return {}
    return {name: figures_of(card) for name, card in [*cards.items(), (SHIPPED, shipped)]}


def add_scores(folder: Path, scores: Path) -> None:
    """Put an accuracy on drawings that was measured elsewhere into the card of a run."""
    card = with_scores(read_card(folder), json.loads(scores.read_text(encoding="utf-8")))
    write_text(folder / CARD, json.dumps(card, indent=1, ensure_ascii=False) + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code, the training's where that failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, help="digit-recognizer.zip, its folder or train.csv; without it none is trained"
    )
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, help="train these (default: all)")
    parser.add_argument("--scores", nargs="+", default=[], metavar="NAME=FILE", help="measured accuracies on drawings")
    parser.add_argument("--runs", type=Path, default=RUNS, help="where the runs are (default: runs/compare)")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    args = parser.parse_args(arguments)
    for name in args.only if args.data else ():
        folder = args.runs / name
        if (folder / CARD).exists():
            print(f"{name}: finished before")
            continue
        print(f"{name}:")
        code = subprocess.run(command(name, args.data.resolve(), folder.resolve()), cwd=ROOT, check=False).returncode
        if code:
            return code
    for pair in args.scores:
        name, _, file = pair.partition("=")
        if name not in NAMES or not Path(file).is_file() or not (args.runs / name / CARD).exists():
            print(f"comparing: got --scores {pair}, expected NAME=FILE of a network that was trained", file=sys.stderr)
            return 2
        add_scores(args.runs / name, Path(file))
    card_path, readme = args.root / "assets" / CARD, args.root / "README.md"
    shipped = read_card(card_path.parent)
    card = {**shipped, "baselines": baselines(args.runs, shipped)}
    if not card["baselines"]:
        print(f"comparing: no finished run in {args.runs}; give --data", file=sys.stderr)
        return 2
    write_text(card_path, json.dumps(card, indent=1, ensure_ascii=False) + "\n")
    write_text(readme, fill(readme.read_text(encoding="utf-8"), card))
    for name, row in card["baselines"].items():
        print(f"{name:22s}", *(f"{key} {value:,}" for key, value in row.items()), sep="  ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
