"""The batches of the page network: crops as it is shown them, and the answers wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from model.page.contrast import CHANNELS, contrast
from model.synthesis.page.crops import SIDE
from model.training.page.config import PageConfig
from model.training.page.targets import Shard


class Batch(NamedTuple):
    """Some crops, and the answers wanted from the network; n is PLACES."""

    shown: Tensor  # (N, CHANNELS, SIDE, SIDE) float32 contrast
    ink: Tensor  # (N, n, n) float32, 0 to 1
    heat: Tensor  # (N, n, n) float32, 1 at centres
    counted: Tensor  # (N, n, n) bool
    places: Tensor  # (P, 9) float32 as Shard's, with the crop's number in this batch


def batch_of(config: PageConfig, shards: Sequence[Shard], chosen: np.ndarray, rng: np.random.Generator) -> Batch:
    """The crops `chosen`, numbered through all shards."""
    parts = [one_crop(shards[index // config.crops], index % config.crops) for index in chosen]
    shown = np.stack([shown_as(grey, windows) for grey, _, windows in parts])
    gain = np.exp(rng.normal(0, config.gain, (len(parts), CHANNELS, 1, 1)))
    sign = np.where(rng.random((len(parts), 1, 1, 1)) < config.inverted, -1, 1)
    shown *= (gain * sign).astype(np.float32)
    places = [np.insert(part.places[:, 1:], 0, number, axis=1) for number, (_, part, _) in enumerate(parts)]
    ink, heat = (
        torch.from_numpy(np.concatenate([getattr(part, name) for _, part, _ in parts])).float() / 255
        for name in ("ink", "heat")
    )
    return Batch(
        torch.from_numpy(shown).contiguous(memory_format=torch.channels_last),
        ink,
        heat,
        torch.from_numpy(np.concatenate([part.counted for _, part, _ in parts])),
        torch.from_numpy(np.concatenate(places)),
    )


def one_crop(shard: Shard, index: int) -> tuple[np.ndarray, Shard, np.ndarray]:
    """A crop's grey picture (SIDE, SIDE), a shard of it alone, and its windows (M, 4)."""
    rows = slice(*np.searchsorted(shard.places[:, 0], (index, index + 1)))
    windows = shard.windows[slice(*np.searchsorted(shard.windows[:, 0], (index, index + 1)))]
    own = slice(index, index + 1)
    alone = Shard(shard.grey[own], shard.ink[own], shard.heat[own], shard.counted[own], shard.places[rows], windows)
    return shard.grey[index], alone, windows[:, 1:]


def shown_as(grey: np.ndarray, windows: np.ndarray) -> np.ndarray:
    """(CHANNELS, SIDE, SIDE) float32: the contrast of each picture by itself, 0 outside them."""
    shown = np.zeros((CHANNELS, SIDE, SIDE), np.float32)
    for left, top, right, bottom in windows:
        shown[:, top:bottom, left:right] = contrast(np.ascontiguousarray(grey[top:bottom, left:right]))
    return shown
