"""The training of the page network, for real: a tiny one on digits that the test draws, stopped, resumed, published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

import train
from model.page.network import PAGE, PageNet, answer_of
from model.synthesis.page.crops import IGNORE, SIDE, crops
from model.synthesis.render import synthetic_batch
from model.training import data
from model.training.drawn.batches import DrawnBatches
from model.training.drawn.loop import learning_rate
from model.training.drawn.task import Source
from model.training.page.batches import batch_of, shown_as
from model.training.page.config import PageConfig
from model.training.page.objective import loss_of
from model.training.page.targets import PLACES, Shard, shard_of
from model.training.page.task import PageTask
from model.training.run import ProgressBar
from model.training.state import STATE, State, save_state

SMALL = PageConfig(warmup_steps=10, cooldown=3)
FLAGS = ["--widths", "6", "8", "12", "16", "12", "--crops", "32", "--uses", "9", "--batch-size", "4", "--cooldown", "3"]
FLAGS += ["--warmup-steps", "10", "--peak-learning-rate", "0.006", "--workers", "0"]
FLAGS += ["--device", "cpu", "--precision", "float32"]


@pytest.fixture(scope="module")
def source() -> tuple[np.ndarray, np.ndarray]:
    return synthetic_batch(np.random.default_rng(0), 300)


@pytest.fixture(scope="module")
def csv(source: tuple[np.ndarray, np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("kaggle") / "train.csv"
    data.write_csv(path, *source)
    return path


@pytest.fixture(scope="module")
def shard(source: tuple[np.ndarray, np.ndarray]) -> Shard:
    return shard_of(crops((1, 2), 30, *source))


@pytest.fixture(scope="module")
def finished(csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of eight epochs."""
    folder = tmp_path_factory.mktemp("finished")
    assert train.main(["--page", "--data", str(csv), "--out", str(folder), "--epochs", "8", *FLAGS]) == 0
    return folder


@pytest.fixture(scope="module", autouse=True)
def few_measured() -> Iterator[None]:
    """The final figures come from a few crops only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("model.training.page.task.MEASURED", 20)
        yield


def test_a_tiny_network_finds_digits_better_than_chance(finished: Path, source: tuple[np.ndarray, np.ndarray]) -> None:
    net, card = PAGE.load(finished)
    assert card.figures is not None and card.figures["digits"] > 50
    hits, others, likely = [], [], []
    for crop in crops((99, 99), 40, *source):
        answer = answer_of(net(torch.from_numpy(shown_as(crop.grey, crop.windows))[None]))
        centre, classes = (part[0].detach() for part in (answer.centre.sigmoid(), answer.classes.softmax(dim=1)))
        for label, left, top, right, bottom in crop.digits[crop.digits[:, 0] != IGNORE]:
            x, y = int((left + right) / 8), int((top + bottom) / 8)
            hits.append(float(centre[y, x]))
            likely.append(float(classes[int(label), y, x]))
        others.append(float(centre.mean()))
    assert np.mean(hits) > 3 * np.mean(others)
    assert np.mean(likely) > 0.11  # by chance: 0.1


def test_a_stopped_training_goes_on_to_the_same_bytes(csv: Path, finished: Path, tmp_path: Path) -> None:
    """It is begun for five epochs only; while the learning rate has not begun to fall, it may go on to more."""
    begin = ["--page", "--data", str(csv)]
    with pytest.MonkeyPatch.context() as stopping:
        stopping.setattr("model.training.run.ProgressBar.epoch", stopped_after_two)
        assert train.main([*begin, "--out", str(tmp_path), "--epochs", "5", *FLAGS]) == 130
    assert train.main([*begin, "--resume", str(tmp_path), "--epochs", "8"]) == 0
    same = [(folder / PAGE.files[0]).read_bytes() for folder in (finished, tmp_path)]
    assert same[0] == same[1]


def stopped_after_two(bar: ProgressBar, state: State) -> None:
    """In place of ProgressBar.epoch: as if somebody pressed Ctrl-C when the second epoch has been saved."""
    save_state(bar.folder, state, bar.inputs)
    if state.progress.epoch == 2:
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("flags", "says"),
    [(["--epochs", "9"], "before the last 3 have begun"), (["--crops", "65"], "crops was 32, now 65")],
)
def test_a_run_goes_on_with_nothing_else(
    csv: Path, finished: Path, flags: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (finished / STATE).exists()
    assert train.main(["--page", "--data", str(csv), "--resume", str(finished), *flags]) == 1
    assert says in capsys.readouterr().err


def test_a_page_is_no_digit(csv: Path, finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train.main(["--data", str(csv), "--resume", str(finished)]) == 1
    assert "add --page" in capsys.readouterr().err


def test_a_finished_run_is_published(csv: Path, finished: Path, tmp_path: Path) -> None:
    flags = ["--page", "--data", str(csv), "--resume", str(finished), "--publish", "--assets", str(tmp_path)]
    assert train.main(flags) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(PAGE.files)


def test_no_data_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert train.main(["--page"]) == 1
    assert "--data digit-recognizer.zip" in capsys.readouterr().err


def test_every_flag_has_a_help_line() -> None:
    assert all(action.help for action in train.drawn_parser("page")._actions)


@pytest.mark.parametrize(
    "values", [{"widths": (1, 2)}, {"epochs": 0}, {"cooldown": 99}, {"inverted": 2.0}, {"precision": "half"}]
)
def test_a_bad_config_is_told(values: dict) -> None:
    with pytest.raises(ValueError, match="configuring the training: got"):
        PageConfig(**values)


def test_targets_stand_at_the_centres(shard: Shard, source: tuple[np.ndarray, np.ndarray]) -> None:
    for number, crop in enumerate(crops((1, 2), 30, *source)):
        wanted = crop.digits[crop.digits[:, 0] != IGNORE]
        for label, left, top, right, bottom in wanted:
            x, y = (min(int(middle / 8), PLACES - 1) for middle in (left + right, top + bottom))
            assert shard.heat[number, y, x] == 255 and shard.counted[number, y, x]
            here = shard.places[(shard.places[:, :3] == (number, y, x)).all(axis=1)]
            assert label in here[:, 3]
            own = here[here[:, 3] == label][0]
            assert own[4] + x + 0.5 == pytest.approx((left + right) / 8, abs=1e-3)
            assert np.exp(own[7]) == pytest.approx((bottom - top) / 4, rel=1e-3)
        assert (shard.heat[number] == 255).sum() <= len(wanted)


def test_the_right_answer_costs_less_than_a_wrong_one(shard: Shard, source: tuple[np.ndarray, np.ndarray]) -> None:
    config = PageConfig(crops=30, batch_size=30, gain=0.0, inverted=0.0, workers=0)
    batch = batch_of(config, [shard], np.arange(30), np.random.default_rng(0))
    assert batch.shown.shape == (30, 2, SIDE, SIDE)
    nothing = torch.zeros(30, 16, PLACES, PLACES)
    nothing[:, 0] = -9
    answer = nothing.clone()
    answer[:, 0] = torch.where(batch.heat == 1, 9.0, -9.0)
    crop, y, x, label = (batch.places[:, column].long() for column in range(4))
    answer[crop, 1 + label, y, x] = 9.0
    answer[crop, 11:15, y, x] = batch.places[:, 4:8]
    answer[:, 15] = torch.where(batch.ink > 0.5, 9.0, -9.0)
    assert loss_of(PageConfig(), answer, batch) < 0.2 * loss_of(PageConfig(), nothing, batch)


def test_crops_are_the_same_whoever_draws_them(source: tuple[np.ndarray, np.ndarray]) -> None:
    shards = []
    for workers in (0, 1):
        config = PageConfig(crops=4, batch_size=4, epochs=1, cooldown=0, workers=workers)
        batches = DrawnBatches(PageTask(), config, Source(*source))
        shards.append(next(batches.epoch(0)))
        batches.close()
    assert all(torch.equal(one, other) for one, other in zip(*shards, strict=True))


def test_the_learning_rate_rises_stays_and_falls() -> None:
    rates = [learning_rate(SMALL, step, 60, 80) for step in range(80)]
    assert rates[0] == pytest.approx(SMALL.peak_learning_rate / 10)
    assert rates[9:61] == pytest.approx([SMALL.peak_learning_rate] * 52)
    assert rates[79] == pytest.approx(SMALL.peak_learning_rate / 20) and rates[70] == pytest.approx(rates[60] / 2)


def test_the_same_config_begins_with_the_same_network() -> None:
    torch.manual_seed(SMALL.seed)
    one = PageNet(SMALL.widths)
    torch.manual_seed(SMALL.seed)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), PageNet(SMALL.widths).parameters(), strict=True))
