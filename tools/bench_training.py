"""`make bench DATA=…`: CPU seconds to an accuracy, ours and pytorch/examples' recipe.

Both trainings run in turn in this process, on the same rows and the same number of threads (OMP_NUM_THREADS). Their
CPU seconds count everything from the first batch on, validation after each epoch included; reading the CSV does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from model.baselines import RECIPES
from model.card import Card
from model.results import Epoch
from model.training.config import TrainConfig
from model.training.data import load_csv, split
from model.training.loop import Pictures, Trainer
from tools import command_line

BASELINE = "pytorch-examples"
# Ours for speed: a narrower DigitNet on the CSV alone, its augmentation halved, its average shorter.
FAST: dict[str, Any] = {
    "epochs": 5,
    "widths": (16, 32, 64),
    "batch_size": 128,
    "peak_learning_rate": 5e-3,
    "ema_decay": 0.98,
    "augmentation_strength": 0.5,
    "synthetic": 0.0,
    "non_digits": 0.0,
    "normalised": 0.0,
    "corrupted": 0.0,
}
TARGETS = (0.992, 0.994)


def reached(curves: Sequence[Epoch], accuracy: float, figure: str = "cpu_seconds") -> float | None:
    """Seconds until the validation first reached `accuracy`; None when it never did."""
    spent = 0.0
    for point in curves:
        spent += getattr(point, figure) or 0.0
        if (point.accuracy or 0.0) >= accuracy:
            return spent
    return None


def train(config: TrainConfig, data: Path) -> list[Epoch]:
    """The curves of a training on the usual split."""
    digits = load_csv(data)
    rows, validation = split(digits.labels, config.validation, config.split_seed)
    parts = [Pictures(digits.images[chosen], digits.labels[chosen]) for chosen in (rows, validation)]
    trainer = Trainer(config, *parts)
    trainer.fit()
    return trainer.progress.curves


def spent_by(curves: Sequence[Epoch]) -> float:
    """CPU seconds of a whole training."""
    return sum(point.cpu_seconds or 0.0 for point in curves)


def summary(name: str, curves: Sequence[Epoch], accuracy: float) -> str:
    cpu, wall = reached(curves, accuracy), reached(curves, accuracy, "seconds")
    end = f"ends at {curves[-1].accuracy or 0:.2%} after {spent_by(curves):.0f} CPU s"
    if cpu is None:
        return f"{name:22s}never reached {accuracy:.2%}; {end}"
    return f"{name:22s}{accuracy:.2%} in {cpu:.0f} CPU s ({wall:.0f} s by the clock); {end}"


def trainings(data: Path, baseline: Sequence[Epoch] | None = None, seed: int = 0) -> None:
    """Ours and the baseline's recipe: seconds to each target, and the ratio at the accuracy where the baseline ends."""
    baseline = baseline or train(TrainConfig(network=BASELINE, **RECIPES[BASELINE], seed=seed), data)
    ours = train(TrainConfig(**FAST, seed=seed), data)
    print(f"threads: {torch.get_num_threads()}")
    for accuracy in TARGETS:
        print(summary("ours", ours, accuracy))
        print(summary(BASELINE, baseline, accuracy))
    end, spent = baseline[-1].accuracy or 0.0, spent_by(baseline)
    there = reached(ours, end)
    if there is None:
        print(f"ours never reached {end:.2%}, where {BASELINE} ends after {spent:.0f} CPU s")
    else:
        print(f"to {end:.2%}, where {BASELINE} ends: {there:.0f} CPU s against {spent:.0f}, {there / spent:.2f} of it")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = command_line("bench_training", __doc__)
    parser.add_argument("data", nargs="?", type=Path, help="digit-recognizer.zip; without it nothing is trained")
    parser.add_argument("--baseline", type=Path, help="a finished run of pytorch-examples, instead of training it")
    parser.add_argument("--seed", type=int, default=0, help="of the training (default: 0)")
    args = parser.parse_args(arguments)
    if args.data is None:
        print("no training was measured: say where the data are, make bench DATA=digit-recognizer.zip")
    else:
        baseline = Card.read(args.baseline).curves if args.baseline else None
        trainings(args.data, baseline, args.seed)


if __name__ == "__main__":
    main()
