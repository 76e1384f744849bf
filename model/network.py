"""DigitNet: a small residual network that reads one picture, and says whether it is a digit at all."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from model.baselines import BASELINES
from model.ink.normalise import CLASSES as CLASSES
from model.layers import layers


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions around an identity (He et al. 2016), shape kept."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = convolution(channels, channels)
        self.second = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.second(self.first(x)))


def convolution(inputs: int, outputs: int, stride: int | tuple[int, int] = 1, size: int = 3) -> nn.Sequential:
    """A size×size convolution, batch norm and ReLU; the sides of its output are those of its input by the stride."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, padding=size // 2, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )


class DigitNet(nn.Module):
    """(N, 1, 28, 28) ink in [0, 1] -> (N, 11) logits.

    Columns 0–9 are the logits of the classes, column 10 the logit of "this is a digit". The mean and standard
    deviation of the CSV's pixels are buffers of the net, so that training and serving cannot drift.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, widths: tuple[int, int, int] = (32, 64, 128)) -> None:
        super().__init__()
        first, second, third = widths
        self.arguments = {"widths": list(widths)}
        self.register_buffer("mean", torch.tensor(0.1307))
        self.register_buffer("std", torch.tensor(0.3081))
        self.trunk = nn.Sequential(
            convolution(1, first, stride=2, size=5),  # (N, first, 14, 14)
            convolution(first, second),  # (N, second, 14, 14)
            ResidualBlock(second),
            convolution(second, third, stride=2),  # (N, third, 7, 7)
            ResidualBlock(third),
        )
        self.head = nn.Linear(third * 7 * 7, CLASSES + 1)

    def features(self, ink: Tensor) -> Tensor:
        """(N, 1, 28, 28) ink -> (N, D) features, what the last layer reads."""
        return self.trunk((ink - self.mean) / self.std).flatten(1)

    def forward(self, ink: Tensor) -> Tensor:
        return self.head(self.features(ink))


NETWORKS: dict[str, Callable[..., nn.Module]] = {"digitnet": DigitNet, **BASELINES}


def count_weights(net: nn.Module) -> int:
    """Number of trained weights."""
    return sum(weight.numel() for weight in net.parameters())


def count_multiply_adds(net: nn.Module) -> int:
    """Multiply-adds of one picture in all convolutions and linear layers."""
    return sum(layer.multiply_adds for layer in layers(net))
