"""The network as a picture: what each layer gives, and what it costs. Computed from the card's arguments."""

from __future__ import annotations

import math
from typing import Any


def millions(number: float) -> str:
    if number >= 1e6:
        return f"{number / 1e6:.1f} million"
    return f"{number / 1e3:.0f} thousand" if number >= 10_000 else f"{number:,}"


def layers(network: dict[str, Any]) -> list[tuple[str, int, int, int, int]]:
    """(words, side, channels, weights, multiply-adds) of each layer of a digitnet with these arguments; [] for other
    networks, and when the layers do not add up to the card's own sums."""
    widths = (network.get("arguments") or {}).get("widths")
    if network.get("name") != "digitnet" or not widths or len(widths) != 3:
        return []
    a, b, c = widths

    def convolution(words: str, inputs: int, outputs: int, side: int, times: int = 1) -> tuple[str, int, int, int, int]:
        kernel = 9 * inputs * outputs
        return words, side, outputs, times * (kernel + 2 * outputs), times * kernel * side * side

    outputs = 11  # ten digits and "is a digit"
    found = [
        convolution("3×3 convolution", 1, a, 28),
        convolution("3×3 convolution, every 2nd pixel", a, b, 14),
        convolution("residual block: two 3×3 convolutions", b, b, 14, 2),
        convolution("3×3 convolution, every 2nd pixel", b, c, 7),
        convolution("residual block: two 3×3 convolutions", c, c, 7, 2),
        ("fully connected: ten digits, and “is it a digit?”", 1, outputs, (49 * c + 1) * outputs, 49 * c * outputs),
    ]
    sums = sum(layer[3] for layer in found), sum(layer[4] for layer in found)
    return found if sums == (network.get("weights"), network.get("multiply_adds")) else []


def drawing(network: dict[str, Any]) -> str:
    """The layers from left to right as HTML; "" when they are not known."""
    found = layers(network)
    if not found:
        return ""
    items = [_layer("ink of the picture", 28, 1, "", 0)]
    for words, side, channels, weights, multiply_adds in found:
        costs = f"{weights:,} weights<br>{millions(multiply_adds)} multiply-adds"
        items.append(_layer(words, side, channels, costs, round(math.log2(channels))))
    return f'<ol class="r-net">{"".join(items)}</ol>'


def _layer(words: str, side: int, channels: int, costs: str, depth: int) -> str:
    size = max(10, 3 * side)
    sheets = "".join(
        f'<i style="left:{3 * i}px;top:{3 * i}px;width:{size}px;height:{size}px"></i>' for i in range(depth + 1)
    )
    box = f"width:{size + 3 * depth}px;height:{size + 3 * depth}px"
    shape = f"{side}×{side}×{channels}" if side > 1 else f"{channels} numbers"
    return (
        f'<li><span class="r-sheets" aria-hidden="true"><span style="{box}">{sheets}</span></span>'
        f"<span><b>{shape}</b><span>{words}</span><small>{costs}</small></span></li>"
    )
