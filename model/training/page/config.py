"""PageConfig: everything that decides the page network's weights, besides the CSV."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from model.training.config import PRECISIONS, json_of, option, share, with_tuples


@dataclass(frozen=True)
class PageConfig:
    """Everything that decides the weights, besides the data; `train.py --page` has a flag for each field."""

    widths: tuple[int, ...] = option((16, 32, 64, 96, 80), "channels of the network's stages, from fine to coarse")
    epochs: int = option(36, "passes over the crops that are in store; each draws new ones")
    crops: int = option(2048, "crops that are drawn for each epoch")
    uses: int = option(5, "epochs in which each crop is used")
    batch_size: int = option(16, "crops per step")
    peak_learning_rate: float = option(2.5e-3, "the learning rate after the warm-up")
    warmup_steps: int = option(200, "steps in which the learning rate rises")
    cooldown: int = option(12, "epochs at the end in which the learning rate falls to 0")
    weight_decay: float = option(0.02, "the optimizer's")
    most_gradient: float = option(5.0, "norm to which longer gradients are cut")
    ema_decay: float = share(0.998, "of the moving average of the weights, per step")
    label_smoothing: float = share(0.02, "share of the target that is spread over all classes")
    inverted: float = share(0.12, "share of the crops that are shown light on dark")
    gain: float = option(0.15, "spread of the logarithm of the contrast with which a crop is shown")
    validation: float = share(0.1, "share of the CSV whose digits are kept for the crops of the final figures")
    split_seed: int = option(0, "decides which rows these are")
    seed: int = option(0, "of everything else that is random")
    precision: str = option("auto", "float32, bfloat16, or auto: bfloat16 where the processor has instructions for it")
    device: str = option("auto", "cpu, cuda, mps, or auto: a GPU where there is one")
    threads: int = option(1, "of the processor; 0: all cores. Another number sums in another order")
    makers: int = option(1, "processes that draw crops beside the training; 0: it draws them itself")

    def __post_init__(self) -> None:
        shares = [one.name for one in fields(self) if "is_share" in one.metadata]
        counts = ("epochs", "crops", "uses", "batch_size", "warmup_steps")
        not_below_0 = ("seed", "split_seed", "threads", "makers", "gain")
        rules = (
            ("widths", len(self.widths) == 5 and all(width > 0 for width in self.widths), "five numbers above 0"),
            ("cooldown", 0 <= self.cooldown <= self.epochs, "from 0 to the number of epochs"),
            ("peak_learning_rate", 0 < self.peak_learning_rate <= 1, "above 0, at most 1"),
            ("validation", 0 < self.validation < 1, "more than 0, less than 1"),
            ("precision", self.precision in PRECISIONS, "auto, float32 or bfloat16"),
            *((name, getattr(self, name) > 0, "at least 1") for name in counts),
            *((name, getattr(self, name) >= 0, "at least 0") for name in not_below_0),
            *((name, 0 <= getattr(self, name) <= 1, "a share from 0 to 1") for name in shares),
        )
        for name, good, expected in rules:
            if not good:
                raise ValueError(f"configuring the training: got {name} {getattr(self, name)}, expected {expected}")

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> PageConfig:
        """The config of a card or a state; what it lacks has today's defaults."""
        known = {one.name for one in fields(cls)}
        return cls(**with_tuples({name: value for name, value in values.items() if name in known}))

    def as_json(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
        return json_of(self)
