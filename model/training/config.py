"""TrainConfig: everything that decides the weights, besides the CSV."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch

OPTIMIZERS: dict[str, type[torch.optim.Optimizer]] = {
    "adamw": torch.optim.AdamW,
    "adam": torch.optim.Adam,
    "adadelta": torch.optim.Adadelta,
}
SCHEDULES = ("cosine", "step", "constant")


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides the weights, besides the CSV. train.py's flags are made from these fields."""

    network: str = "digitnet"  # a name in model.network.NETWORKS
    widths: tuple[int, ...] = (32, 64, 96)  # channels of digitnet's three stages
    epochs: int = 40
    batch_size: int = 256
    optimizer: str = "adamw"  # adamw, adam or adadelta
    learning_rate: float = 3e-3  # the highest
    schedule: str = (
        "cosine"  # of the rate: cosine (a tenth of the steps up, then down to 0), step (× 0.7 each epoch), constant
    )
    weight_decay: float = 0.03  # the optimizer's
    label_smoothing: float = 0.02
    average_decay: float = 0.998  # of the averaged weights, per step; 0 keeps the last ones
    synthetic: float = 0.3  # share of each batch: digits in styles that the CSV hardly has
    non_digits: float = 0.17  # share of each batch: letters, symbols, scribbles, spoilt digits
    printed: float = 0.5  # share of the drawn non-digits that are printed characters, a fifth of them printed digits
    renewal: int = 2  # epochs after which the synthetic pictures are drawn anew
    normalised: float = 0.5  # share of the CSV's digits that are first brought to the standard stroke width
    strength: float = 1.0  # of the augmentation; with 0, and corrupted 0, the samples stay as they are
    corrupted: float = 0.1  # share of the samples that are corrupted
    validation: float = 0.1  # share of the CSV kept for validation, stratified
    split_seed: int = 0  # decides which rows those are; the same for all that is compared or learns from each other
    seed: int = 0  # of everything else that is random
    start_share: float = 0.0  # of the weights begun with, mixed into the result, with --start-from
    taught: float = 0.7  # share of the teachers' probabilities in what is learned, with --teacher
    precision: str = "auto"  # float32, bfloat16, or auto: bfloat16 where the processor has instructions for it
    device: str = "auto"  # cpu, cuda, or auto: cuda where there is one

    def __post_init__(self) -> None:
        shares = (
            *(self.synthetic, self.non_digits, self.normalised, self.corrupted, self.average_decay),
            *(self.taught, self.start_share, self.printed),
        )
        rules = (
            ("widths", all(width > 0 for width in self.widths), "numbers above 0"),
            ("epochs", self.epochs > 0, "at least 1"),
            ("batch_size", self.batch_size > 0, "at least 1"),
            ("optimizer", self.optimizer in OPTIMIZERS, f"one of {', '.join(OPTIMIZERS)}"),
            ("schedule", self.schedule in SCHEDULES, f"one of {', '.join(SCHEDULES)}"),
            ("learning_rate", 0 < self.learning_rate <= 1, "above 0, at most 1"),
            ("renewal", self.renewal > 0, "at least 1"),
            ("seed", self.seed >= 0, "at least 0"),
            ("split_seed", self.split_seed >= 0, "at least 0"),
            ("synthetic", all(0 <= share <= 1 for share in shares), "shares from 0 to 1"),
            ("non_digits", self.synthetic + self.non_digits < 1, "with synthetic less than 1, so that the CSV is read"),
        )
        for name, good, expected in rules:
            if not good:
                raise ValueError(f"configuring the training: got {name} {getattr(self, name)}, expected {expected}")


def config_as_json(config: TrainConfig) -> dict[str, Any]:
    """The config's fields as plain JSON values."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(config).items()}
