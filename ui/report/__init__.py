"""The Model tab: how good the network is, what it is made of and how it was trained. All of it comes from card.json."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import gradio as gr
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from model.card import Card, Origin
from model.checkpoint import described
from model.ink.normalise import SIDE
from model.layers import Layer
from ui import page
from ui.report import plots
from ui.report.formats import FILTERS, count, duration, millions, percent, setting, span

SOURCES = {  # of what was measured, as people understand them
    "pendigits": "44 people, stylus on a tablet (UCI Pendigits)",
    "uji": "11 people, stylus (UJI Pen Characters)",
    "ipad": "5 people, iPad",
    "tabletpc": "8 people, tablet PC",
    "hwd1000": "small drawings of 28×28 pixels (HWD)",
    "unipen": "298 people, pen tablets of many labs (UNIPEN)",
    "formulas": "digits from handwritten formulas (CROHME)",
    "web": "visitors of a web page, 28×28 pixels",
    "multi:handwritten_long_numbers_recognition": "lines photographed by webcam",
    "multi:Labeled_ORAND-CAR-A": "bank-cheque amounts: touching digits on a printed pattern",
    "single:sudoku_dataset": "photographed sudoku cells",
    "single:pictures of their own": "single digits that people put beside their demos",
    "multi:pictures of their own": "pages that people put beside their demos",
    "omniglot": "characters of other alphabets (Omniglot)",
    "paper_symbols": "handwritten symbols; many look like z, y, l or /",
    "letters": "handwritten letters (UNIPEN)",
    "signs": "punctuation and other signs (UNIPEN)",
    "math": "symbols from handwritten formulas (CROHME)",
    "doodles": "doodles (Quick, Draw!)",
}


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, and what it shows of an entry; "" where that is not known."""

    head: str
    name: str
    form: Callable[[Any], str]

    def cell(self, entry: Any) -> str:
        value = getattr(entry, self.name)
        return "" if value is None else self.form(value)


N, PICTURES = Column("drawings", "n", count), Column("pictures", "n", count)
DRAWINGS = (
    N,
    Column("read right", "accuracy", percent),
    Column("95% interval", "interval", span),
    Column("wrong, yet ≥ 90% sure", "wrong_but_sure", percent),
)
CALIBRATION = (Column("calibration error", "calibration_error", percent),)
NON_DIGITS = (
    PICTURES,
    Column("read as digits", "read_as_digits", percent),
    Column("≥ 90% sure of a digit", "sure_of_a_digit", percent),
)
NON_DIGITS_MORE = (
    Column("AUROC", "auroc", percent),
    Column("false positives at 95% recall", "fpr_at_95", percent),
    Column("digits per picture", "digits_per_picture", "{:.2f}".format),
)
PHOTOS = (
    Column("pictures", "pictures", count),
    Column("whole picture read right", "exact", percent),
    Column("digits", "digits", count),
    Column("digits read right", "right", count),
    Column("digits read where none are", "spurious", count),
)
PHOTOS_MORE = (Column("F1", "f1", percent), Column("time for one picture", "seconds", duration))
BASELINES = (
    Column("weights", "weights", count),
    Column("multiply-adds", "multiply_adds", millions),
    Column("epochs", "epochs", count),
    Column("trained in", "seconds", duration),
    Column("validation", "validation_accuracy", percent),
    Column("real drawings", "drawing_accuracy", percent),
)


@dataclass(frozen=True)
class Figures:
    """A table of figures by source, and a second one with what is only for experts."""

    head: list[str]
    rows: list[list[str]]
    more_head: list[str]
    more_rows: list[list[str]]


def figures(entries: Mapping[str, Any] | None, columns: Sequence[Column], more: Sequence[Column] = ()) -> Figures:
    """The tables of some measured entries by source; columns that nobody knows are left out."""
    known = entries or {}
    main, others = _table(known, columns), _table(known, more)
    return Figures(*main, *others)


def _table(entries: Mapping[str, Any], columns: Sequence[Column]) -> tuple[list[str], list[list[str]]]:
    known = [column for column in columns if any(column.cell(entry) for entry in entries.values())]
    if not known:
        return [], []
    rows = [[SOURCES.get(name, name), *(one.cell(entry) for one in known)] for name, entry in entries.items()]
    return ["source", *(column.head for column in known)], rows


def _plots(card: Card) -> list[tuple[str, str, plots.Plot | None]]:
    """Title, a remark and the plot, None where the card does not have the figures."""
    validation = card.validation
    calibration = percent(validation.calibration_error) if validation else ""
    kept = f"of the averaged weights; epoch {card.best_epoch} was kept" if card.best_epoch else ""
    return [
        ("Validation error while learning", kept, plots.errors(card.curves)),
        (
            "Training loss",
            "measured on augmented samples, so it is higher than on validation",
            plots.losses(card.curves),
        ),
        (
            "Precision and recall by digit",
            "on validation, with 95% intervals",
            plots.by_digit(validation.per_class) if validation else None,
        ),
        (
            "Reliability",
            f"on validation; the mean distance from the dashed line is {calibration}",
            plots.reliability(validation.reliability) if validation else None,
        ),
    ]


def _earlier(origin: Origin | None) -> list[str]:
    """Time and epochs of each run that came before, the latest first."""
    return [f"a run of {duration(run.seconds)}, {run.epochs} epochs" for run in origin.chain()] if origin else []


@dataclass(frozen=True)
class Sheets:
    """A layer's maps as square sheets, one behind the other: the more and the larger, the larger the layer."""

    words: str
    channels: int
    side: int
    cost: Layer | None = None

    @property
    def places(self) -> range:
        """Where the sheets lie, in steps of three pixels of the screen."""
        return range(1 + round(math.log2(self.channels)) if self.cost else 1)

    @property
    def pixels(self) -> int:
        """The side of a sheet on the screen."""
        return max(10, 3 * self.side)


INK = Sheets("the ink, scaled down and centred", 1, SIDE)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(page.UI / "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= FILTERS
    return environment


def content(card: Card) -> str:
    """The tab as HTML. What the card lacks is said to be lacking."""
    found = [Sheets(layer.words, layer.channels, layer.side, layer) for layer in described(card.network)]
    return (
        _environment()
        .get_template("content.html")
        .render(
            card=card,
            plots=_plots(card),
            layers=[INK, *found] if found else [],
            drawing_figures=figures(card.drawings.sources if card.drawings else None, DRAWINGS, CALIBRATION),
            photo_figures=figures(card.photos, PHOTOS, PHOTOS_MORE),
            non_digit_figures=figures(card.not_digits, NON_DIGITS, NON_DIGITS_MORE),
            baseline_figures=figures(card.baselines, BASELINES),
            earlier=_earlier(card.started_from),
            versions=", ".join(f"{name} {version}" for name, version in card.versions.items()),
            settings=[[name.replace("_", " "), setting(value)] for name, value in card.config.items()],
        )
    )


def server_functions(card: Card) -> list[Callable[[Any], dict[str, str]]]:
    """What the tab's script may call."""
    once = cache(lambda: content(card))

    def report(request: Any = None) -> dict[str, str]:
        try:
            return {"html": once()}
        except Exception:  # a card that somebody edited; the browser would get a bare 500
            logging.getLogger(__name__).exception("showing the card failed")
            return {"html": "<p>card.json is not as expected; the program’s log says more.</p>"}

    return [report]


def values(card: Card) -> dict[str, Any]:
    """The card as plain JSON values, with the figures that follow from others."""
    plain = card.as_json()
    if card.validation:
        one = card.validation
        plain["validation"] |= {"n": one.n, "errors": one.errors, "accuracy": one.accuracy, "interval": one.interval}
        plain["validation"]["per_class"] = [asdict(row) for row in one.per_class]
    if card.drawings:
        plain["drawings"] |= {"mean": card.drawings.mean, "interval": card.drawings.interval}
    return plain


def build(card: Card) -> None:
    """The tab's content, inside gr.Blocks. It is made when it is first looked at."""
    page.panel("report/report", serve=server_functions(card))

    def read_card() -> dict[str, Any]:
        """Everything that is known of the network: its make, data, settings and figures."""
        return values(card)

    gr.api(read_card, api_name="card", queue=False)
