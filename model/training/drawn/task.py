"""Task: what a training draws, and how a network learns from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from torch import Tensor, nn

from model.stored import Stored


class Source(NamedTuple):
    """The CSV's digits that are drawn with."""

    images: np.ndarray  # (N, 28, 28) uint8, ink bright on 0
    labels: np.ndarray  # (N,)


class Task(Protocol):
    """One kind of picture and the network that reads it. It goes to the processes that draw, so it has no state."""

    stored: Stored[Any]

    def draw(self, seed: Sequence[int], count: int, source: Source) -> Any:
        """A shard of `count` pictures with the answers wanted, the same for the same seed."""

    def order(self, config: Any, shards: Sequence[Any], rng: np.random.Generator) -> np.ndarray:
        """The numbers of all pictures of these shards in the order in which the batches take them."""

    def batch(self, config: Any, shards: Sequence[Any], chosen: np.ndarray, rng: np.random.Generator) -> Any:
        """The pictures `chosen`, numbered through all shards, as a NamedTuple of tensors; the first, `shown`, is what
        the network is shown."""

    def network(self, config: Any) -> nn.Module:
        """A new network."""

    def loss(self, config: Any, answer: Tensor, batch: Any) -> Tensor:
        """The loss of the network's answer, float32, to a batch."""

    def figures(self, net: Any, seed: Sequence[int], source: Source) -> dict[str, int | float]:
        """What a trained network finds on pictures of a seed, counted."""
