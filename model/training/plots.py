"""Matplotlib figures of training: learning curves, digits in rows, pictures with their predictions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from model.files import atomic
from model.results import Epoch

COLUMNS = 10  # of pictures in a figure


def curves(points: Sequence[Epoch]) -> Figure:
    """Loss and validation error of each epoch of a card's curves; the loss alone where nothing was validated."""
    validated = [(point.epoch, max(100 * (1 - point.accuracy), 0.01)) for point in points if point.accuracy is not None]
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = list(figure.subplots(1, 1 + bool(validated), squeeze=False).flat)
    axes[0].plot([point.epoch for point in points], [point.loss for point in points], marker=".")
    axes[0].set(ylabel="training loss")
    if validated:
        axes[1].plot(*zip(*validated, strict=True), marker=".")
        axes[1].set(ylabel="validation error, %")
    for axis in axes:
        axis.set(xlabel="epoch", yscale="log")
        for ticks in (axis.yaxis.set_major_formatter, axis.yaxis.set_minor_formatter):
            ticks(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.grid(alpha=0.3)
    return figure


def pictures(images: np.ndarray, titles: Sequence[object] = ()) -> Figure:
    """(N, 28, 28) uint8 pictures in rows, black on white, each under its title."""
    rows = max(1, -(-len(images) // COLUMNS))
    figure = Figure(figsize=(COLUMNS, 1.25 * rows), layout="constrained")
    axes = figure.subplots(rows, COLUMNS, squeeze=False).flat
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
