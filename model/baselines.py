"""The networks of the projects that this one was compared with: (N, 1, 28, 28) ink in [0, 1] -> (N, 10) logits.

Trained as their projects do with RECIPES: the CSV's pictures as they are, no augmentation, no strokes of our own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn


class Baseline(nn.Module):
    """Layers after a fixed scaling (ink - mean) / std; no logit for "is a digit at all"."""

    mean: Tensor
    std: Tensor

    def __init__(self, layers: nn.Sequential, mean: float = 0.0, std: float = 1.0) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("std", torch.tensor(std))
        self.layers = layers

    def features(self, ink: Tensor) -> Tensor:
        """(N, 1, 28, 28) ink -> (N, D), what the last layer reads."""
        return self.layers[:-1]((ink - self.mean) / self.std)

    def forward(self, ink: Tensor) -> Tensor:
        return self.layers[-1](self.features(ink))


def two_conv_dropout() -> Baseline:
    """Two convolutions, dropout, fully connected; inputs in [0, 1]. Widths are ours: the project states none."""
    return Baseline(
        nn.Sequential(
            *(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2)),  # (N, 32, 13, 13)
            *(nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)),  # (N, 64, 5, 5)
            *(nn.Flatten(), nn.Dropout(0.5), nn.Linear(64 * 5 * 5, 128), nn.ReLU(), nn.Linear(128, 10)),
        )
    )


def two_conv_adam() -> Baseline:
    """Two convolutions, max pooling, fully connected; inputs in [-1, 1]. Widths are ours: the project states none."""
    return Baseline(
        nn.Sequential(
            *(nn.Conv2d(1, 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),  # (N, 16, 14, 14)
            *(nn.Conv2d(16, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),  # (N, 32, 7, 7)
            *(nn.Flatten(), nn.Linear(32 * 7 * 7, 128), nn.ReLU(), nn.Linear(128, 10)),
        ),
        mean=0.5,
        std=0.5,
    )


def vgg_bn() -> Baseline:
    """Five 3×3 convolutions with batch norm, three linear layers (published: 99.40% validation, Kaggle 0.99107)."""

    def convolution(inputs: int, outputs: int) -> list[nn.Module]:
        return [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]

    def linear(inputs: int, outputs: int) -> list[nn.Module]:
        return [nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs), nn.ReLU(), nn.Dropout(0.3)]

    return Baseline(
        nn.Sequential(
            *(*convolution(1, 32), *convolution(32, 32), nn.MaxPool2d(2), nn.Dropout2d(0.2)),  # (N, 32, 14, 14)
            *(*convolution(32, 64), *convolution(64, 64), nn.MaxPool2d(2), nn.Dropout2d(0.3)),  # (N, 64, 7, 7)
            *(*convolution(64, 128), nn.Dropout2d(0.3), nn.Flatten()),  # (N, 6272)
            *(*linear(6272, 512), *linear(512, 256), nn.Linear(256, 10)),
        )
    )


def conv100_50() -> Baseline:
    """100, then 50 filters of 5×5 with ReLU, flattened, 128, 10."""
    return Baseline(
        nn.Sequential(
            *(nn.Conv2d(1, 100, 5), nn.ReLU(), nn.Conv2d(100, 50, 5), nn.ReLU()),  # (N, 50, 20, 20)
            *(nn.Flatten(), nn.Linear(50 * 20 * 20, 128), nn.ReLU(), nn.Linear(128, 10)),
        )
    )


def pytorch_examples() -> Baseline:
    """pytorch/examples' mnist: two 3×3 convolutions 32, 64, max pool, dropout .25 and .5, 9216, 128, 10.

    RECIPES has what is published with it: Adadelta at 1, StepLR 0.7, 14 epochs, batches of 64.
    """
    return Baseline(
        nn.Sequential(
            *(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU()),  # (N, 64, 24, 24)
            *(nn.MaxPool2d(2), nn.Dropout(0.25), nn.Flatten()),  # (N, 9216)
            *(nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10)),
        ),
        mean=0.1307,
        std=0.3081,
    )


BASELINES: dict[str, Callable[[], nn.Module]] = {
    "two-conv-dropout": two_conv_dropout,
    "two-conv-adam": two_conv_adam,
    "vgg-bn": vgg_bn,
    "conv100-50": conv100_50,
    "pytorch-examples": pytorch_examples,
}

# What a project publishes of its training, as fields of TrainConfig. Where it states no epochs, optimizer or batch
# size, they are ours: Adam at 0.001 in batches of 64, until the validation stands still.
_PLAIN: dict[str, Any] = {
    "optimizer": "adam",
    "peak_learning_rate": 1e-3,
    "schedule": "constant",
    "batch_size": 64,
    "weight_decay": 0.0,
    "label_smoothing": 0.0,
    "ema_decay": 0.0,
    "synthetic": 0.0,
    "non_digits": 0.0,
    "normalised": 0.0,
    "augmentation_strength": 0.0,
    "corrupted": 0.0,
    "precision": "float32",
}
RECIPES: dict[str, dict[str, Any]] = {
    "two-conv-dropout": {**_PLAIN, "epochs": 15},
    "two-conv-adam": {**_PLAIN, "epochs": 10},
    "vgg-bn": {**_PLAIN, "epochs": 20, "schedule": "cosine"},
    "conv100-50": {**_PLAIN, "epochs": 6},
    "pytorch-examples": {
        **_PLAIN,
        "epochs": 14,
        "optimizer": "adadelta",
        "peak_learning_rate": 1.0,
        "schedule": "step",
    },
}
