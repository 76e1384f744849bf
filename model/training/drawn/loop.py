"""DrawnTrainer: trains a network on what is drawn beside it, and averages its weights."""

from __future__ import annotations

import time
from copy import deepcopy
from typing import Any

import cv2
import torch
from torch import Tensor, nn

from model.training.device import choose_device, uses_bfloat16
from model.training.drawn.batches import DrawnBatches
from model.training.drawn.config import DrawnConfig
from model.training.drawn.task import Source, Task
from model.training.loop import OnEpoch, OnStep, move_average
from model.training.objective import check_finite
from model.training.settings import cores
from model.training.state import Progress, State, restore, state_of


def learning_rate(config: DrawnConfig, step: int, cooldown_start: int, steps: int) -> float:
    """The rate of a `step` of `steps`: a linear warm-up, the peak, and from `cooldown_start` linearly down to 0.

    As long as the cool-down has not begun, a training may go on to another number of epochs (Hägele et al. 2024,
    "Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations").
    """
    rising = min(1.0, (step + 1) / config.warmup_steps)
    falling = min(1.0, (steps - step) / max(1, steps - cooldown_start))
    return config.peak_learning_rate * rising * falling


class DrawnTrainer:
    """One training of a task's network; `fit` does it, from the beginning or from a saved state.

    The averaged weights are what it gives (exponential moving average, Polyak and Juditsky 1992).
    """

    def __init__(self, task: Task, config: DrawnConfig, source: Source, state: State | None = None) -> None:
        """`state` is what `on_epoch` was given, to go on from."""
        self.task, self.config = task, config
        self.device = choose_device(config.device)
        if self.device.type == "cpu":
            torch.set_num_threads(config.threads or cores())
        cv2.setNumThreads(config.threads or cores())
        self.bfloat16 = uses_bfloat16(config.precision, self.device)
        torch.manual_seed(config.seed)
        self.net = task.network(config).to(self.device).to(memory_format=torch.channels_last)
        self.average = deepcopy(self.net).requires_grad_(False)
        self.optimizer = torch.optim.AdamW(
            self.net.parameters(), lr=config.peak_learning_rate, weight_decay=config.weight_decay
        )
        self.progress = Progress()
        self.batches = DrawnBatches(task, config, source)
        self.steps = self.batches.steps_before(config.epochs)
        self.cooldown_start = self.batches.steps_before(config.epochs - config.cooldown)
        if state is not None:
            parts = restore(state, self.optimizer, self.device)
            self.net.load_state_dict(parts["net"])
            self.average.load_state_dict(parts["average"])
            self.progress = state.progress

    def fit(self, on_step: OnStep | None = None, on_epoch: OnEpoch | None = None) -> nn.Module:
        """The trained network. Raises ValueError when the loss is no longer a number."""
        try:
            for epoch in range(self.progress.epoch, self.config.epochs):
                self._run_epoch(epoch, on_step)
                if on_epoch is not None:
                    on_epoch(self.state())
        finally:
            self.batches.close()
        return self.average.eval()

    def state(self) -> State:
        """Everything that another trainer needs to go on from here."""
        parts = {"net": self.net.state_dict(), "average": self.average.state_dict()}
        return state_of(parts, self.optimizer, self.progress)

    def _run_epoch(self, epoch: int, on_step: OnStep | None) -> None:
        begun, cpu_begun = time.perf_counter(), time.process_time()
        self.net.train()
        first, count = self.batches.steps_before(epoch), self.batches.steps(epoch)
        total, rate = 0.0, 0.0
        for number, batch in enumerate(self.batches.epoch(epoch)):
            rate = learning_rate(self.config, first + number, self.cooldown_start, self.steps)
            total += float(self._step(first + number, rate, batch))
            if on_step is not None:
                on_step(first + number + 1, self.steps, total / (number + 1))
        check_finite(total, epoch, self.config.peak_learning_rate)
        seconds, cpu_seconds = time.perf_counter() - begun, time.process_time() - cpu_begun
        self.progress = self.progress.after(total / count, None, rate, seconds, cpu_seconds)

    def _step(self, step: int, rate: float, batch: Any) -> Tensor:
        """One step of the optimizer and of the average; the batch's loss."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        batch = type(batch)(*(part.to(self.device) for part in batch))
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
            answer = self.net(batch.shown)
        loss = self.task.loss(self.config, answer.float(), batch)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), self.config.most_gradient)
        self.optimizer.step()
        move_average(self.average, self.net, min(self.config.ema_decay, (step + 1) / (step + 10)))
        return loss.detach()
