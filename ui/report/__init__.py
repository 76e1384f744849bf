"""The Model tab: how good the network is, what it is made of and how it was trained. All of it comes from card.json."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from html import escape
from typing import Any

import gradio as gr

from model.card import Card
from model.intervals import wilson
from ui import page
from ui.report import layers

Values = dict[str, Any]
NAMES = {  # keys of the card that do not speak for themselves
    "n": "pictures",
    "ece": "calibration error",
    "auroc": "AUROC",
    "f1": "F1",
    "sure_of_a_digit": "≥ 90 % sure of a digit",
    "fpr_at_95": "taken for a digit where 95 % of digits are",
    "exact": "read exactly",
    "right": "digits read right",
    "wrong_but_sure": "wrong, yet ≥ 90 % sure",
    "multiply_adds": "multiply-adds",
    "cpu_seconds": "CPU seconds",
    "validation_accuracy": "validation",
    "drawing_accuracy": "real drawings",
}
SOURCES = {  # of what was measured, as people understand them
    "pendigits": "44 people, stylus on a tablet (UCI Pendigits)",
    "uji": "11 people, stylus (UJI Pen Characters)",
    "ipad": "5 people, iPad",
    "tabletpc": "8 people, tablet PC",
    "hwd1000": "small drawings of 28×28 pixels (HWD)",
    "multi:handwritten_long_numbers_recognition": "lines photographed by webcam",
    "multi:Labeled_ORAND-CAR-A": "bank-cheque amounts: touching digits on a printed pattern",
    "single:sudoku_dataset": "photographed sudoku cells",
    "omniglot": "characters of other alphabets (Omniglot)",
    "paper_symbols": "handwritten symbols; many look like z, y, l or /",
}
SHARES = {
    "accuracy",
    "exact",
    "read_as_digits",
    "refused",
    "sure_of_a_digit",
    "fpr_at_95",
    "wrong_but_sure",
    "ece",
    "validation_accuracy",
    "drawing_accuracy",
}


def shown(card: Card) -> Values:
    """The card as plain values, with the derived figures that the tab shows."""
    values = card.as_json()
    if card.validation:
        one = card.validation
        values["validation"] |= {"n": one.n, "errors": one.errors, "accuracy": one.accuracy, "interval": one.interval}
        values["validation"]["per_class"] = [asdict(row) for row in one.per_class]
    if card.drawings:
        values["drawings"]["mean"] = card.drawings.mean
    return values


def mean_interval(sources: list[Values]) -> tuple[float, float]:
    """95 % interval of the mean accuracy over independent sources, by the normal approximation."""
    mean = sum(source["accuracy"] for source in sources) / len(sources)
    variance = sum(source["accuracy"] * (1 - source["accuracy"]) / source["n"] for source in sources)
    half = 1.96 * math.sqrt(variance) / len(sources)
    return max(0.0, mean - half), min(1.0, mean + half)


def percent(share: float, places: int = 2) -> str:
    return f"{100 * share:.{places}f} %"


def span(bounds: tuple[float, float] | list[float], places: int = 2) -> str:
    low, high = bounds
    return f"{100 * low:.{places}f}–{100 * high:.{places}f} %"


def duration(seconds: float) -> str:
    """4000 -> "1 h 7 min", 200 -> "3 min 20 s"."""
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 60} min {whole % 60} s" if whole >= 60 else f"{whole} s"


def section(title: str, body: str, caption: str = "") -> str:
    words = f'<p class="caption">{caption}</p>' if caption else ""
    return f"<section><h2>{title}</h2>{words}{body}</section>"


def table(head: list[str], rows: list[list[str]]) -> str:
    """The first column is the rows' heading."""
    top = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    lines = "".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>' for first, *rest in rows
    )
    return (
        f'<div class="r-scroll" tabindex="0"><table><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table></div>'
    )


def headline(card: Values) -> str:
    """Accuracy on drawings and on the CSV side by side, each with its interval."""
    drawings, validation = card.get("drawings"), card.get("validation")
    boxes = []
    if drawings and drawings.get("sources"):
        sources = list(drawings["sources"].values())
        total = sum(source["n"] for source in sources)
        bounds = drawings.get("interval") or mean_interval(sources)
        detail = f"{span(bounds)}, mean of {len(sources)} sources, {total:,} drawings"
        boxes.append((percent(drawings["mean"]), "of real drawings are read right", detail))
    else:
        boxes.append(("not known", "share of real drawings read right", "Not in card.json: not measured yet."))
    if validation:
        detail = f"{span(validation['interval'])}, {validation['n']:,} samples that were not trained on"
        boxes.append((percent(validation["accuracy"]), "of the CSV’s validation is read right", detail))
    else:
        boxes.append(("not known", "share of the CSV’s validation read right", "Not in card.json."))
    cells = "".join(
        f'<div><p class="r-figure" data-known="{figure[0].isdigit()}">{figure}</p>'
        f'<p>{words}</p><p class="caption">{detail}</p></div>'
        for figure, words, detail in boxes
    )
    return f'<div class="r-headline">{cells}</div>'


def picture(card: Values) -> str:
    """The network, layer by layer."""
    network = card.get("network")
    if not network or "weights" not in network:
        return section("The network", "<p>Not in card.json.</p>")
    total = f"{network['weights']:,} weights, {layers.millions(network['multiply_adds'])} multiply-adds for one digit."
    unknown = f"<p>{escape(str(network.get('name')))}; card.json does not say its layers.</p>"
    return section("The network", layers.drawing(network) or unknown, total)


def charts(card: Values) -> str:
    """Learning curves, the figures of each digit and the reliability diagram; matplotlib is loaded here, not before."""
    from ui.report import plots as draw

    validation, curves = card.get("validation") or {}, card.get("curves") or []
    figures = [
        (
            "Validation error while learning",
            f"of the averaged weights; epoch {card['best_epoch']} was kept" if card.get("best_epoch") else "",
            draw.learning_curves(curves) if curves else "",
        ),
        (
            "Training loss",
            "with augmentation, so it stays above what validation would give",
            draw.losses(curves) if curves else "",
        ),
        (
            "Precision and recall by digit",
            "on validation, with 95 % intervals",
            draw.by_digit(validation["per_class"]) if validation.get("per_class") else "",
        ),
        (
            "Reliability",
            f"on validation; mean distance from the dashed line {percent(validation.get('calibration_error', 0))}",
            draw.reliability(validation["reliability"]) if validation.get("reliability") else "",
        ),
    ]
    return (
        '<div class="r-plots">'
        + "".join(
            f'<figure><figcaption><b>{title}</b><span class="caption">{words if image else ""}</span></figcaption>'
            f"{image or '<p>Not in card.json.</p>'}</figure>"
            for title, words, image in figures
        )
        + "</div>"
    )


def per_digit(card: Values) -> str:
    """The same figures as a table."""
    rows = (card.get("validation") or {}).get("per_class")
    if not rows:
        return ""
    lines = [
        [
            str(row["digit"]),
            f"{row['n']:,}",
            f"{percent(row['precision'])} <small>{span(row['precision_interval'])}</small>",
            f"{percent(row['recall'])} <small>{span(row['recall_interval'])}</small>",
        ]
        for row in rows
    ]
    body = table(["digit", "samples", "precision", "recall"], lines)
    return f"<details><summary>Each digit in figures, with 95 % intervals</summary>{body}</details>"


def drawings(card: Values) -> str:
    """Accuracy by source of drawings."""
    sources = (card.get("drawings") or {}).get("sources")
    if not sources:
        return section("Real drawings", "<p>Not in card.json: these weights have not been measured on drawings.</p>")
    lines = []
    for name, source in sources.items():
        bounds = source.get("interval") or wilson(source["accuracy"] * source["n"], source["n"])
        right = f"{percent(source['accuracy'])} <small>{span(bounds)}</small>"
        sure, error = percent(source["wrong_but_sure"]), percent(source["calibration_error"])
        lines.append([escape(SOURCES.get(name, name)), f"{source['n']:,}", right, sure, error])
    head = ["source", "drawings", "read right", "wrong, yet ≥ 90 % sure", "calibration error"]
    return section("Real drawings", table(head, lines), "None of them was trained on.")


def measured(card: Values, key: str, title: str) -> str:
    """Any other table of figures by source that the card has."""
    values = card.get(key)
    values = values.get("sources", values) if isinstance(values, dict) else None
    entries = {name: entry for name, entry in (values or {}).items() if isinstance(entry, dict)}
    if not entries:
        return section(title, "<p>Not in card.json: not measured with these weights.</p>")
    names = list(dict.fromkeys(name for entry in entries.values() for name in entry))
    head = ["source", *(escape(NAMES.get(name, name.replace("_", " "))) for name in names)]
    lines = [
        [escape(SOURCES.get(source, source)), *(_value(entry.get(name, ""), name) for name in names)]
        for source, entry in entries.items()
    ]
    return section(title, table(head, lines))


def _value(value: Any, name: str = "") -> str:
    if name in SHARES and isinstance(value, int | float):
        return percent(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return escape(", ".join(map(str, value)) if isinstance(value, list) else str(value))
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def _earlier(run: dict[str, Any] | None) -> list[str]:
    """Time and epochs of each run that came before, the latest first."""
    if not run:
        return []
    return [f"{duration(run['seconds'])}, {run['epochs']} epochs", *_earlier(run.get("started_from"))]


def facts(card: Values) -> str:
    """How it was trained: data, time, machine, seed, versions, and every setting."""
    data, config, versions = card.get("data") or {}, card.get("config") or {}, card.get("versions") or {}
    first = card.get("started_from")
    lines = {
        "Data": f"{data['file']}, {data['rows']:,} rows; {data['train']:,} to train, {data['validation']:,} to validate"
        if {"file", "rows", "train", "validation"} <= data.keys()
        else None,
        **(
            {
                "And": f"{data['extra']['count']:,} corrections by visitors, "
                f"{data['extra']['no_digits']:,} of them no digits"
            }
            if data.get("extra")
            else {}
        ),
        "SHA-256 of the CSV": data.get("sha256"),
        "Trained": f"in {duration(card['seconds'])}" + (f", {card['epochs']} epochs" if "epochs" in card else "")
        if "seconds" in card
        else None,
        **(
            {"Began with": "the weights of " + ", before that of ".join(f"a run of {one}" for one in _earlier(first))}
            if first
            else {}
        ),
        "On": card.get("machine"),
        "Date": card.get("trained"),
        "Seed": config.get("seed"),
        "Temperature": f"{card['temperature']:.3f} (logits are divided by it)" if "temperature" in card else None,
        "Threshold": f"{card['threshold']:.3f} (what is less sure to be a digit is refused)"
        if "threshold" in card
        else None,
        "Versions": ", ".join(f"{name} {version}" for name, version in versions.items()) or None,
    }
    known = "".join(
        f"<div><dt>{name}</dt><dd>{'not in card.json' if value is None else escape(str(value))}</dd></div>"
        for name, value in lines.items()
    )
    settings = table(
        ["setting", "value"], [[escape(name.replace("_", " ")), _value(value)] for name, value in config.items()]
    )
    more = f"<details><summary>All {len(config)} settings</summary>{settings}</details>" if config else ""
    return section("How it was trained", f'<dl class="r-facts">{known}</dl>{more}')


def content(card: Values) -> str:
    """The tab as HTML. What the card lacks is said to be lacking."""
    card = {name: value for name, value in card.items() if value is not None}
    if not card:
        return "<p>There is no card.json beside the weights; python train.py writes one.</p>"
    parts = [
        headline(card),
        section("Learning, digits, calibration", charts(card) + per_digit(card)),
        picture(card),
        drawings(card),
        measured(card, "not_digits", "What is no digit"),
        measured(card, "photos", "Photos"),
        measured(card, "baselines", "Other networks, same data") if card.get("baselines") else "",
        facts(card),
    ]
    return "".join(parts)


def server_functions(card: Values) -> list[Callable[[Any], dict[str, str]]]:
    """What the tab's script may call."""
    once = cache(lambda: content(card))

    def report(request: Any = None) -> dict[str, str]:
        try:
            return {"html": once()}
        except Exception:  # a card that somebody edited; the browser would get a bare 500
            logging.getLogger(__name__).exception("showing the card failed")
            return {"html": "<p>card.json is not as expected; the program’s log says more.</p>"}

    return [report]


def build(card: Values) -> None:
    """The tab's content, inside gr.Blocks. It is made when it is first looked at."""
    page.panel("report/report", serve=server_functions(card))

    def read_card() -> dict[str, Any]:
        """Everything that is known of the network: its make, data, settings and figures."""
        return card

    gr.api(read_card, api_name="card", queue=False)
