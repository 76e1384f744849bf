"""Cross-validation: every row of the CSV is read by the one network of several that has not seen it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np

from model import checkpoint
from model.card import CARD, Card
from model.files import atomic
from model.network import CLASSES
from model.results import Folds, Validation
from model.review import gallery
from model.training import metrics
from model.training.config import TrainConfig
from model.training.data import Digits, fold_of

OUT_OF_FOLD = "oof.csv"


def folders(folder: Path, count: int) -> list[Path]:
    """Where the networks of the folds are."""
    return [folder / f"fold-{fold}" for fold in range(count)]


def train_missing(wanted: Sequence[Path], command: Callable[[int], Sequence[str]], processes: int) -> None:
    """Train the folds that are not finished, each as a process of its own, `processes` at a time.

    `command(2)` trains the third fold, or goes on with it. Raises ValueError when one ends with an error, which it
    has said itself, and KeyboardInterrupt when one was stopped.
    """
    missing = [fold for fold, folder in enumerate(wanted) if not (folder / CARD).exists()]
    with ThreadPoolExecutor(processes) as pool:
        running = [pool.submit(subprocess.run, command(fold), check=False) for fold in missing]
        try:
            codes = [one.result().returncode for one in running]
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    if 130 in codes:
        raise KeyboardInterrupt
    if any(codes):
        names = ", ".join(str(fold + 1) for fold, code in zip(missing, codes, strict=True) if code)
        raise ValueError(f"training with folds: fold {names} ended with an error; the same command goes on")


def evaluate(folder: Path, wanted: Sequence[Path], digits: Digits, config: TrainConfig) -> Card:
    """Read every row with the network that has not seen it; leaves card.json, oof.csv and the gallery in `folder`."""
    loaded = [checkpoint.load(path) for path in wanted]
    fold_of_row = fold_of(digits.labels, len(wanted), config.split_seed)
    probabilities = np.zeros((len(digits.labels), CLASSES))
    for fold, (net, card) in enumerate(loaded):
        mine = fold_of_row == fold
        probabilities[mine] = metrics.softmax(metrics.infer(net, digits.images[mine]), card.temperature)
    _, features = metrics.infer_with_features(loaded[0][0], digits.images)  # of one network, so that they compare
    rows = np.arange(len(digits.labels))
    gallery.collect(digits.images, digits.labels, rows, probabilities, features, folds=fold_of_row).save(folder)
    write_probabilities(folder / OUT_OF_FOLD, digits.labels, probabilities)
    card = summary([card for _, card in loaded], metrics.report(probabilities, digits.labels))
    card.write(folder)
    return card


def summary(cards: Sequence[Card], out_of_fold: Validation) -> Card:
    """The card of a cross-validation: its settings, the mean of the networks' calibrations, and what they read."""
    first = cards[0]
    seconds = sum(card.seconds or 0 for card in cards)
    accuracies = [card.validation.accuracy for card in cards if card.validation]
    return replace(
        first,
        weights_sha256=None,
        config={name: value for name, value in first.config.items() if name != "validation"},
        data=replace(first.data, train=out_of_fold.n, validation=0) if first.data else None,
        temperature=float(np.mean([card.temperature for card in cards])),
        threshold=float(np.mean([card.threshold for card in cards])),
        folds=Folds(accuracies, out_of_fold, first.epochs or 0, round(seconds, 1)),
        seconds=round(seconds, 1),
        cpu_seconds=round(sum(card.cpu_seconds or 0 for card in cards), 1),
        best_epoch=None,
        validation=None,
        curves=[],
    )


def write_probabilities(path: Path, labels: np.ndarray, probabilities: np.ndarray) -> None:
    """A CSV line for each row: its number from 0, its label, and the ten probabilities."""
    columns = np.column_stack([np.arange(len(labels)), labels, probabilities])
    header = ",".join(["row", "label", *(f"p{digit}" for digit in range(CLASSES))])
    with atomic(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        np.savetxt(file, columns, fmt=["%d", "%d", *["%.6f"] * CLASSES], delimiter=",", header=header, comments="")
