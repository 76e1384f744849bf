"""The training command, for real: a tiny network on digits that the test draws, killed, resumed and published."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import train
from model import checkpoint
from model.card import CARD, SHIPPED, Card
from model.reader import DigitReader
from model.results import Baseline
from model.review import gallery
from model.synthesis.render import synthetic_batch
from model.training import data
from model.training.config import TrainConfig
from model.training.objective import learning_rate, loss_of
from model.training.state import load_state

ROOT = Path(__file__).resolve().parent.parent
SMALL = [
    "--threads",
    "1",
    "--widths",
    "4",
    "6",
    "8",
    "--batch-size",
    "64",
    "--epochs",
    "3",
    "--validation",
    "0.2",
    "--device",
    "cpu",
]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Sums in another order give other weights: every training here runs with one thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def kaggle(tmp_path_factory) -> Path:
    """A folder with a train.csv of 300 drawn digits and a test.csv of 40."""
    folder = tmp_path_factory.mktemp("kaggle")
    images, labels = synthetic_batch(np.random.default_rng(0), 340)
    data.write_csv(folder / "train.csv", images[:300], labels[:300])
    data.write_csv(folder / "test.csv", images[300:], None)
    return folder


def command(kaggle: Path, out: Path, *more: str) -> list[str]:
    return ["--data", str(kaggle), "--out", str(out), *SMALL, *more]


@pytest.fixture(scope="module")
def finished(kaggle, tmp_path_factory) -> Path:
    """The folder of a run that was never interrupted, published to assets/ within it, with a submission."""
    out = tmp_path_factory.mktemp("run")
    more = ["--publish", "--assets", str(out / "assets"), "--submit", str(kaggle)]
    assert train.main(command(kaggle, out, *more)) == 0
    return out


def test_a_run_leaves_every_file_and_a_card_that_adds_up(finished):
    names = {path.name for path in finished.iterdir()}
    assert names >= {"weights.safetensors", "card.json", "curves.png", "gallery.csv", "gallery.png", train.STATE}
    assert not [name for name in names if name.endswith(".tmp")]
    card = json.loads((finished / "card.json").read_text())
    assert card["epochs"] == 3 and len(card["curves"]) == 3 and card["config"]["widths"] == [4, 6, 8]
    assert card["data"]["train"] + card["data"]["validation"] == card["data"]["rows"] == 300
    assert Card.read(finished).validation.errors == len(gallery.Gallery.load(finished))
    assert 0.1 < card["temperature"] < 10 and 0 < card["threshold"] <= 0.5
    with Image.open(finished / "curves.png") as picture:
        assert picture.width > 400


def test_published_assets_are_what_a_reader_loads(finished, kaggle):
    reader = DigitReader.load(finished / "assets")
    images = data.load_test(kaggle)
    probabilities = reader.classify(images)
    assert probabilities.shape == (40, 10)
    assert {path.name for path in (finished / "assets").iterdir()} == set(train.PUBLISHED)
    lines = (finished / "submission.csv").read_text().splitlines()
    assert lines[0] == "ImageId,Label" and len(lines) == 41
    assert [int(line.split(",")[1]) for line in lines[1:]] == probabilities.argmax(axis=1).tolist()
    assert (finished / "test_predictions.png").stat().st_size > 1000


def test_a_new_network_keeps_what_other_projects_reached(finished, tmp_path):
    run, assets = tmp_path / "run", tmp_path / "assets"
    shutil.copytree(finished / "assets", run)
    train.publish_network(run, assets)
    assert Card.read(assets).baselines is None
    measured = Baseline(weights=1000, multiply_adds=2000, epochs=3, seconds=60.0, validation_accuracy=0.99)
    replace(Card.read(assets), baselines={"two-conv-adam": measured}).write(assets)
    train.publish_network(run, assets)
    table = Card.read(assets).baselines
    assert list(table) == ["two-conv-adam", SHIPPED] and table["two-conv-adam"] == measured
    assert table[SHIPPED].validation_accuracy == pytest.approx(Card.read(run).validation.accuracy, abs=1e-5)
    (assets / "card.json").write_text("damaged")
    train.publish_network(run, assets)
    assert Card.read(assets).weights_sha256 == Card.read(run).weights_sha256


def weights(folder: Path) -> bytes:
    return (folder / checkpoint.WEIGHTS).read_bytes()


def test_the_same_seed_gives_the_same_weights_and_another_one_others(finished, kaggle, tmp_path):
    assert train.main(command(kaggle, tmp_path / "same")) == 0
    assert weights(tmp_path / "same") == weights(finished)
    assert train.main(command(kaggle, tmp_path / "other", "--seed", "1", "--epochs", "1")) == 0
    assert weights(tmp_path / "other") != weights(finished)


def test_kill_9_and_resume_end_at_the_same_weights(finished, kaggle, tmp_path):
    out = tmp_path / "killed"
    process = subprocess.Popen(
        [sys.executable, "train.py", *command(kaggle, out)],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": str(torch.get_num_threads()), "PYTHONWARNINGS": "default"},
    )
    deadline = time.monotonic() + 120
    while not (out / train.STATE).exists():
        assert process.poll() is None and time.monotonic() < deadline, "training ended before its first epoch"
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (out / checkpoint.WEIGHTS).exists()
    epoch = load_state(out)[0].progress.epoch
    assert 1 <= epoch < 3
    assert train.main(["--data", str(kaggle), "--resume", str(out)]) == 0
    assert weights(out) == weights(finished)


def test_fine_tuning_begins_with_the_weights_of_a_run_and_says_so(finished, kaggle, tmp_path):
    out = tmp_path / "tuned"
    assert (
        train.main(command(kaggle, out, "--start-from", str(finished), "--epochs", "1", "--peak-learning-rate", "1e-9"))
        == 0
    )
    card, first = (json.loads((folder / "card.json").read_text()) for folder in (out, finished))
    assert card["started_from"]["weights_sha256"] == first["weights_sha256"]
    tuned, before = (checkpoint.load(folder)[0].state_dict() for folder in (out, finished))
    torch.testing.assert_close(tuned["head.weight"], before["head.weight"])  # so slow that it learned nothing


@pytest.mark.parametrize("more", [["--seed", "5"], ["--batch-size", "32"]])
def test_resuming_with_another_config_names_the_field(finished, kaggle, capsys, more):
    assert train.main(["--data", str(kaggle), "--resume", str(finished), *more]) == 1
    error = capsys.readouterr().err
    assert more[0].strip("-").replace("-", "_") in error and f"now {more[1]}" in error


def test_a_damaged_state_says_so(finished, tmp_path, capsys, kaggle):
    (tmp_path / train.STATE).write_bytes((finished / train.STATE).read_bytes()[:500])
    assert train.main(["--data", str(kaggle), "--resume", str(tmp_path)]) == 1
    assert "damaged" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [([], "--data digit-recognizer.zip"), (["--data", "nothing.zip"], "no such file")],
)
def test_what_is_missing_is_said_without_a_traceback(arguments, message, capsys):
    assert train.main(arguments) == 1
    error = capsys.readouterr().err
    assert message in error and "Traceback" not in error


def test_every_field_of_the_config_has_a_flag_with_help():
    help_text = train.parser().format_help()
    for name in TrainConfig.__dataclass_fields__:
        assert f"--{name.replace('_', '-')}" in help_text
    assert train.config_of(train.parser().parse_args(["--widths", "1", "2", "3"])).widths == (1, 2, 3)


def test_the_learning_rate_rises_and_falls_to_zero():
    rates = [learning_rate(TrainConfig(peak_learning_rate=1.0), step, 100) for step in range(100)]
    assert max(rates) == 1.0 and rates[0] == pytest.approx(0.1) and rates[-1] < 0.001
    assert rates[10:] == sorted(rates[10:], reverse=True)


def test_the_loss_falls_when_digits_and_non_digits_are_told_apart():
    labels = torch.tensor([3, 10])
    good, bad = torch.zeros(2, 11), torch.zeros(2, 11)
    good[0, 3], good[0, 10], good[1, 10] = 5, 5, -5
    bad[1, 3], bad[1, 10] = 5, 5
    losses = [loss_of(TrainConfig(), logits, labels) for logits in (good, torch.zeros(2, 11), bad)]
    assert losses == sorted(losses) and losses[0] < losses[1] < losses[2]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--device", "foo"], "got 'foo', expected auto"),
        (["--widths", "0", "4", "4"], "got widths"),
        (["--epochs", "0"], "got epochs 0, expected at least 1"),
        (["--batch-size", "0"], "got batch_size 0"),
        (["--synthetic", "0.8", "--non-digits", "0.8"], "expected with synthetic less than 1"),
        (["--seed", "-1"], "got seed -1"),
        (["--peak-learning-rate", "2"], "got peak_learning_rate 2.0"),
        (["--submit", "nothing.csv"], "no such file"),
        (["--start-from", "nowhere"], "no such file"),
    ],
)
def test_flags_that_cannot_be_are_refused_before_training(kaggle, tmp_path, capsys, flags, message):
    assert train.main(command(kaggle, tmp_path, *flags)) == 1
    assert message in capsys.readouterr().err and not (tmp_path / train.STATE).exists()


def test_starting_from_another_network_says_so(finished, kaggle, tmp_path, capsys):
    more = ["--start-from", str(finished), "--widths", "4", "6", "10"]
    assert train.main(command(kaggle, tmp_path, *more)) == 1
    assert "starting from another run" in capsys.readouterr().err


def test_a_resumed_fine_tuning_still_names_its_first_run(finished, kaggle, tmp_path):
    assert train.main(command(kaggle, tmp_path, "--start-from", str(finished), "--epochs", "1")) == 0
    (tmp_path / CARD).unlink()
    assert train.main(["--data", str(kaggle), "--resume", str(tmp_path)]) == 0
    card = json.loads((tmp_path / CARD).read_text())
    assert card["started_from"]["epochs"] == 3
