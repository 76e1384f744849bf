"""PageConfig: everything that decides the page network's weights, besides the CSV."""

from __future__ import annotations

from dataclasses import dataclass

from model.training.drawn.config import DrawnConfig
from model.training.settings import NOT_NEGATIVE, SHARE, Rule, option

WIDTHS = Rule(lambda widths: len(widths) == 5 and all(width > 0 for width in widths), "five numbers above 0")


@dataclass(frozen=True)
class PageConfig(DrawnConfig):
    """Everything that decides the weights, besides the data; `train.py --page` has a flag for each field."""

    widths: tuple[int, ...] = option(
        (16, 32, 64, 96, 80), "channels of the network's stages, from fine to coarse", WIDTHS
    )
    label_smoothing: float = option(0.02, "share of the target that is spread over all classes", SHARE)
    inverted: float = option(0.12, "share of the crops that is shown light on dark", SHARE)
    gain: float = option(0.15, "spread of the logarithm of the contrast with which a crop is shown", NOT_NEGATIVE)
