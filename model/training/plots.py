"""Matplotlib figures of training: learning curves, digits in rows, pictures with their predictions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np

matplotlib.use("Agg")

from matplotlib.figure import Figure

from model.files import atomic


def curves(points: list[dict[str, Any]]) -> Figure:
    """Loss and validation error of each epoch: `points` are the "curves" of a card."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    loss, error = figure.subplots(1, 2)
    epochs = [point["epoch"] for point in points]
    loss.plot(epochs, [point["loss"] for point in points], marker=".")
    loss.set(xlabel="epoch", ylabel="training loss", yscale="log")
    error.plot(epochs, [max(100 * (1 - point["accuracy"]), 0.01) for point in points], marker=".")
    error.set(xlabel="epoch", ylabel="validation error, %", yscale="log")
    return figure


def pictures(images: np.ndarray, titles: Sequence[object] = (), columns: int = 10) -> Figure:
    """(N, 28, 28) uint8 pictures in rows, black on white, each under its title."""
    rows = max(1, -(-len(images) // columns))
    figure = Figure(figsize=(columns, 1.25 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).flat
    for axis in axes:
        axis.axis("off")
    for number, image in enumerate(images):
        axes[number].imshow(255 - image, cmap="gray", vmin=0, vmax=255)
        if number < len(titles):
            axes[number].set_title(str(titles[number]), fontsize=8)
    return figure


def predictions(images: np.ndarray, probabilities: np.ndarray, count: int = 100) -> Figure:
    """The `count` least certain (N, 28, 28) pictures with predicted digit and confidence."""
    order = np.argsort(probabilities.max(axis=1), kind="stable")[:count]
    titles = [f"{probabilities[index].argmax()} · {probabilities[index].max():.0%}" for index in order]
    return pictures(images[order], titles)


def save(path: Path, figure: Figure) -> None:
    """The figure as PNG."""
    with atomic(path) as temporary:
        figure.savefig(temporary, format="png", dpi=80)
