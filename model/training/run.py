"""Run: one training in a folder of its own, new or resumed, and everything that it leaves there."""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from model import checkpoint
from model.card import Card, Corrections, Data, Network
from model.review import gallery
from model.review.samples import Samples, samples
from model.training import metrics, parallel, plots
from model.training.config import TrainConfig
from model.training.data import Digits, fold_of, split
from model.training.device import faults_in_words, machine
from model.training.loop import OnEpoch, OnStep, Pictures, Trainer
from model.training.state import Inputs, Progress, State, load_state, save_state

NO_ROWS = np.zeros(0, np.int64)


@dataclass(frozen=True)
class Sources:
    """What a run learns from besides the CSV; each may be missing."""

    start_from: Path | None = None  # the run whose weights it begins with
    extra: Path | None = None  # a folder of corrections

    def inputs(self, config: TrainConfig, digits: Digits, fold: tuple[int, int] | None = None) -> Inputs:
        """What is written down of them, with their hashes. Raises ValueError for one that cannot be read."""
        return Inputs(
            config.as_json(),
            digits.sha256,
            extra=samples(self.extra).sha256 if self.extra else None,
            fold=fold,
            start_from=str(self.start_from) if self.start_from else None,
            extra_folder=str(self.extra) if self.extra else None,
        )

    def or_else(self, then: Inputs) -> Sources:
        """These, and for what is missing those that a run was begun with."""
        return Sources(
            self.start_from or (Path(then.start_from) if then.start_from else None),
            self.extra or (Path(then.extra_folder) if then.extra_folder else None),
        )


class Run:
    """One training: `train` does it or goes on with it, `finish` writes what it leaves in its folder."""

    def __init__(
        self,
        folder: Path,
        config: TrainConfig,
        digits: Digits,
        sources: Sources | None = None,
        *,
        fold: tuple[int, int] | None = None,
        state: State | None = None,
    ) -> None:
        """A new run, or one that goes on from `state`. `fold` (2, 5): validate on the third of five folds."""
        self.folder, self.config, self.digits = folder, config, digits
        self.sources = sources or Sources()
        self.inputs = self.sources.inputs(config, digits, fold)
        self.train_rows, self.validation_rows = self._rows(fold)
        self.extra = samples(self.sources.extra) if self.sources.extra else None
        start = checkpoint.load(self.sources.start_from)[0] if self.sources.start_from else None
        validation = self._pictures(self.validation_rows) if len(self.validation_rows) else None
        with faults_in_words(config.batch_size, folder):
            self.trainer = Trainer(config, self._shown(), validation, start=start, state=state)

    @classmethod
    def resume(cls, folder: Path, changes: Mapping[str, Any], digits: Digits, sources: Sources) -> Run:
        """The run in `folder`, which goes on where it stopped. `changes` are fields of its config: the hardware may be
        another. Raises ValueError when anything else is."""
        state, then = load_state(folder)
        config = replace(TrainConfig.from_json(then.config), **changes)
        sources = sources.or_else(then)
        then.check_same(sources.inputs(config, digits, then.fold))
        return cls(folder, config, digits, sources, fold=then.fold, state=state)

    def train(self) -> nn.Module:
        """The trained network. Raises ValueError that says what to do when the hardware cannot."""
        return train_in(self.folder, self.trainer, self.inputs, self.config.batch_size)

    def finish(self, net: nn.Module, cross_validated: Path | None = None) -> Card:
        """Write weights, card, learning curves and the gallery.

        Without validation rows, calibration, figures and gallery are those of the folder that `cross_validated` names.
        """
        checkpoint.round_weights(net)
        images, labels = self._pictures(self.validation_rows)
        logits, features = (
            metrics.infer_with_features(net, images) if len(images) else (np.zeros((0, 0)), np.zeros((0, 0)))
        )
        fitted = metrics.calibrate(self.config, net, logits, labels)
        card = replace(self._card(net), temperature=fitted.temperature, threshold=fitted.threshold)
        if len(images):
            probabilities = metrics.softmax(logits, fitted.temperature)
            card = replace(card, validation=metrics.report(probabilities, labels))
            gallery.collect(images, labels, self.validation_rows, probabilities, features).save(self.folder)
        elif cross_validated is not None:
            before = Card.read(cross_validated)
            card = replace(card, folds=before.folds, temperature=before.temperature, threshold=before.threshold)
            gallery.Gallery.load(cross_validated).save(self.folder)
        plots.save(self.folder / "curves.png", plots.curves(card.curves))
        return checkpoint.save(self.folder, net, card)

    def _rows(self, fold: tuple[int, int] | None) -> tuple[np.ndarray, np.ndarray]:
        """The rows of the CSV to train on and to validate on."""
        labels = self.digits.labels
        if fold is not None:
            mine = fold_of(labels, fold[1], self.config.split_seed) == fold[0]
            return np.flatnonzero(~mine), np.flatnonzero(mine)
        if self.config.validation == 0:
            return np.arange(len(labels)), NO_ROWS
        return split(labels, self.config.validation, self.config.split_seed)

    def _pictures(self, rows: np.ndarray) -> Pictures:
        return Pictures(self.digits.images[rows], self.digits.labels[rows])

    def _shown(self) -> Pictures:
        """What is trained on: the CSV's rows, and corrections; validation stays the CSV's alone."""
        images, labels = self._pictures(self.train_rows)
        if self.extra is None:
            return Pictures(images, labels)
        extra: Samples = self.extra
        return Pictures(np.concatenate([images, extra.images]), np.concatenate([labels, extra.labels]))

    def _card(self, net: nn.Module) -> Card:
        """What the card says of the training itself."""
        progress, digits = self.trainer.progress, self.digits
        return Card(
            network=Network(self.config.network, getattr(net, "arguments", {})),
            config=self.config.as_json(),
            data=Data(
                digits.file,
                digits.sha256,
                rows=len(digits.labels),
                train=len(self.train_rows),
                validation=len(self.validation_rows),
                extra=Corrections(**self.extra.about()) if self.extra else None,
            ),
            **provenance(self.trainer.device, progress),
            epochs=progress.epoch,
            best_epoch=progress.best.epoch,
            started_from=Card.read(self.sources.start_from).origin() if self.sources.start_from else None,
            curves=progress.curves,
        )


def provenance(device: torch.device, progress: Progress) -> dict[str, Any]:
    """When, where and with what a network was trained, as fields of its card."""
    return {
        "versions": {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__},
        "machine": machine(device),
        "trained": time.strftime("%Y-%m-%d"),
        "seconds": round(progress.seconds, 1),
        "cpu_seconds": round(progress.cpu_seconds, 1),
    }


class Fits(Protocol):
    """A training that says where it stands."""

    progress: Progress

    def fit(self, on_step: OnStep | None = None, on_epoch: OnEpoch | None = None) -> nn.Module:
        """The trained network."""


def train_in(folder: Path, trainer: Fits, inputs: Inputs, batch_size: int) -> nn.Module:
    """The trained network; the folder keeps the state after each epoch.

    Raises ValueError that says what to do when the hardware cannot.
    """
    bar = None
    if parallel.rank() == 0:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ValueError(f"writing {folder}: {error.strerror}; choose another folder with --out") from error
        bar = ProgressBar(folder, inputs, trainer.progress)
    try:
        with faults_in_words(batch_size, folder):
            return trainer.fit(bar.step if bar else None, bar.epoch if bar else None)
    finally:
        if bar:
            bar.close()


class ProgressBar:
    """One progress bar over all steps: loss, validation accuracy, time left; saves the state after each epoch."""

    def __init__(self, folder: Path, inputs: Inputs, progress: Progress) -> None:
        self.folder, self.inputs = folder, inputs
        name = f"fold {inputs.fold[0] + 1} of {inputs.fold[1]}" if inputs.fold else None
        place = inputs.fold[0] if inputs.fold else None
        self.bar = tqdm(desc=name, position=place, unit="step", dynamic_ncols=True, mininterval=0.5)
        self.accuracy = progress.curves[-1].accuracy if progress.curves else None

    def step(self, step: int, steps: int, loss: float) -> None:
        if self.bar.total is None:
            self.bar.reset(total=steps)
            self.bar.initial = self.bar.n = step - 1
        accuracy = "" if self.accuracy is None else f"{self.accuracy:.2%}"
        self.bar.set_postfix(loss=f"{loss:.4f}", validation=accuracy, refresh=False)
        self.bar.update(step - self.bar.n)

    def epoch(self, state: State) -> None:
        self.accuracy = state.progress.curves[-1].accuracy
        save_state(self.folder, state, self.inputs)

    def close(self) -> None:
        self.bar.close()
