"""The network's layers: what each gives, and what it costs. Computed from the card's arguments."""

from __future__ import annotations

import math
from typing import NamedTuple

from model.card import Network

OUTPUTS = 11  # ten digits and "is a digit"
PIXELS = 3  # of the screen for one pixel of a feature map


class Layer(NamedTuple):
    """What a layer is, the size of what it gives, and its cost for one picture."""

    words: str
    side: int  # of a square map; 1 for plain numbers
    channels: int
    weights: int = 0
    multiply_adds: int = 0

    @property
    def sheets(self) -> range:
        """How many sheets its drawing has, one behind the other."""
        return range(1 + round(math.log2(self.channels)) if self.weights else 1)

    @property
    def pixels(self) -> int:
        """The side of a sheet on the screen."""
        return max(10, PIXELS * self.side)


INK = Layer("the ink, averaged and centred", 28, 1)


def layers(network: Network) -> list[Layer]:
    """The layers of a digitnet with these arguments; [] for other networks, and when the layers do not add up to the
    card's own sums."""
    widths = network.arguments.get("widths")
    if network.name != "digitnet" or not widths or len(widths) != 3:
        return []
    a, b, c = widths

    def convolution(words: str, inputs: int, outputs: int, side: int, times: int = 1) -> Layer:
        kernel = 9 * inputs * outputs
        return Layer(words, side, outputs, times * (kernel + 2 * outputs), times * kernel * side * side)

    last = 49 * c * OUTPUTS
    found = [
        convolution("3×3 convolution", 1, a, 28),
        convolution("3×3 convolution, every 2nd pixel", a, b, 14),
        convolution("residual block: two 3×3 convolutions", b, b, 14, 2),
        convolution("3×3 convolution, every 2nd pixel", b, c, 7),
        convolution("residual block: two 3×3 convolutions", c, c, 7, 2),
        Layer("fully connected: ten digits, and “is it a digit?”", 1, OUTPUTS, last + OUTPUTS, last),
    ]
    sums = sum(layer.weights for layer in found), sum(layer.multiply_adds for layer in found)
    return found if sums == (network.weights, network.multiply_adds) else []
