"""DrawnRun: one training on what is drawn during it, in a folder of its own, new or resumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import nn

from model.stored import NetCard
from model.training.data import Digits, split
from model.training.device import faults_in_words
from model.training.drawn.config import DrawnConfig
from model.training.drawn.loop import DrawnTrainer
from model.training.drawn.task import Source, Task
from model.training.page.task import PageTask
from model.training.run import provenance, train_in
from model.training.state import CONFIGS, Inputs, State, load_state
from model.training.strings.task import StringTask

MEASURED_SEED = 7919  # of the pictures of the final figures
TASKS: dict[str, Task] = {"page": PageTask(), "strings": StringTask()}  # by their names in CONFIGS


class DrawnRun:
    """One training: `train` does it or goes on with it, `finish` writes the weights and their card."""

    def __init__(
        self, folder: Path, task: str, config: DrawnConfig, digits: Digits, state: State | None = None
    ) -> None:
        """A new run of one of TASKS, or one that goes on from `state`."""
        self.folder, self.task, self.config, self.digits = folder, TASKS[task], config, digits
        self.inputs = Inputs(config.as_json(), digits.sha256, task=task)
        self.train_rows, self.validation_rows = split(digits.labels, config.validation, config.split_seed)
        with faults_in_words(config.batch_size, folder):
            self.trainer = DrawnTrainer(self.task, config, self._source(self.train_rows), state)

    def _source(self, rows: Any) -> Source:
        return Source(self.digits.images[rows], self.digits.labels[rows])

    @classmethod
    def new(cls, folder: Path, task: str, settings: Mapping[str, Any], digits: Digits) -> DrawnRun:
        """A new run. Raises ValueError for `settings` that the task's config does not allow."""
        config = CONFIGS[task](**settings)
        assert isinstance(config, DrawnConfig)
        return cls(folder, task, config, digits)

    @classmethod
    def resume(cls, folder: Path, task: str, changes: Mapping[str, Any], digits: Digits) -> DrawnRun:
        """The run in `folder`, which goes on where it stopped. `changes` are fields of its config: the hardware may be
        another, and so may the number of epochs while the learning rate has not begun to fall.

        Raises ValueError when anything else is.
        """
        state, then = load_state(folder, task)
        before = CONFIGS[task].from_json(then.config)
        assert isinstance(before, DrawnConfig)
        config = replace(before, **changes)
        fewest = state.progress.epoch + config.cooldown
        if config.epochs != before.epochs:
            if state.progress.epoch > before.epochs - before.cooldown or config.epochs < fewest:
                raise ValueError(
                    f"resuming {folder}: got --epochs {config.epochs} after {state.progress.epoch} of {before.epochs}, "
                    f"expected at least {fewest}, before the last {before.cooldown} have begun"
                )
            then = replace(then, config=config.as_json())
        then.check_same(Inputs(config.as_json(), digits.sha256, task=task))
        return cls(folder, task, config, digits, state)

    def train(self) -> nn.Module:
        """The trained network. Raises ValueError that says what to do when the hardware cannot."""
        return train_in(self.folder, self.trainer, self.inputs, self.config.batch_size)

    def finish(self, net: nn.Module) -> NetCard:
        """Write the weights and their card, with figures on pictures of the CSV's rows that were not trained on."""
        stored = self.task.stored
        card = NetCard(
            arguments=net.arguments,  # type: ignore[arg-type]
            config=self.config.as_json(),
            csv_sha256=self.digits.sha256,
            **provenance(self.trainer.device, self.trainer.progress),
        )
        stored.save(self.folder, net, card)
        served, _ = stored.load(self.folder)  # as float16 left them
        counts = self.task.figures(served, (self.config.seed, MEASURED_SEED), self._source(self.validation_rows))
        return stored.save(self.folder, net, replace(card, figures=counts))
