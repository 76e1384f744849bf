"""The Model tab's plots: matplotlib draws them once, as SVG that takes its colours from the page."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from model.intervals import wilson

# Stand-ins in the drawing -> the page's own colours, so that a plot is right in light and in dark.
TEXT, SOFT, LINE, BLUE, AMBER = "#010101", "#020202", "#030303", "#040404", "#050505"
COLOURS = {TEXT: "--text", SOFT: "--soft", LINE: "--line", BLUE: "--blue", AMBER: "--unsure"}
SIZE = (4.6, 2.9)  # inches: 331 px wide, so that text keeps its size on a phone
STYLE = {
    "svg.fonttype": "none",  # text stays text
    "font.size": 9.5,
    "text.color": TEXT,
    "axes.labelcolor": SOFT,
    "axes.edgecolor": LINE,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": SOFT,
    "grid.color": LINE,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
}
_one_at_a_time = Lock()  # rcParams belong to the whole process


def svg(draw: Callable[[Axes], None], name: str, words: str) -> str:
    """An inline SVG of what `draw` draws; `name` keeps its ids apart from other plots', `words` are read out."""
    with _one_at_a_time, matplotlib.rc_context({**STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=SIZE, layout="constrained")
        axes = figure.add_subplot()
        axes.tick_params(length=0, pad=5)
        draw(axes)
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    text = out.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", text)
    text = re.sub(r"font-family: [^;\"]*", "font-family: inherit", text)
    for stand_in, variable in COLOURS.items():
        text = text.replace(stand_in, f"var({variable})")
    text = re.sub(r'<svg [^>]*?viewBox="([^"]*)"[^>]*>', r'<svg viewBox="\1" role="img" aria-label="@">', text, count=1)
    return text.replace("@", words.replace('"', "&quot;"), 1)


def learning_curves(curves: list[dict[str, Any]]) -> str:
    """Validation error by epoch."""
    errors = [max(100 * (1 - point["accuracy"]), 1e-3) for point in curves]
    label = f"Validation error by epoch, from {errors[0]:.2f} % to {errors[-1]:.2f} %"
    return _by_epoch(curves, errors, BLUE, "validation error, %", "error", label)


def losses(curves: list[dict[str, Any]]) -> str:
    """Training loss by epoch."""
    values = [point["loss"] for point in curves]
    label = f"Training loss by epoch, from {values[0]:.2f} to {values[-1]:.2f}"
    return _by_epoch(curves, values, AMBER, "training loss", "loss", label)


def _by_epoch(curves: list[dict[str, Any]], values: list[float], colour: str, axis: str, name: str, label: str) -> str:
    """A line of values over the epochs, on a logarithmic axis."""
    epochs = [point["epoch"] for point in curves]

    def draw(axes: Axes) -> None:
        axes.plot(epochs, values, color=colour, linewidth=1.8, marker="." if len(epochs) < 25 else "")
        axes.set(xlabel="epoch", ylabel=axis, yscale="log")
        _plain_log(axes, values)
        axes.xaxis.set_major_locator(MaxNLocator(7, integer=True, steps=[1, 2, 5, 10]))

    return svg(draw, name, label)


def _plain_log(axes: Axes, values: list[float]) -> None:
    """Ticks at 1, 2, 3 and 5 times the powers of ten, in plain numbers."""
    low, high = min(values) * 0.9, max(values) * 1.1
    ticks = [step * 10.0**power for power in range(-4, 4) for step in (1, 2, 3, 5)]
    axes.set_ylim(low, high)
    shown = [tick for tick in ticks if low <= tick <= high] or [values[-1]]
    axes.set_yticks(shown, [f"{tick:g}" for tick in shown])
    axes.set_yticks([], minor=True)


def reliability(bins: list[dict[str, Any]]) -> str:
    """Accuracy by stated confidence, with 95 % intervals; on the diagonal "90 % sure" is right nine times in ten."""
    x = [entry["confidence"] for entry in bins]
    y = [entry["accuracy"] for entry in bins]
    bounds = [wilson(entry["accuracy"] * entry["n"], entry["n"]) for entry in bins]

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=SOFT, linewidth=1, linestyle=(0, (4, 4)))
        spread = _spread(y, bounds)
        axes.errorbar(x, y, yerr=spread, fmt="o", color=BLUE, markersize=5, linewidth=1.2)
        axes.set(xlabel="confidence", ylabel="share read right", xlim=(0.2, 1.02), ylim=(0, 1.04))
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(PercentFormatter(1, symbol=" %"))

    return svg(draw, "reliability", "Share read right by confidence, with 95 % intervals, beside the ideal diagonal")


def _spread(values: list[float], bounds: Sequence[Sequence[float]]) -> list[list[float]]:
    """How far each interval reaches below and above its value, as errorbar takes it."""
    below = [max(0.0, value - low) for value, (low, _) in zip(values, bounds, strict=True)]
    return [below, [max(0.0, high - value) for value, (_, high) in zip(values, bounds, strict=True)]]


def by_digit(rows: list[dict[str, Any]]) -> str:
    """Precision and recall of each digit with their 95 % intervals."""

    def draw(axes: Axes) -> None:
        for name, colour, shift in (("precision", BLUE, -0.14), ("recall", AMBER, 0.14)):
            y = [100 * row[name] for row in rows]
            spread = _spread(y, [[100 * bound for bound in row[f"{name}_interval"]] for row in rows])
            x = [row["digit"] + shift for row in rows]
            axes.errorbar(x, y, yerr=spread, fmt="o", color=colour, markersize=4.5, linewidth=1.4, label=name)
        axes.set(xlabel="digit", ylabel="%")
        axes.set_xticks([row["digit"] for row in rows])
        axes.grid(visible=False, axis="x")
        axes.legend(ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1), handletextpad=0.1)

    return svg(draw, "digits", "Precision and recall of each digit with 95 % intervals; the table has the figures")
