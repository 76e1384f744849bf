"""PageRun: one training of the page network in a folder of its own, new or resumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import nn

from model.page import weights
from model.page.detect import PageFinder
from model.page.network import PageNet
from model.page.weights import PageCard
from model.synthesis.page.crops import crops
from model.training.data import Digits, split
from model.training.device import faults_in_words
from model.training.page.config import PageConfig
from model.training.page.figures import figures
from model.training.page.loop import PageTrainer
from model.training.run import provenance, train_in
from model.training.state import Inputs, State, load_state

MEASURED_SEED, MEASURED_CROPS = 7919, 500  # of the crops of the final figures


class PageRun:
    """One training: `train` does it or goes on with it, `finish` writes the weights and their card."""

    def __init__(self, folder: Path, config: PageConfig, digits: Digits, state: State | None = None) -> None:
        """A new run, or one that goes on from `state`."""
        self.folder, self.config, self.digits = folder, config, digits
        self.inputs = Inputs(config.as_json(), digits.sha256, task="page")
        self.train_rows, self.validation_rows = split(digits.labels, config.validation, config.split_seed)
        rows = self.train_rows
        with faults_in_words(config.batch_size, folder):
            self.trainer = PageTrainer(config, digits.images[rows], digits.labels[rows], state)

    @classmethod
    def resume(cls, folder: Path, changes: Mapping[str, Any], digits: Digits) -> PageRun:
        """The run in `folder`, which goes on where it stopped. `changes` are fields of its config: the hardware may be
        another, and so may the number of epochs while the learning rate has not begun to fall.

        Raises ValueError when anything else is.
        """
        state, then = load_state(folder, "page")
        before = PageConfig.from_json(then.config)
        config = replace(before, **changes)
        fewest = state.progress.epoch + config.cooldown
        if config.epochs != before.epochs:
            if state.progress.epoch > before.epochs - before.cooldown or config.epochs < fewest:
                raise ValueError(
                    f"resuming {folder}: got --epochs {config.epochs} after {state.progress.epoch} of {before.epochs}, "
                    f"expected at least {fewest}, before the last {before.cooldown} have begun"
                )
            then = replace(then, config=config.as_json())
        then.check_same(Inputs(config.as_json(), digits.sha256, task="page"))
        return cls(folder, config, digits, state)

    def train(self) -> nn.Module:
        """The trained network. Raises ValueError that says what to do when the hardware cannot."""
        return train_in(self.folder, self.trainer, self.inputs, self.config.batch_size)

    def finish(self, net: nn.Module) -> PageCard:
        """Write the weights and their card, with figures on crops of the CSV's rows that were not trained on."""
        assert isinstance(net, PageNet)
        rows = self.validation_rows
        card = PageCard(
            arguments=net.arguments,
            config=self.config.as_json(),
            csv_sha256=self.digits.sha256,
            **provenance(self.trainer.device, self.trainer.progress),
        )
        weights.save(self.folder, net, card)
        seed = (self.config.seed, MEASURED_SEED)
        made = crops(seed, MEASURED_CROPS, self.digits.images[rows], self.digits.labels[rows])
        served, _ = weights.load(self.folder)  # as float16 left them
        return weights.save(self.folder, net, replace(card, figures=figures(PageFinder(served), made)))
