"""DrawnConfig: what decides the weights of a network that learns from what is drawn while it trains."""

from __future__ import annotations

from dataclasses import dataclass

from model.training.settings import COUNT, LEARNING_RATE, NOT_NEGATIVE, PRECISION, SHARE, Config, option


@dataclass(frozen=True)
class DrawnConfig(Config):
    """What the trainings of the page network and of the string network both need; each adds its own fields."""

    epochs: int = option(36, "passes over the pictures that are in store; each draws new ones", COUNT)
    crops: int = option(2048, "pictures drawn for each epoch", COUNT)
    uses: int = option(5, "epochs in which each picture is used", COUNT)
    batch_size: int = option(16, "pictures per step", COUNT)
    peak_learning_rate: float = option(2.5e-3, "the learning rate after the warm-up", LEARNING_RATE)
    warmup_steps: int = option(200, "steps in which the learning rate rises", COUNT)
    cooldown: int = option(12, "epochs at the end in which the learning rate falls to 0")
    weight_decay: float = option(0.02, "weight decay of the optimizer")
    most_gradient: float = option(5.0, "largest norm of a gradient; longer ones are shortened to it")
    ema_decay: float = option(0.998, "decay per step of the moving average of the weights", SHARE)
    validation: float = option(0.1, "share of the CSV whose digits are kept for the final figures", SHARE)
    split_seed: int = option(0, "seed that decides which rows these are", NOT_NEGATIVE)
    seed: int = option(0, "seed of all other random numbers", NOT_NEGATIVE)
    precision: str = option(
        "auto", "float32, bfloat16, or auto: bfloat16 where the processor has instructions for it", PRECISION
    )
    device: str = option("auto", "cpu, cuda, mps, or auto: a GPU where there is one")
    threads: int = option(1, "processor threads; 0 uses all cores. Another number adds in another order", NOT_NEGATIVE)
    workers: int = option(1, "processes that draw during the training; 0: it draws itself", NOT_NEGATIVE)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.expect("cooldown", 0 <= self.cooldown <= self.epochs, "from 0 to the number of epochs")
        self.expect("validation", 0 < self.validation < 1, "more than 0, less than 1")
