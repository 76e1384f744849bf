"""Pictures that training leaves behind: learning curves, and test pictures with their predictions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
import numpy as np

matplotlib.use("Agg")

from matplotlib.figure import Figure

from model.files import atomic


def save_curves(path: Path, curves: list[dict[str, Any]]) -> None:
    """Loss and validation error of each epoch, as PNG."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    loss, error = figure.subplots(1, 2)
    epochs = [point["epoch"] for point in curves]
    loss.plot(epochs, [point["loss"] for point in curves], marker=".")
    loss.set(xlabel="epoch", ylabel="training loss", yscale="log")
    error.plot(epochs, [max(100 * (1 - point["accuracy"]), 0.01) for point in curves], marker=".")
    error.set(xlabel="epoch", ylabel="validation error, %", yscale="log")
    with atomic(path) as temporary:
        figure.savefig(temporary, format="png", dpi=100)


def save_predictions(path: Path, images: np.ndarray, probabilities: np.ndarray, count: int = 100) -> None:
    """The `count` least certain (N, 28, 28) pictures with predicted digit and confidence, as PNG."""
    order = np.argsort(probabilities.max(axis=1), kind="stable")[:count]
    columns = 10
    figure = Figure(figsize=(columns, 1.25 * -(-len(order) // columns)), layout="constrained")
    axes = figure.subplots(-(-len(order) // columns), columns, squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for axis, index in zip(axes.flat, order, strict=False):
        axis.imshow(255 - images[index], cmap="gray", vmin=0, vmax=255)
        axis.set_title(f"{probabilities[index].argmax()} · {probabilities[index].max():.0%}", fontsize=8)
    with atomic(path) as temporary:
        figure.savefig(temporary, format="png", dpi=80)
