"""The figures in README.md, written from assets/card.json: `make figures` rewrites them, a test compares them.

`make figures SCORES=scores.json` first puts measured accuracies on drawings, photos and non-digits into the card.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

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


def drawing_rows(drawings: dict[str, Any]) -> list[str]:
    """One row for the mean over the sources, one for each source."""
    sources = drawings["sources"]
    total = sum(source["n"] for source in sources.values())
    rows = [f"| **real drawings**, mean of {len(sources)} sources | {total:,} | **{percent(drawings['mean'])}** | | |"]
    for name, source in sources.items():
        label = SOURCES.get(name, name)
        rows.append(
            f"| – {label} | {source['n']:,} | {percent(source['accuracy'])} | {percent(source['wrong_but_sure'], 2)} "
            f"| {percent(source['calibration_error'], 2)} |"
        )
    return rows


def table(card: dict[str, Any]) -> list[str]:
    validation = card["validation"]
    low, high = validation["interval"]
    rows = drawing_rows(card["drawings"]) if card.get("drawings") else []
    return [
        "| measured on | digits | read right | wrong, yet ≥ 90 % sure | calibration error |",
        "|---|---:|---:|---:|---:|",
        *rows,
        f"| MNIST validation (95 % interval {percent(low, 2)} to {percent(high, 2)}) | {validation['n']:,} "
        f"| **{percent(validation['accuracy'], 2)}** | | {percent(validation['calibration_error'], 2)} |",
    ]


def other_tables(card: dict[str, Any]) -> list[str]:
    """Photos, and what is no digit, where they were measured."""
    rows: list[str] = []
    if card.get("photos"):
        rows += ["", "| photos | pictures | read exactly | F1 of the digits |", "|---|---:|---:|---:|"]
        for name, one in card["photos"].items():
            label = SOURCES.get(name, name)
            rows.append(f"| {label} | {one['pictures']} | {percent(one['exact'])} | {percent(one['f1'])} |")
    if card.get("not_digits"):
        rows += ["", "| no digits at all | pictures | read as digits | AUROC |", "|---|---:|---:|---:|"]
        for name, one in card["not_digits"].items():
            auroc = f"{one['auroc']:.3f}" if "auroc" in one else ""
            rows.append(f"| {SOURCES.get(name, name)} | {one['n']:,} | {percent(one['read_as_digits'])} | {auroc} |")
    return rows


def duration(seconds: float) -> str:
    """210 -> "4 minutes"."""
    if seconds < 100:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 100 * 60 else f"{seconds / 3600:.1f} hours"


def chain(card: dict[str, Any]) -> list[dict[str, Any]]:
    """The run of this card, the one that it began with, the one that that began with, and so on."""
    first = card.get("started_from")
    return [card, *(chain(first) if first else [])]


def figures(card: dict[str, Any]) -> str:
    """What stands between the two markers of README.md."""
    network, data = card["network"], card["data"]
    seconds = sum(run["seconds"] for run in chain(card))
    sentence = (
        f"One network: {network['weights']:,} weights, {network['multiply_adds'] / 1e6:.1f} million "
        f"multiply-adds a digit. Trained in {duration(seconds)} on {card['machine']} "
        f"from {data['train']:,} of the CSV's {data['rows']:,} rows; "
        f"the other {data['validation']:,} are the validation."
    )
    return "\n".join([START, *table(card), *other_tables(card), "", sentence, END])


def network_table(card: dict[str, Any]) -> str:
    """What stands between the two other markers: the networks that `make compare` trained."""
    rows = [NETWORKS_START]
    if card.get("baselines"):
        rows += [
            "| network | weights | multiply-adds | epochs | training | CPU time | validation | drawings |",
            "|---|---:|---:|---:|---:|---:|---:|---:|",
        ]
    for name, one in (card.get("baselines") or {}).items():
        drawings = percent(one["drawing_accuracy"]) if "drawing_accuracy" in one else ""
        cpu = duration(one["cpu_seconds"]) if "cpu_seconds" in one else ""
        rows.append(
            f"| {name} | {one['weights']:,} | {one['multiply_adds'] / 1e6:.1f} M | {one['epochs']} "
            f"| {duration(one['seconds'])} | {cpu} | {percent(one['validation_accuracy'], 2)} | {drawings} |"
        )
    return "\n".join([*rows, NETWORKS_END])


def fill(readme: str, card: dict[str, Any]) -> str:
    """The README with the figures of this card."""
    parts = [(START, END, figures(card))]
    if NETWORKS_START in readme:
        parts.append((NETWORKS_START, NETWORKS_END, network_table(card)))
    for start, end, text in parts:
        before, rest = readme.split(start)
        _, after = rest.split(end)
        readme = before + text + after
    return readme


def with_scores(card: dict[str, Any], scores: dict[str, Any]) -> dict[str, Any]:
    """The card with measured `scores`: "drawn" {source: {n, accuracy, wrong_but_sure, ece}}, "photos", "not_digits"."""
    drawn = scores["drawn"]
    sources = {
        name: {
            "n": one["n"],
            "accuracy": one["accuracy"],
            "wrong_but_sure": one["wrong_but_sure"],
            "calibration_error": one["ece"],
        }
        for name, one in drawn.items()
    }
    mean = sum(one["accuracy"] for one in drawn.values()) / len(drawn)
    drawings = {"mean": mean, "sources": sources}
    return {**card, "drawings": drawings, "photos": scores.get("photos"), "not_digits": scores.get("not_digits")}


def main(arguments: Sequence[str] | None = None) -> None:
    """Rewrite the card, when there are new scores, and README."""
    parser = command_line("figures", __doc__)
    parser.add_argument("scores", nargs="?", type=Path, help="what `python -m tools.score --json` wrote, for the card")
    scores: Path | None = parser.parse_args(arguments).scores
    card_path, readme = ROOT / "assets" / "card.json", ROOT / "README.md"
    card = json.loads(card_path.read_text(encoding="utf-8"))
    if scores:
        card = with_scores(card, json.loads(scores.read_text(encoding="utf-8")))
        write_text(card_path, json.dumps(card, indent=1, ensure_ascii=False) + "\n")
    write_text(readme, fill(readme.read_text(encoding="utf-8"), card))


if __name__ == "__main__":
    main()
