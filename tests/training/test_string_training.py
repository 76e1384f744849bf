"""The training of the string network, for real: a tiny one on digits that the test draws, stopped and resumed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

import train
from model.strings.network import BLANK, HEIGHT, STRIDE, STRINGS
from model.strings.reading import StringReader
from model.synthesis import strings as drawn
from model.synthesis.render import synthetic_batch
from model.training import data
from model.training.drawn.batches import DrawnBatches
from model.training.drawn.task import Source
from model.training.run import ProgressBar
from model.training.state import State, save_state
from model.training.strings.config import StringConfig
from model.training.strings.task import StringTask, batch_of

FLAGS = ["--widths", "8", "12", "16", "24", "--crops", "64", "--uses", "9", "--batch-size", "8", "--cooldown", "2"]
FLAGS += ["--warmup-steps", "10", "--peak-learning-rate", "0.006", "--workers", "0"]
FLAGS += ["--device", "cpu", "--precision", "float32"]


@pytest.fixture(scope="module")
def source() -> Source:
    return Source(*synthetic_batch(np.random.default_rng(0), 300))


@pytest.fixture(scope="module")
def csv(source: Source, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("kaggle") / "train.csv"
    data.write_csv(path, *source)
    return path


@pytest.fixture(scope="module", autouse=True)
def few_measured() -> Iterator[None]:
    """The final figures come from a few strings only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("model.training.strings.task.MEASURED", 20)
        yield


@pytest.fixture(scope="module")
def finished(csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of six epochs."""
    folder = tmp_path_factory.mktemp("finished")
    assert train.main(["--strings", "--data", str(csv), "--out", str(folder), "--epochs", "6", *FLAGS]) == 0
    return folder


def test_a_tiny_network_sees_digits_where_they_stand(finished: Path, source: Source) -> None:
    net, card = STRINGS.load(finished)
    assert card.figures is not None and card.figures["strings"] == 20
    reader = StringReader(net)
    here, elsewhere = [], []
    for string in drawn.strings((9, 9), 40, *source):
        seen = 1 - reader.columns(string.ink / np.float32(255))[BLANK]
        at = np.clip(string.middles / STRIDE, 0, len(seen) - 1).astype(int)
        here += seen[at].tolist()
        elsewhere.append(seen.mean())
    assert np.mean(here) > 1.2 * np.mean(elsewhere)


def test_a_stopped_training_goes_on_to_the_same_bytes(csv: Path, finished: Path, tmp_path: Path) -> None:
    begin = ["--strings", "--data", str(csv)]
    with pytest.MonkeyPatch.context() as stopping:
        stopping.setattr("model.training.run.ProgressBar.epoch", stopped_after_two)
        assert train.main([*begin, "--out", str(tmp_path), "--epochs", "6", *FLAGS]) == 130
    assert train.main([*begin, "--resume", str(tmp_path)]) == 0
    same = [(folder / STRINGS.files[0]).read_bytes() for folder in (finished, tmp_path)]
    assert same[0] == same[1]


def stopped_after_two(bar: ProgressBar, state: State) -> None:
    """In place of ProgressBar.epoch: as if somebody pressed Ctrl-C when the second epoch has been saved."""
    save_state(bar.folder, state, bar.inputs)
    if state.progress.epoch == 2:
        raise KeyboardInterrupt


def test_strings_are_no_page(csv: Path, finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train.main(["--page", "--data", str(csv), "--resume", str(finished)]) == 1
    assert "add --strings" in capsys.readouterr().err


def test_a_finished_run_is_published(csv: Path, finished: Path, tmp_path: Path) -> None:
    flags = ["--strings", "--data", str(csv), "--resume", str(finished), "--publish", "--assets", str(tmp_path)]
    assert train.main(flags) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(STRINGS.files)


def test_every_flag_has_a_help_line() -> None:
    assert all(action.help for action in train.drawn_parser("strings")._actions)


def test_a_bad_config_is_told() -> None:
    with pytest.raises(ValueError, match="configuring the training: got widths"):
        StringConfig(widths=(1, 2))


def test_targets_stand_at_the_middles(source: Source) -> None:
    made = drawn.strings((1, 2), 40, *source)
    assert {string.ink.shape[0] for string in made} == {HEIGHT} and any(len(string.labels) > 3 for string in made)
    batch = batch_of(made)
    for string, columns in zip(made, batch.columns.numpy(), strict=True):
        at = (string.middles / STRIDE).astype(int)
        assert columns[np.minimum(at, len(columns) - 1)].tolist() == string.labels.tolist()
        assert (columns != BLANK).sum() <= 3 * len(string.labels)


def test_the_right_answer_costs_less_than_a_wrong_one(source: Source) -> None:
    batch = batch_of(drawn.strings((1, 2), 16, *source))
    right = 9.0 * torch.nn.functional.one_hot(batch.columns, BLANK + 1).float().permute(0, 2, 1)
    task, config = StringTask(), StringConfig()
    assert task.loss(config, right, batch) < 0.2 * task.loss(config, torch.zeros_like(right), batch)


def test_strings_of_like_width_stand_in_one_batch(source: Source) -> None:
    config = StringConfig(crops=64, batch_size=8, uses=1)
    shard = drawn.strings((1, 2), 64, *source)
    order = StringTask().order(config, [shard], np.random.default_rng(0))
    assert sorted(order) == list(range(64))
    widths = np.array([string.ink.shape[1] for string in shard])
    spread = np.ptp(widths[order.reshape(8, 8)], axis=1).mean()
    assert spread < 0.4 * np.ptp(widths[: 8 * 8].reshape(8, 8), axis=1).mean()


def test_strings_are_the_same_whoever_draws_them(source: Source) -> None:
    batches = []
    for workers in (0, 1):
        config = StringConfig(crops=8, batch_size=8, epochs=1, cooldown=0, workers=workers)
        drawing = DrawnBatches(StringTask(), config, source)
        batches.append(next(drawing.epoch(0)))
        drawing.close()
    assert all(torch.equal(one, other) for one, other in zip(*batches, strict=True))
