"""The batches of a training on what is drawn during it, each picture used in several epochs."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Any

import cv2
import numpy as np

from model.training.drawn.config import DrawnConfig
from model.training.drawn.task import Source, Task

ORDER_SEED = 1_000_003  # keeps the seeds of the epochs' orders apart from those of the drawings
AHEAD = 2  # shards that are drawn before they are wanted


class DrawnBatches:
    """The pictures of each epoch: those of its own shard and of the shards before it that are still in use."""

    def __init__(self, task: Task, config: DrawnConfig, source: Source) -> None:
        self.task, self.config, self._source = task, config, source
        self._pool = None
        if config.workers:
            spawn = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(
                config.workers, mp_context=spawn, initializer=init_worker, initargs=(source,)
            )
        self._shards: dict[int, Future[Any]] = {}

    def close(self) -> None:
        """End the processes that draw."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def steps(self, epoch: int) -> int:
        """Steps of an epoch: the first ones have fewer pictures in store."""
        return len(self._wanted(epoch)) * self.config.crops // self.config.batch_size

    def steps_before(self, epoch: int) -> int:
        """Steps of all epochs before one."""
        return sum(self.steps(earlier) for earlier in range(epoch))

    def epoch(self, number: int) -> Iterator[Any]:
        """The batches of an epoch, the same for the same number."""
        shards = [future.result() for future in self._in_store(number)]
        rng = np.random.default_rng((self.config.seed, ORDER_SEED, number))
        order = self.task.order(self.config, shards, rng)
        for step in range(self.steps(number)):
            chosen = order[step * self.config.batch_size : (step + 1) * self.config.batch_size]
            yield self.task.batch(self.config, shards, np.sort(chosen), rng)

    def _wanted(self, epoch: int) -> range:
        return range(max(0, epoch - self.config.uses + 1), epoch + 1)

    def _in_store(self, epoch: int) -> list[Future[Any]]:
        """The shards of an epoch; begins to draw the next ones, and drops those that are no longer used."""
        wanted = self._wanted(epoch)
        ahead = range(wanted.start, min(wanted.stop + (AHEAD if self._pool else 0), self.config.epochs))
        kept = {one: future for one, future in self._shards.items() if one in ahead}
        self._shards = {one: kept.get(one) or self._drawn(one) for one in ahead}
        return [self._shards[one] for one in wanted]

    def _drawn(self, number: int) -> Future[Any]:
        """A shard that is being drawn; without processes that draw it is drawn here and now."""
        seed, count = (self.config.seed, number), self.config.crops
        if self._pool is not None:
            return self._pool.submit(_draw, self.task, seed, count)
        done: Future[Any] = Future()
        done.set_result(self.task.draw(seed, count, self._source))
        return done


_source: Source | None = None


def init_worker(source: Source) -> None:
    """Set up a process that draws, with a lower priority."""
    global _source
    _source = source
    threading.Thread(target=_end_with_parent, daemon=True).start()
    cv2.setNumThreads(1)
    if hasattr(os, "nice"):
        os.nice(5)


def _end_with_parent() -> None:
    """End this process when the training is killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _draw(task: Task, seed: tuple[int, ...], count: int) -> Any:
    """A shard, in a process that has begun with `init_worker`."""
    assert _source is not None
    return task.draw(seed, count, _source)
