"""The batches of the page network: crops drawn during the training, each used in several epochs."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from model.page.contrast import CHANNELS, contrast
from model.synthesis.page.crops import SIDE, crops
from model.training.page.config import PageConfig
from model.training.page.targets import Shard, init_worker, make_shard, shard_of

ORDER_SEED = 1_000_003  # keeps the seeds of the epochs' orders apart from those of the drawings
AHEAD = 2  # shards that are drawn before they are wanted


class Batch(NamedTuple):
    """Some crops, and the answers wanted from the network; n is PLACES."""

    shown: Tensor  # (N, CHANNELS, SIDE, SIDE) float32 contrast
    ink: Tensor  # (N, n, n) float32, 0 to 1
    heat: Tensor  # (N, n, n) float32, 1 at centres
    counted: Tensor  # (N, n, n) bool
    places: Tensor  # (P, 9) float32 as Shard's, with the crop's number in this batch


class PageBatches:
    """The crops of each epoch: those of its own shard and of the shards before it that are still in use."""

    def __init__(self, config: PageConfig, images: np.ndarray, labels: np.ndarray) -> None:
        """images: (N, 28, 28) uint8 of the CSV, ink bright on 0; labels: (N,)."""
        self.config, self._source = config, (images, labels)
        self._pool = None
        if config.workers:
            spawn = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(
                config.workers, mp_context=spawn, initializer=init_worker, initargs=self._source
            )
        self._shards: dict[int, Future[Shard]] = {}

    def close(self) -> None:
        """End the processes that draw."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def steps(self, epoch: int) -> int:
        """Steps of an epoch: the first ones have fewer crops in store."""
        return len(self._wanted(epoch)) * self.config.crops // self.config.batch_size

    def steps_before(self, epoch: int) -> int:
        """Steps of all epochs before one."""
        return sum(self.steps(earlier) for earlier in range(epoch))

    def epoch(self, number: int) -> Iterator[Batch]:
        """The batches of an epoch, the same for the same number."""
        shards = [future.result() for future in self._in_store(number)]
        rng = np.random.default_rng((self.config.seed, ORDER_SEED, number))
        order = rng.permutation(len(shards) * self.config.crops)
        for step in range(self.steps(number)):
            chosen = order[step * self.config.batch_size : (step + 1) * self.config.batch_size]
            yield self._batch(shards, np.sort(chosen), rng)

    def _wanted(self, epoch: int) -> range:
        return range(max(0, epoch - self.config.uses + 1), epoch + 1)

    def _in_store(self, epoch: int) -> list[Future[Shard]]:
        """The shards of an epoch; begins to draw the next ones, and drops those that are no longer used."""
        wanted = self._wanted(epoch)
        ahead = range(wanted.start, min(wanted.stop + (AHEAD if self._pool else 0), self.config.epochs))
        kept = {one: future for one, future in self._shards.items() if one in ahead}
        self._shards = {one: kept.get(one) or self._drawn(one) for one in ahead}
        return [self._shards[one] for one in wanted]

    def _drawn(self, number: int) -> Future[Shard]:
        """A shard that is being drawn; without processes that draw it is drawn here and now."""
        seed, count = (self.config.seed, number), self.config.crops
        if self._pool is not None:
            return self._pool.submit(make_shard, seed, count)
        done: Future[Shard] = Future()
        done.set_result(shard_of(crops(seed, count, *self._source)))
        return done

    def _batch(self, shards: list[Shard], chosen: np.ndarray, rng: np.random.Generator) -> Batch:
        """The crops `chosen`, numbered through all shards."""
        parts = [one_crop(shards[index // self.config.crops], index % self.config.crops) for index in chosen]
        shown = np.stack([shown_as(grey, windows) for grey, _, windows in parts])
        gain = np.exp(rng.normal(0, self.config.gain, (len(parts), CHANNELS, 1, 1)))
        sign = np.where(rng.random((len(parts), 1, 1, 1)) < self.config.inverted, -1, 1)
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
