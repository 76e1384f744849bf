"""The figures in README and docs/, written from assets/card.json: `make figures` rewrites them, a test compares them.

`make figures SCORES=scores.json` first puts into the card what `python -m tools.score --json scores.json` measured.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from model.card import Card
from model.results import Drawings, Protocol, Validation
from model.training.config import TrainConfig
from tools import ROOT, command_line
from tools.documents import rewrite
from ui.report import SOURCES

ASIDE = {"device", "seed", "split_seed"}  # of TrainConfig: they do not make another recipe
PROTOCOLS = {
    "check": "on the half of the people and pictures that nothing was chosen on",
    "tune": "on the half of the people and pictures that settings were chosen on",
    None: "on all people and pictures, those included that settings were chosen on",
}


def percent(share: float, places: int = 1) -> str:
    """0.9954 -> "99.5%"."""
    return f"{100 * share:.{places}f}%"


def label(name: str) -> str:
    """A set of data as people understand it."""
    return SOURCES.get(name, name)


def results(card: Card) -> str:
    """README's table: one row for each thing that was measured."""
    rows = ["| measured on | pictures | read right | wrong, yet ≥ 90% sure |", "|---|---:|---:|---:|"]
    if card.drawings:
        count = len(card.drawings.sources)
        mean = f"**{percent(card.drawings.mean)}**"
        rows.append(f"| **drawings**, mean of {count} sets | {card.drawings.n:,} | {mean} | |")
        for name, drawn in card.drawings.sources.items():
            sure = percent(drawn.wrong_but_sure, 2)
            rows.append(f"| – {label(name)} | {drawn.n:,} | {percent(drawn.accuracy)} | {sure} |")
    for title, validation in validations(card):
        low, high = (percent(share, 2) for share in validation.interval)
        accuracy = f"**{percent(validation.accuracy, 2)}**"
        rows.append(f"| {title} (95% interval {low} to {high}) | {validation.n:,} | {accuracy} | |")
    for name, photos in (card.photos or {}).items():
        rows.append(f"| photos: {label(name)} | {photos.pictures:,} | {percent(photos.exact)} | |")
    for name, others in (card.not_digits or {}).items():
        sure = "" if others.sure_of_a_digit is None else percent(others.sure_of_a_digit)
        refused = percent(1 - others.read_as_digits)
        rows.append(f"| no digits: {label(name)} | {others.n:,} | {refused} refused | {sure} |")
    return "\n".join([*rows, "", protocol(card)])


def validations(card: Card) -> list[tuple[str, Validation]]:
    """What was measured on the CSV itself, under its name."""
    found = []
    if card.folds:
        found.append(("**Kaggle's CSV**, each row read by a network that had not seen it", card.folds.out_of_fold))
    if card.validation:
        found.append(("**MNIST**, validation", card.validation))
    return found


def protocol(card: Card) -> str:
    """On whom drawings, photos and non-digits were measured."""
    about = card.protocol or Protocol()
    people = about.measured or PROTOCOLS[about.half]
    return f"Drawings, photos and non-digits were measured {people}; none was trained on."


def drawing_table(drawings: Drawings) -> list[str]:
    """All figures on drawings, one row for each set."""
    rows = [
        "| drawings | digits | read right | forced to one digit | wrong, yet ≥ 90% sure | calibration error |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, one in drawings.sources.items():
        forced = "" if one.forced is None else percent(one.forced)
        sure, error = percent(one.wrong_but_sure, 2), percent(one.calibration_error, 2)
        rows.append(f"| {label(name)} | {one.n:,} | {percent(one.accuracy)} | {forced} | {sure} | {error} |")
    return rows


def figures(card: Card) -> str:
    """Everything that was measured, in docs/measuring.md."""
    rows = drawing_table(card.drawings) if card.drawings else []
    if card.photos:
        rows += ["", "| photos | pictures | read exactly | F1 of the digits |", "|---|---:|---:|---:|"]
        rows += [
            f"| {label(name)} | {one.pictures} | {percent(one.exact)} | {percent(one.f1)} |"
            for name, one in card.photos.items()
        ]
    if card.not_digits:
        rows += ["", "| no digits at all | pictures | read as digits | AUROC |", "|---|---:|---:|---:|"]
        for name, others in card.not_digits.items():
            auroc = "" if others.auroc is None else f"{others.auroc:.3f}"
            rows.append(f"| {label(name)} | {others.n:,} | {percent(others.read_as_digits)} | {auroc} |")
    return "\n".join([*rows, "", protocol(card)])


def duration(seconds: float) -> str:
    """210 -> "4 minutes"."""
    if seconds < 100:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 100 * 60 else f"{seconds / 3600:.1f} hours"


def recipe(card: Card) -> str:
    """How the shipped network was made, and what it is."""
    network, data = card.network, card.data
    if data is None or network.weights is None or network.multiply_adds is None:
        raise ValueError("writing figures: card.json does not say the network's size or its data; train it again")
    runs = list(card.origin().chain())
    seconds = sum(run.seconds for run in runs)
    rest = f"; the other {data.validation:,} are the validation" if data.validation else ""
    return (
        f"The shipped network has {network.weights:,} weights and takes {network.multiply_adds / 1e6:.1f} million "
        f"multiply-adds a digit. It was trained in {duration(seconds)} on {card.machine} from {data.train:,} of the "
        f"CSV's {data.rows:,} rows{rest}, {settings(card, len(runs) - 1)}."
    )


def settings(card: Card, before: int) -> str:
    """The command's settings in words, as far as they are not the default."""
    defaults = json.loads(json.dumps(asdict(TrainConfig())))
    changed = [
        f"--{name.replace('_', '-')} {value}"
        for name, value in card.config.items()
        if name in defaults and name not in ASIDE and value != defaults[name]
    ]
    how = f"with `{' '.join(changed)}`" if changed else "with the default settings"
    return how + (f", beginning with the weights of {before} earlier runs" if before else "")


def network_table(card: Card) -> str:
    """The networks that `make compare` trained."""
    rows: list[str] = []
    if card.baselines:
        rows += [
            "| network | weights | multiply-adds | epochs | training | CPU time | validation | drawings |",
            "|---|---:|---:|---:|---:|---:|---:|---:|",
        ]
    for name, one in (card.baselines or {}).items():
        drawings = "" if one.drawing_accuracy is None else percent(one.drawing_accuracy)
        cpu = "" if one.cpu_seconds is None else duration(one.cpu_seconds)
        rows.append(
            f"| {name} | {one.weights:,} | {one.multiply_adds / 1e6:.1f} M | {one.epochs} "
            f"| {duration(one.seconds)} | {cpu} | {percent(one.validation_accuracy, 2)} | {drawings} |"
        )
    return "\n".join(rows)


def parts(card: Card) -> dict[str, str]:
    """Everything in README and docs/ that is written from the card."""
    made = {"results": results(card), "figures": figures(card), "recipe": recipe(card)}
    return {**made, "networks": network_table(card)}


def with_scores(card: Card, scores: dict[str, Any]) -> Card:
    """The card with what tools.score measured."""
    sources = {name: {**one, "calibration_error": one["ece"]} for name, one in scores["drawn"].items()}
    measured = {"drawings": {"sources": sources}, "photos": scores.get("photos")}
    about = Protocol(scores.get("half"), PROTOCOLS[scores.get("half")])
    values = {**card.as_json(), **measured, "not_digits": scores.get("not_digits"), "protocol": asdict(about)}
    return Card.from_json(values).compared(card.baselines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Rewrite the card, when there are new scores, and the documents."""
    parser = command_line("figures", __doc__)
    parser.add_argument("scores", nargs="?", type=Path, help="what `python -m tools.score --json` wrote, for the card")
    scores: Path | None = parser.parse_args(arguments).scores
    card = Card.read(ROOT / "assets")
    if scores:
        card = with_scores(card, json.loads(scores.read_text(encoding="utf-8")))
        card.write(ROOT / "assets")
    rewrite(parts(card))


if __name__ == "__main__":
    main()
