"""TrainConfig: everything that decides the weights, besides the data. train.py's flags are made from its fields."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch

from model.synthesis.render import PEN
from model.training.augment import RANGES, Ranges
from model.training.settings import COUNT, LEARNING_RATE, NOT_NEGATIVE, PRECISION, SHARE, Config, Rule, one_of, option

OPTIMIZERS: dict[str, type[torch.optim.Optimizer]] = {
    "adamw": torch.optim.AdamW,
    "adam": torch.optim.Adam,
    "adadelta": torch.optim.Adadelta,
}
SCHEDULES = ("cosine", "step", "constant")
HARDWARE = ("device", "precision", "threads", "workers")  # fields that may change when a run goes on on another machine
WIDTHS = Rule(lambda widths: all(width > 0 for width in widths), "numbers above 0")


@dataclass(frozen=True)
class TrainConfig(Config):
    """Everything that decides the weights, besides the data. A card keeps those of its run."""

    network: str = option("digitnet", "a name in model.network.NETWORKS")
    widths: tuple[int, ...] = option((32, 64, 128), "channels of digitnet's three stages", WIDTHS)
    epochs: int = option(36, "passes over the CSV's digits", COUNT)
    batch_size: int = option(256, "pictures per step", COUNT)
    optimizer: str = option("adamw", "adamw, adam or adadelta", one_of(OPTIMIZERS))
    peak_learning_rate: float = option(3e-3, "the highest learning rate of the schedule", LEARNING_RATE)
    schedule: str = option(
        "cosine",
        "of the learning rate: cosine (a warm-up, then down to 0), step (× 0.7 after each epoch) or constant",
        one_of(SCHEDULES),
    )
    warmup: float = option(0.1, "share of the steps in which the cosine schedule rises to the peak", SHARE)
    weight_decay: float = option(0.03, "weight decay of the optimizer")
    label_smoothing: float = option(0.02, "share of the target that is spread over all classes", SHARE)
    is_digit_loss_weight: float = option(0.5, "weight of the loss for “is this a digit at all?”")
    non_digit_loss_weight: float = option(0.2, "weight of the loss that keeps the classes of non-digits equal")
    ema_decay: float = option(0.998, "decay per step of the averaged weights; 0 keeps the last weights", SHARE)
    synthetic: float = option(0.2, "share of each batch that is digits drawn by code", SHARE)
    any_brush: float = option(
        PEN.any_share, "share of the drawn pictures that come from any brush, a hairline to a marker", SHARE
    )
    synthetic_refresh_epochs: int = option(2, "epochs after which the drawn pictures are replaced by new ones", COUNT)
    non_digits: float = option(
        0.17, "share of each batch that is not digits: letters, symbols, scribbles, spoilt digits", SHARE
    )
    spoilt: float = option(
        0.2, "share of the non-digits that are made of the CSV's digits: turned, mirrored, joined", SHARE
    )
    printed: float = option(0.5, "share of the drawn non-digits that are printed characters", SHARE)
    normalised: float = option(
        0.5, "share of the CSV's digits that are first brought to the standard stroke width", SHARE
    )
    augmentation_strength: float = option(
        0.8, "factor for the ranges below; 0, with --corrupted 0, switches augmentation off"
    )
    rotation: float = option(RANGES.rotation, "largest turn of a sample, in degrees")
    scale: float = option(RANGES.scale, "largest change of width, and of height by itself, as a share")
    aspect: float = option(RANGES.aspect, "largest change of the logarithm of width to height")
    aspect_share: float = option(RANGES.aspect_share, "share of the samples whose aspect changes that far", SHARE)
    shear: float = option(RANGES.shear, "largest slant, sideways for each pixel of height")
    shift: float = option(RANGES.shift, "largest shift, in pixels")
    elastic: float = option(RANGES.elastic, "largest elastic distortion, in pixels")
    thinner: float = option(RANGES.thinner, "largest share of a stroke's outermost pixels that is removed")
    thicker: float = option(RANGES.thicker, "largest share of the pixels around a stroke that is filled")
    gap: float = option(RANGES.gap, "largest radius of a gap in a stroke, in pixels")
    gap_share: float = option(RANGES.gap_share, "share of the samples that have a gap", SHARE)
    corrupted: float = option(0.1, "share of the samples that is corrupted: noise, lines, blur, uneven ground", SHARE)
    validation: float = option(0.1, "share of the CSV kept for validation, stratified; 0 trains on all rows", SHARE)
    accepted: float = option(0.9975, "least share of the validation digits that the threshold accepts", SHARE)
    split_seed: int = option(0, "seed of the validation split; runs that are compared need the same one", NOT_NEGATIVE)
    seed: int = option(0, "seed of all other random numbers", NOT_NEGATIVE)
    precision: str = option(
        "auto", "float32, bfloat16, or auto: bfloat16 where the processor has instructions for it", PRECISION
    )
    device: str = option("auto", "cpu, cuda, mps, or auto: a GPU where there is one")
    threads: int = option(0, "processor threads; 0 uses all cores. Another number adds in another order", NOT_NEGATIVE)

    def __post_init__(self) -> None:
        super().__post_init__()
        enough = self.synthetic + self.non_digits < 1
        self.expect("non_digits", enough, "with synthetic less than 1, so that the CSV is read")

    def ranges(self) -> Ranges:
        """How far the samples are changed."""
        return Ranges(**{one.name: getattr(self, one.name) for one in fields(Ranges)}).times(self.augmentation_strength)
