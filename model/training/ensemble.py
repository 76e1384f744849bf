"""Several networks as one: the mean of their calibrated probabilities, over shifted and turned copies if wished."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from model import checkpoint
from model.training import augment, metrics

SHIFT = 1.0  # pixels of the copies for --tta
ROTATION = 7.0  # degrees

Member = tuple[torch.nn.Module, float]  # a network and its temperature


def load(folders: Sequence[str | Path]) -> list[Member]:
    """The networks of finished runs with their temperatures. Raises ValueError as checkpoint.load does."""
    loaded = [checkpoint.load(folder) for folder in folders]
    return [(net, card.temperature) for net, card in loaded]


def copies(images: np.ndarray) -> list[np.ndarray]:
    """(N, 28, 28) uint8 pictures as they are, shifted by a pixel in four directions and turned both ways."""
    moves = [(0.0, 0.0, 0.0), *((0.0, x, y) for x, y in ((-SHIFT, 0), (SHIFT, 0), (0, -SHIFT), (0, SHIFT)))]
    moves += [(-ROTATION, 0.0, 0.0), (ROTATION, 0.0, 0.0)]
    ink = torch.from_numpy(images)[:, None].to(torch.float32)
    return [images, *(augment.move(ink, *one).round().to(torch.uint8)[:, 0].numpy() for one in moves[1:])]


def probabilities(members: Sequence[Member], images: np.ndarray, *, tta: bool = False) -> np.ndarray:
    """(N, 28, 28) uint8 pictures -> (N, 10) float64 mean probabilities of the `members`, each of equal weight.

    `tta` (test-time augmentation): the mean over `copies` of each picture as well.
    """
    views = copies(images) if tta else [images]
    said = [metrics.softmax(metrics.infer(net, view), temperature) for net, temperature in members for view in views]
    mean: np.ndarray = np.mean(said, axis=0)
    return mean
