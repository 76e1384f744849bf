"""The Model tab's plots as numbers: axes with readable ticks, lines and points; plot.html draws them as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from model.intervals import wilson
from model.results import Bin, DigitFigures, Epoch

WIDE = 5.0  # the largest value by the smallest from which an axis is logarithmic
MOST_TICKS = 6


@dataclass(frozen=True)
class Axis:
    """Where values lie, from 0 (left, below) to 1, and which of them are written beside it."""

    name: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]  # (value, text)
    logarithmic: bool = False

    def at(self, value: float) -> float:
        """0..1, the place of a value."""
        low, high = self.low, self.high
        if self.logarithmic:
            low, high, value = math.log(low), math.log(high), math.log(value)
        return min(1.0, max(0.0, (value - low) / (high - low)))


@dataclass(frozen=True)
class Point:
    """A point, and the interval that a line through it spans."""

    x: float
    y: float
    low: float
    high: float


@dataclass(frozen=True)
class Series:
    """Values of one kind: a line through `line`, or separate `points`. `colour` is a variable of the style sheet."""

    colour: str
    name: str = ""
    line: tuple[tuple[float, float], ...] = ()
    points: tuple[Point, ...] = ()


@dataclass(frozen=True)
class Plot:
    """A plot; `words` are read out in its place."""

    words: str
    x: Axis
    y: Axis
    series: tuple[Series, ...]
    diagonal: bool = field(default=False)


def axis(name: str, values: Sequence[float], unit: str = "", most: float = math.inf) -> Axis:
    """An axis for positive values with 2 to MOST_TICKS ticks in plain numbers, logarithmic where they spread far."""
    low, high = min(values), max(values)
    if low > 0 and high / low >= WIDE:
        readable = [digit * 10.0**power for power in range(-6, 7) for digit in (1, 2, 5)]
        inside = [tick for tick in readable if 0.9 * low <= tick <= 1.1 * high]
        every = -(-len(inside) // MOST_TICKS)
        return Axis(name, 0.9 * low, 1.1 * high, tuple((tick, f"{tick:g}{unit}") for tick in inside[::every]), True)
    margin = (high - low or abs(high) or 1) * 0.15
    low, high = max(0.0, low - margin), min(most, high + margin)
    step = _step(high - low)
    first = math.ceil(low / step - 1e-9)
    ticks = [number * step for number in range(first, math.floor(high / step + 1e-9) + 1)]
    places = max(0, -math.floor(math.log10(step)))
    return Axis(name, low, high, tuple((tick, f"{tick:.{places}f}{unit}") for tick in ticks))


def _step(length: float) -> float:
    """1, 2 or 5 times a power of ten, that goes 2 to MOST_TICKS times into `length`."""
    rough = length / (MOST_TICKS - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)


def _epochs(curves: Sequence[Epoch]) -> Axis:
    first, last = curves[0].epoch, max(curves[-1].epoch, curves[0].epoch + 1)
    step = max(1, round(_step(last - first)))
    ticks = [first, *range(step * (first // step + 1), last + 1, step)]
    return Axis("epoch", first, last, tuple((tick, str(tick)) for tick in ticks))


def errors(curves: Sequence[Epoch]) -> Plot | None:
    """Validation error by epoch, in per cent; None when it is not known."""
    points = [(point.epoch, 100 * (1 - point.accuracy)) for point in curves if point.accuracy is not None]
    if not points:
        return None
    values = [max(value, 1e-3) for _, value in points]
    words = f"Validation error by epoch, from {values[0]:.2f}% to {values[-1]:.2f}%"
    line = tuple(zip((epoch for epoch, _ in points), values, strict=True))
    return Plot(words, _epochs(curves), axis("error", values, "%"), (Series("--blue", line=line),))


def losses(curves: Sequence[Epoch]) -> Plot | None:
    """Training loss by epoch; None when it is not known."""
    values = [point.loss for point in curves]
    if not values:
        return None
    words = f"Training loss by epoch, from {values[0]:.2f} to {values[-1]:.2f}"
    line = tuple((point.epoch, point.loss) for point in curves)
    return Plot(words, _epochs(curves), axis("loss", values), (Series("--unsure", line=line),))


def reliability(bins: Sequence[Bin]) -> Plot | None:
    """Accuracy by stated confidence, with 95% intervals; on the diagonal "90% sure" is right nine times in ten."""
    if not bins:
        return None
    points = tuple(Point(one.confidence, one.accuracy, *wilson(one.accuracy * one.n, one.n)) for one in bins)
    ticks = tuple((share / 100, f"{share}%") for share in range(0, 101, 20))
    words = "Share read right by confidence, with 95% intervals, beside the ideal diagonal"
    x, y = Axis("how sure it was", 0, 1, ticks), Axis("read right", 0, 1, ticks)
    return Plot(words, x, y, (Series("--blue", points=points),), diagonal=True)


def by_digit(rows: Sequence[DigitFigures]) -> Plot | None:
    """Precision and recall of each digit with their 95% intervals."""
    if not rows:
        return None
    precision = [(row.digit - 0.14, row.precision, *row.precision_interval) for row in rows]
    recall = [(row.digit + 0.14, row.recall, *row.recall_interval) for row in rows]
    lows = [100 * low for _, _, low, _ in (*precision, *recall)]
    series = tuple(
        Series(colour, name, points=tuple(Point(x, 100 * y, 100 * low, 100 * high) for x, y, low, high in values))
        for colour, name, values in (("--blue", "precision", precision), ("--unsure", "recall", recall))
    )
    x = Axis("digit", -0.5, len(rows) - 0.5, tuple((row.digit, str(row.digit)) for row in rows))
    words = "Precision and recall of each digit with 95% intervals; the table has the figures"
    return Plot(words, x, axis("", [*lows, 100.0], "%", most=100.0), series)
