"""How the Model tab writes figures: one way for each kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


def percent(share: float) -> str:
    """0.98434 -> "98.43%"."""
    return f"{100 * share:.2f}%"


def span(bounds: Sequence[float]) -> str:
    """(0.9679, 0.9923) -> "96.79–99.23%"."""
    low, high = bounds
    return f"{100 * low:.2f}–{100 * high:.2f}%"


def count(number: int) -> str:
    """366411 -> "366,411"."""
    return f"{number:,}"


def millions(number: float) -> str:
    """29178912 -> "29.2 million", 18432 -> "18 thousand", 9408 -> "9,408"."""
    if number >= 1e6:
        return f"{number / 1e6:.1f} million"
    return f"{number / 1e3:.0f} thousand" if number >= 10_000 else f"{number:,}"


def duration(seconds: float) -> str:
    """4000 -> "1 h 7 min", 200 -> "3 min 20 s", 0.0541 -> "54 ms"."""
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 60} min {whole % 60} s" if whole >= 60 else f"{whole} s"


def setting(value: Any) -> str:
    """A value of TrainConfig as it would be given on the command line."""
    if isinstance(value, list | tuple):
        return ", ".join(map(setting, value))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) and value >= 10_000 else f"{value:g}"


FILTERS: dict[str, Callable[..., str]] = {
    function.__name__: function for function in (percent, span, count, millions, duration, setting)
}
