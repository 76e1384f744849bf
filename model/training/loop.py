"""Trainer: trains a network on the CSV's digits and on digits drawn by code, and averages its weights."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from model.network import CLASSES, NETWORKS
from model.training import metrics, parallel
from model.training.batches import Batches
from model.training.config import OPTIMIZERS, TrainConfig
from model.training.device import choose_device, uses_bfloat16
from model.training.objective import check_finite, learning_rate, loss_of
from model.training.settings import cores
from model.training.state import Best, Progress, State, restore, state_of

OnStep = Callable[[int, int, float], None]  # step, steps, mean loss of the epoch so far
OnEpoch = Callable[[State], None]
GPU_REPORT_STEPS = 20  # steps after which a GPU is asked for the loss: it waits for that
DROPOUT_SEED, RANK_SEED = 1_000_003, 7919  # primes that keep the seeds of epochs and processes apart


class Pictures(NamedTuple):
    """Labelled pictures."""

    images: np.ndarray  # (N, 28, 28) uint8
    labels: np.ndarray  # (N,) int64, 0..9, and 10 for no digit


def make_network(config: TrainConfig) -> nn.Module:
    """The network that `config` names, seeded. Raises ValueError for a name that there is not."""
    if config.network not in NETWORKS:
        raise ValueError(f"making a network: got {config.network!r}, expected one of {', '.join(sorted(NETWORKS))}")
    torch.manual_seed(config.seed)
    arguments = {"widths": tuple(config.widths)} if config.network == "digitnet" else {}
    return NETWORKS[config.network](**arguments)


class Trainer:
    """One training of `config.network`; `fit` does it, from the beginning or from a saved state.

    Weights are averaged while training (exponential moving average, Polyak and Juditsky 1992). Kept is the last epoch
    whose averaged weights read as many validation digits as any, within one standard error (Breiman et al. 1984): an
    early epoch is not chosen for a few digits of luck. Without validation the last epoch is kept.
    """

    def __init__(
        self,
        config: TrainConfig,
        train: Pictures,
        validation: Pictures | None = None,
        *,
        start: nn.Module | None = None,
        state: State | None = None,
    ) -> None:
        """`start` is a network of the same kind to begin from (fine-tuning); `state` is what `on_epoch` was given, to
        go on exactly from there."""
        self.config, self.validation = config, validation
        self.device = choose_device(config.device)
        if self.device.type == "cpu":
            torch.set_num_threads(config.threads or cores())
        self.bfloat16 = uses_bfloat16(config.precision, self.device)
        self.net = make_network(config).to(self.device).to(memory_format=torch.channels_last)
        if start is not None:
            self._begin_with(start)
        self.average = deepcopy(self.net).requires_grad_(False)
        settings = {"lr": config.peak_learning_rate, "weight_decay": config.weight_decay}
        self.optimizer = OPTIMIZERS[config.optimizer](self.net.parameters(), **settings)  # type: ignore[arg-type]
        self.best = _copied(self.average)
        self.progress = Progress()
        self.batches = Batches(config, *train, self.device)
        self.steps = self.batches.steps * config.epochs
        if state is not None:
            self._restore(state)
        self.parallel_net = self.net

    def fit(self, on_step: OnStep | None = None, on_epoch: OnEpoch | None = None) -> nn.Module:
        """The trained network, with the weights that are kept. `on_step` follows each step, `on_epoch` each epoch.

        Raises ValueError when the loss is no longer a number.
        """
        self.parallel_net = parallel.wrap(self.net, self.device)
        try:
            for epoch in range(self.progress.epoch, self.config.epochs):
                self._run_epoch(epoch, on_step, on_epoch)
        finally:
            self.parallel_net = self.net  # nothing holds the group of processes any longer
        self.net.load_state_dict(parallel.broadcast(self.best))
        self.progress = parallel.broadcast_object(self.progress)
        return self.net.eval()

    def state(self) -> State:
        """Everything that another Trainer needs to go on from here."""
        parts = {"net": self.net.state_dict(), "average": self.average.state_dict(), "best": self.best}
        return state_of(parts, self.optimizer, self.progress)

    def _begin_with(self, start: nn.Module) -> None:
        try:
            self.net.load_state_dict(start.state_dict())
        except RuntimeError as error:
            raise ValueError(
                f"starting from another run: its network is not a {self.config.network} with widths "
                f"{self.config.widths}; give the same network and widths, or start without it"
            ) from error

    def _restore(self, state: State) -> None:
        """Load a saved state in place, whatever device it was saved on."""
        parts = restore(state, self.optimizer, self.device)
        self.net.load_state_dict(parts["net"])
        self.average.load_state_dict(parts["average"])
        self.best, self.progress = parts["best"], state.progress

    def _run_epoch(self, epoch: int, on_step: OnStep | None, on_epoch: OnEpoch | None) -> None:
        """Train for an epoch, validate, keep the weights if they are the best, and say where it stands."""
        begun, cpu_begun = time.perf_counter(), time.process_time()
        torch.manual_seed(self.config.seed * DROPOUT_SEED + epoch + RANK_SEED * parallel.rank())
        loss, rate = self._train_epoch(epoch, on_step)
        check_finite(loss, epoch, self.config.peak_learning_rate)
        if parallel.rank():  # process 0 validates, keeps the best and writes
            return
        accuracy = self._validate()
        seconds, cpu_seconds = time.perf_counter() - begun, time.process_time() - cpu_begun
        self.progress = self.progress.after(loss, accuracy, rate, seconds, cpu_seconds)
        self._keep_best(accuracy)
        if on_epoch is not None:
            on_epoch(self.state())

    def _train_epoch(self, epoch: int, on_step: OnStep | None) -> tuple[float, float]:
        """One pass over the CSV's digits: mean loss and the last learning rate."""
        self.parallel_net.train()
        total, rate = torch.zeros((), device=self.device), 0.0
        every = 1 if self.device.type == "cpu" else GPU_REPORT_STEPS
        for number, (ink, labels) in enumerate(self.batches.epoch(epoch)):
            step = epoch * self.batches.steps + number
            rate = learning_rate(self.config, step, self.steps)
            total += self._step(step, rate, ink, labels)
            if on_step is not None and (step % every == 0 or step + 1 == self.steps):
                on_step(step + 1, self.steps, float(total) / (number + 1))
        return float(total) / self.batches.steps, rate

    def _step(self, step: int, rate: float, ink: Tensor, labels: Tensor) -> Tensor:
        """One step of the optimizer and of the average; the batch's loss. With several processes, each its share."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        (ink, labels), factor = parallel.shard(ink, labels)
        with torch.autocast(ink.device.type, torch.bfloat16, enabled=self.bfloat16):
            logits = self.parallel_net(ink)
        loss = loss_of(self.config, logits.float(), labels) * factor
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        move_average(self.average, self.net, min(self.config.ema_decay, (step + 1) / (step + 10)))
        return loss.detach()

    def _validate(self) -> float | None:
        """The averaged weights' accuracy on validation, None without one."""
        if self.validation is None:
            return None
        logits = metrics.infer(self.average, self.validation.images)
        return float((logits[:, :CLASSES].argmax(axis=1) == self.validation.labels).mean())

    def _keep_best(self, accuracy: float | None) -> None:
        best, count = self.progress.best, len(self.validation.labels) if self.validation else 1
        highest = max(accuracy or 0.0, best.highest, best.accuracy or 0.0)
        standard_error = math.sqrt(highest * (1 - highest) / count)
        if accuracy is None or accuracy >= highest - standard_error:
            best = Best(self.progress.epoch, accuracy)
            self.best = _copied(self.average)
        self.progress = replace(self.progress, best=replace(best, highest=highest))


@torch.no_grad()
def move_average(average: nn.Module, net: nn.Module, decay: float) -> None:
    """Move the averaged weights and batch-norm statistics a little towards the net's."""
    source = net.state_dict()
    pairs = [(kept, source[name]) for name, kept in average.state_dict().items()]
    floats = [(kept, new) for kept, new in pairs if kept.is_floating_point()]
    torch._foreach_lerp_([kept for kept, _ in floats], [new for _, new in floats], 1 - decay)
    for kept, new in pairs:
        if not kept.is_floating_point():
            kept.copy_(new)


def _copied(net: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in net.state_dict().items()}
