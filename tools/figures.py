"""The figures in README.md, written from assets/card.json: `make figures` rewrites them, a test compares them.

`make figures SCORES=scores.json` first puts measured accuracies on drawings, photos and non-digits into the card.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from model.card import Card, Drawings
from model.files import write_text
from tools import ROOT, command_line
from ui.report import SOURCES

START = "<!-- figures:start -->"
END = "<!-- figures:end -->"
NETWORKS_START = "<!-- networks:start -->"
NETWORKS_END = "<!-- networks:end -->"


def percent(share: float, places: int = 1) -> str:
    """0.9954 -> "99.5 %"."""
    return f"{100 * share:.{places}f} %"


def drawing_rows(drawings: Drawings) -> list[str]:
    """One row for the mean over the sources, one for each source."""
    count = len(drawings.sources)
    rows = [f"| **real drawings**, mean of {count} sources | {drawings.n:,} | **{percent(drawings.mean)}** | | |"]
    for name, source in drawings.sources.items():
        label = SOURCES.get(name, name)
        rows.append(
            f"| – {label} | {source.n:,} | {percent(source.accuracy)} | {percent(source.wrong_but_sure, 2)} "
            f"| {percent(source.calibration_error, 2)} |"
        )
    return rows


def table(card: Card) -> list[str]:
    rows = drawing_rows(card.drawings) if card.drawings else []
    if card.validation:
        low, high = card.validation.interval
        rows.append(
            f"| MNIST validation (95 % interval {percent(low, 2)} to {percent(high, 2)}) | {card.validation.n:,} "
            f"| **{percent(card.validation.accuracy, 2)}** | | {percent(card.validation.calibration_error, 2)} |"
        )
    head = "| measured on | digits | read right | wrong, yet ≥ 90 % sure | calibration error |"
    return [head, "|---|---:|---:|---:|---:|", *rows]


def other_tables(card: Card) -> list[str]:
    """Photos, and what is no digit, where they were measured."""
    rows: list[str] = []
    if card.photos:
        rows += ["", "| photos | pictures | read exactly | F1 of the digits |", "|---|---:|---:|---:|"]
        for name, photos in card.photos.items():
            label = SOURCES.get(name, name)
            rows.append(f"| {label} | {photos.pictures} | {percent(photos.exact)} | {percent(photos.f1)} |")
    if card.not_digits:
        rows += ["", "| no digits at all | pictures | read as digits | AUROC |", "|---|---:|---:|---:|"]
        for name, others in card.not_digits.items():
            auroc = "" if others.auroc is None else f"{others.auroc:.3f}"
            rows.append(f"| {SOURCES.get(name, name)} | {others.n:,} | {percent(others.read_as_digits)} | {auroc} |")
    return rows


def duration(seconds: float) -> str:
    """210 -> "4 minutes"."""
    if seconds < 100:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 100 * 60 else f"{seconds / 3600:.1f} hours"


def figures(card: Card) -> str:
    """What stands between the two markers of README.md."""
    network, data = card.network, card.data
    if data is None or network.weights is None or network.multiply_adds is None:
        raise ValueError("writing figures: card.json does not say the network's size or its data; train it again")
    seconds = sum(run.seconds for run in card.origin().chain())
    sentence = (
        f"One network: {network.weights:,} weights, {network.multiply_adds / 1e6:.1f} million "
        f"multiply-adds a digit. Trained in {duration(seconds)} on {card.machine} "
        f"from {data.train:,} of the CSV's {data.rows:,} rows; "
        f"the other {data.validation:,} are the validation."
    )
    return "\n".join([START, *table(card), *other_tables(card), "", sentence, END])


def network_table(card: Card) -> str:
    """What stands between the two other markers: the networks that `make compare` trained."""
    rows = [NETWORKS_START]
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
    return "\n".join([*rows, NETWORKS_END])


def fill(readme: str, card: Card) -> str:
    """The README with the figures of this card."""
    parts = [(START, END, figures(card))]
    if NETWORKS_START in readme:
        parts.append((NETWORKS_START, NETWORKS_END, network_table(card)))
    for start, end, text in parts:
        before, rest = readme.split(start)
        _, after = rest.split(end)
        readme = before + text + after
    return readme


def with_scores(card: Card, scores: dict[str, Any]) -> Card:
    """The card with measured `scores`: "drawn" {source: {n, accuracy, wrong_but_sure, ece}}, "photos", "not_digits"."""
    sources = {name: {**one, "calibration_error": one["ece"]} for name, one in scores["drawn"].items()}
    measured = {"drawings": {"sources": sources}, "photos": scores.get("photos")}
    return Card.from_json({**card.as_json(), **measured, "not_digits": scores.get("not_digits")})


def main(arguments: Sequence[str] | None = None) -> None:
    """Rewrite the card, when there are new scores, and README."""
    parser = command_line("figures", __doc__)
    parser.add_argument("scores", nargs="?", type=Path, help="what `python -m tools.score --json` wrote, for the card")
    scores: Path | None = parser.parse_args(arguments).scores
    readme, card = ROOT / "README.md", Card.read(ROOT / "assets")
    if scores:
        card = with_scores(card, json.loads(scores.read_text(encoding="utf-8")))
        card.write(ROOT / "assets")
    write_text(readme, fill(readme.read_text(encoding="utf-8"), card))


if __name__ == "__main__":
    main()
