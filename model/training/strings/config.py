"""StringConfig: everything that decides the string network's weights, besides the CSV."""

from __future__ import annotations

from dataclasses import dataclass

from model.training.drawn.config import DrawnConfig
from model.training.settings import COUNT, NOT_NEGATIVE, Rule, option

WIDTHS = Rule(lambda widths: len(widths) == 4 and all(width > 0 for width in widths), "four numbers above 0")


@dataclass(frozen=True)
class StringConfig(DrawnConfig):
    """Everything that decides the weights, besides the data; `train.py --strings` has a flag for each field."""

    epochs: int = option(40, "passes over the strings that are in store; each draws new ones", COUNT)
    crops: int = option(4096, "strings drawn for each epoch", COUNT)
    uses: int = option(3, "epochs in which each string is used", COUNT)
    batch_size: int = option(32, "strings per step", COUNT)
    widths: tuple[int, ...] = option(
        (16, 48, 80, 96), "channels of the network's stages, from fine to coarse, and along the string", WIDTHS
    )
    alignment: float = option(3.0, "what telling where a digit stands counts beside telling the string", NOT_NEGATIVE)
