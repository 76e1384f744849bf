"""PageTask: the page network learns from crops of drawn pages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from model.page.detect import PageFinder
from model.page.network import PAGE, PageNet
from model.synthesis.page.crops import crops
from model.training.drawn.task import Source
from model.training.page.batches import Batch, batch_of
from model.training.page.config import PageConfig
from model.training.page.figures import figures
from model.training.page.objective import loss_of
from model.training.page.targets import Shard, shard_of

MEASURED = 500  # crops of the final figures


class PageTask:
    """As Task."""

    stored = PAGE

    def draw(self, seed: Sequence[int], count: int, source: Source) -> Shard:
        return shard_of(crops(seed, count, *source))

    def order(self, config: PageConfig, shards: Sequence[Shard], rng: np.random.Generator) -> np.ndarray:
        return rng.permutation(len(shards) * config.crops)

    def batch(self, config: PageConfig, shards: Sequence[Shard], chosen: np.ndarray, rng: np.random.Generator) -> Batch:
        return batch_of(config, shards, chosen, rng)

    def network(self, config: PageConfig) -> PageNet:
        return PageNet(config.widths)

    def loss(self, config: PageConfig, answer: Tensor, batch: Batch) -> Tensor:
        return loss_of(config, answer, batch)

    def figures(self, net: PageNet, seed: Sequence[int], source: Source) -> dict[str, int | float]:
        return figures(PageFinder(net), crops(seed, MEASURED, *source))
