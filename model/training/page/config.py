"""PageConfig: everything that decides the page network's weights, besides the CSV."""

from __future__ import annotations

from dataclasses import dataclass

from model.training.settings import COUNT, LEARNING_RATE, NOT_NEGATIVE, PRECISION, SHARE, Config, Rule, option

WIDTHS = Rule(lambda widths: len(widths) == 5 and all(width > 0 for width in widths), "five numbers above 0")


@dataclass(frozen=True)
class PageConfig(Config):
    """Everything that decides the weights, besides the data; `train.py --page` has a flag for each field."""

    widths: tuple[int, ...] = option(
        (16, 32, 64, 96, 80), "channels of the network's stages, from fine to coarse", WIDTHS
    )
    epochs: int = option(36, "passes over the crops that are in store; each draws new ones", COUNT)
    crops: int = option(2048, "crops drawn for each epoch", COUNT)
    uses: int = option(5, "epochs in which each crop is used", COUNT)
    batch_size: int = option(16, "crops per step", COUNT)
    peak_learning_rate: float = option(2.5e-3, "the learning rate after the warm-up", LEARNING_RATE)
    warmup_steps: int = option(200, "steps in which the learning rate rises", COUNT)
    cooldown: int = option(12, "epochs at the end in which the learning rate falls to 0")
    weight_decay: float = option(0.02, "weight decay of the optimizer")
    most_gradient: float = option(5.0, "largest norm of a gradient; longer ones are shortened to it")
    ema_decay: float = option(0.998, "decay per step of the moving average of the weights", SHARE)
    label_smoothing: float = option(0.02, "share of the target that is spread over all classes", SHARE)
    inverted: float = option(0.12, "share of the crops that is shown light on dark", SHARE)
    gain: float = option(0.15, "spread of the logarithm of the contrast with which a crop is shown", NOT_NEGATIVE)
    validation: float = option(0.1, "share of the CSV whose digits are kept for the crops of the final figures", SHARE)
    split_seed: int = option(0, "seed that decides which rows these are", NOT_NEGATIVE)
    seed: int = option(0, "seed of all other random numbers", NOT_NEGATIVE)
    precision: str = option(
        "auto", "float32, bfloat16, or auto: bfloat16 where the processor has instructions for it", PRECISION
    )
    device: str = option("auto", "cpu, cuda, mps, or auto: a GPU where there is one")
    threads: int = option(1, "processor threads; 0 uses all cores. Another number adds in another order", NOT_NEGATIVE)
    workers: int = option(1, "processes that draw crops during the training; 0: it draws them itself", NOT_NEGATIVE)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.expect("cooldown", 0 <= self.cooldown <= self.epochs, "from 0 to the number of epochs")
        self.expect("validation", 0 < self.validation < 1, "more than 0, less than 1")
