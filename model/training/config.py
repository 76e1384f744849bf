"""TrainConfig: everything that decides the weights, besides the data. train.py's flags are made from its fields."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import torch

from model.card import upgraded_config
from model.synthesis.render import PEN
from model.training.augment import RANGES, Ranges

OPTIMIZERS: dict[str, type[torch.optim.Optimizer]] = {
    "adamw": torch.optim.AdamW,
    "adam": torch.optim.Adam,
    "adadelta": torch.optim.Adadelta,
}
SCHEDULES = ("cosine", "step", "constant")
PRECISIONS = ("auto", "float32", "bfloat16")
HARDWARE = ("device", "precision", "threads", "makers")  # fields that may change when a run goes on on another machine


def option(default: Any, text: str) -> Any:
    """A field of TrainConfig with its help."""
    return field(default=default, metadata={"help": text})


def share(default: float, text: str) -> Any:
    """A field whose values go from 0 to 1."""
    return field(default=default, metadata={"help": text, "is_share": True})


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides the weights, besides the data. A card keeps those of its run."""

    network: str = option("digitnet", "a name in model.network.NETWORKS")
    widths: tuple[int, ...] = option((32, 64, 128), "channels of digitnet's three stages")
    epochs: int = option(36, "passes over the CSV's digits")
    batch_size: int = option(256, "pictures per step")
    optimizer: str = option("adamw", "adamw, adam or adadelta")
    peak_learning_rate: float = option(3e-3, "the highest learning rate of the schedule")
    schedule: str = option(
        "cosine", "of the learning rate: cosine (after the warm-up, down to 0), step (× 0.7 each epoch) or constant"
    )
    warmup: float = share(0.1, "share of the steps in which the cosine schedule rises to the peak")
    weight_decay: float = option(0.03, "the optimizer's")
    label_smoothing: float = share(0.02, "share of the target that is spread over all classes")
    is_digit_loss_weight: float = option(0.5, "weight of the loss of “is this a digit at all?”")
    non_digit_loss_weight: float = option(0.2, "weight of the loss that keeps the classes of non-digits equal")
    ema_decay: float = share(0.998, "of the moving average of the weights, per step; 0 keeps the last weights")
    synthetic: float = share(0.2, "share of each batch that are digits drawn by code")
    any_brush: float = share(
        PEN.any_share, "share of the drawn pictures that come from any brush, a hairline to a marker"
    )
    synthetic_refresh_epochs: int = option(2, "epochs after which the drawn pictures are drawn anew")
    non_digits: float = share(0.17, "share of each batch that is no digit: letters, symbols, scribbles, spoilt digits")
    spoilt: float = share(0.2, "share of the non-digits that are made of the CSV's digits: turned, mirrored, joined")
    printed: float = share(0.5, "share of the drawn non-digits that are printed characters")
    normalised: float = share(0.5, "share of the CSV's digits that are first brought to the standard stroke width")
    augmentation_strength: float = option(0.8, "factor of the ranges below; 0, with corrupted 0, for none")
    rotation: float = option(RANGES.rotation, "largest turn of a sample, in degrees")
    scale: float = option(RANGES.scale, "largest change of width, and of height by itself, as a share")
    aspect: float = option(RANGES.aspect, "largest logarithm of width to height")
    aspect_share: float = share(RANGES.aspect_share, "share of the samples whose aspect changes so far")
    shear: float = option(RANGES.shear, "largest slant, sideways for each pixel of height")
    shift: float = option(RANGES.shift, "largest shift, in pixels")
    elastic: float = option(RANGES.elastic, "largest elastic distortion, in pixels")
    thinner: float = option(RANGES.thinner, "largest share of a stroke's outermost pixels that goes")
    thicker: float = option(RANGES.thicker, "largest share of the pixels around a stroke that are filled")
    gap: float = option(RANGES.gap, "largest radius of a gap in a stroke, in pixels")
    gap_share: float = share(RANGES.gap_share, "share of the samples that have a gap")
    corrupted: float = share(0.1, "share of the samples that are corrupted: noise, lines, blur, uneven ground")
    validation: float = share(0.1, "share of the CSV kept for validation, stratified; 0 trains on all rows")
    accepted: float = share(0.9985, "share of the validation digits that the threshold must accept at least")
    split_seed: int = option(0, "decides which rows are validated; the same for all that is compared")
    seed: int = option(0, "of everything else that is random")
    precision: str = option("auto", "float32, bfloat16, or auto: bfloat16 where the processor has instructions for it")
    device: str = option("auto", "cpu, cuda, mps, or auto: a GPU where there is one")
    threads: int = option(0, "of the processor; 0: all cores. Another number sums in another order")

    def __post_init__(self) -> None:
        shares = [one.name for one in fields(self) if "is_share" in one.metadata]
        rules = (
            ("widths", all(width > 0 for width in self.widths), "numbers above 0"),
            ("epochs", self.epochs > 0, "at least 1"),
            ("batch_size", self.batch_size > 0, "at least 1"),
            ("optimizer", self.optimizer in OPTIMIZERS, f"one of {', '.join(OPTIMIZERS)}"),
            ("schedule", self.schedule in SCHEDULES, f"one of {', '.join(SCHEDULES)}"),
            ("precision", self.precision in PRECISIONS, "auto, float32 or bfloat16"),
            ("peak_learning_rate", 0 < self.peak_learning_rate <= 1, "above 0, at most 1"),
            ("synthetic_refresh_epochs", self.synthetic_refresh_epochs > 0, "at least 1"),
            *((name, getattr(self, name) >= 0, "at least 0") for name in ("seed", "split_seed", "threads")),
            *((name, 0 <= getattr(self, name) <= 1, "a share from 0 to 1") for name in shares),
            ("non_digits", self.synthetic + self.non_digits < 1, "with synthetic less than 1, so that the CSV is read"),
        )
        for name, good, expected in rules:
            if not good:
                raise ValueError(f"configuring the training: got {name} {getattr(self, name)}, expected {expected}")

    def ranges(self) -> Ranges:
        """How far the samples are changed."""
        return Ranges(**{one.name: getattr(self, one.name) for one in fields(Ranges)}).times(self.augmentation_strength)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> TrainConfig:
        """The config of a card or a state, under the names that it had then; what it lacks has today's defaults."""
        known = {one.name for one in fields(cls)}
        named = {name: value for name, value in upgraded_config(values).items() if name in known}
        return cls(**with_tuples(named))

    def as_json(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
        return json_of(self)


def with_tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values from JSON or from flags as a config has them: lists become tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


def json_of(config: Any) -> dict[str, Any]:
    """The fields of a config, a dataclass, as plain JSON values."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(config).items()}


def add_flags(parser: argparse.ArgumentParser, config: type[Any]) -> None:
    """One flag for each field of a config, a dataclass; those that are not given are not in the namespace."""
    group = parser.add_argument_group("what decides the weights")
    for one in fields(config):
        default: Any = one.default
        many = isinstance(default, tuple)
        group.add_argument(
            f"--{one.name.replace('_', '-')}",
            type=int if many else type(default),
            nargs=len(default) if many else None,
            metavar="N" if many else None,
            default=argparse.SUPPRESS,
            help=f"{one.metadata['help']} (default: {default})".replace("%", "%%"),
        )


def given(args: argparse.Namespace, config: type[Any]) -> dict[str, Any]:
    """The fields of a config, a dataclass, whose flags were given."""
    values = {one.name: getattr(args, one.name) for one in fields(config) if hasattr(args, one.name)}
    return with_tuples(values)


def cores() -> int:
    """How many cores this process may use; OMP_NUM_THREADS says fewer."""
    if os.environ.get("OMP_NUM_THREADS", "").isdigit():
        return max(1, int(os.environ["OMP_NUM_THREADS"]))
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
