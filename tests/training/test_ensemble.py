"""Several networks as one, and several copies of a picture: means that can be written down by hand."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

import train
from model import __main__ as command_line
from model import checkpoint
from model.card import CARD
from model.synthesis.render import synthetic_batch
from model.training import augment, data, ensemble

FAST = ["--network", "two-conv-adam", "--as-published", "--epochs", "1", "--validation", "0.2", "--device", "cpu"]


class Says(torch.nn.Module):
    """Always the same probabilities."""

    def __init__(self, probabilities: list[float]) -> None:
        super().__init__()
        self.logits = torch.nn.Parameter(torch.tensor(probabilities).log()[None])

    def forward(self, ink: torch.Tensor) -> torch.Tensor:
        return self.logits.expand(len(ink), -1)


def test_the_mean_is_of_probabilities_and_each_keeps_its_temperature():
    first, second = [0.91] + [0.01] * 9, [0.01] * 9 + [0.91]
    images = np.zeros((3, 28, 28), np.uint8)
    same = ensemble.probabilities([(Says(first), 1.0), (Says(second), 1.0)], images)
    np.testing.assert_allclose(same, np.tile((np.array(first) + second) / 2, (3, 1)), atol=1e-6)
    unsure = ensemble.probabilities([(Says(first), 1.0), (Says(second), 1000.0)], images)
    np.testing.assert_allclose(unsure[0], (np.array(first) + 0.1) / 2, atol=1e-3)


def test_report_of_two_that_are_right_in_turn():
    images, labels = np.zeros((10, 28, 28), np.uint8), np.array([0] * 6 + [1] * 4)
    zeros, ones = [0.6, 0.31] + [0.01] * 8 + [0.01], [0.3, 0.61] + [0.01] * 8 + [0.01]
    found = ensemble.report([(Says(zeros[:10]), 1.0), (Says(ones[:10]), 1.0)], images, labels)
    assert found["members"] == [0.6, 0.4] and found["mean"] == pytest.approx(0.5)
    assert found["spread"] == pytest.approx(np.std([0.6, 0.4], ddof=1)) and found["accuracy"] == 0.4


@pytest.mark.parametrize(("right", "down"), [(1, 0), (-1, 0), (0, 1), (0, -2)])
def test_a_move_is_a_roll(right, down):
    ink = torch.zeros(1, 1, 28, 28)
    ink[..., 8:20, 9:19] = torch.rand(12, 10, generator=torch.Generator().manual_seed(0))
    moved = augment.move(ink, 0.0, right, down)
    torch.testing.assert_close(moved, ink.roll((down, right), (2, 3)), atol=1e-4, rtol=0)


def test_a_quarter_turn_is_clockwise():
    ink = torch.zeros(1, 1, 28, 28)
    ink[..., 4:10, 12:16] = 1
    torch.testing.assert_close(augment.move(ink, 90.0, 0, 0), ink.rot90(-1, (2, 3)), atol=1e-3, rtol=0)


def test_copies_are_the_picture_itself_and_six_that_are_near():
    images, _ = synthetic_batch(np.random.default_rng(0), 5)
    views = ensemble.copies(images)
    assert len(views) == 7 and views[0] is images
    for view in views[1:]:
        assert view.shape == images.shape and view.dtype == np.uint8
        assert np.abs(view.astype(float).sum() / images.sum() - 1) < 0.05 and (view != images).any()


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with train.csv, test.csv, and the ensemble of two seeds that the command trained in five/."""
    folder = tmp_path_factory.mktemp("ensemble")
    images, labels = synthetic_batch(np.random.default_rng(0), 240)
    data.write_csv(folder / "train.csv", images[:200], labels[:200])
    data.write_csv(folder / "test.csv", images[200:], None)
    more = ["--ensemble", "2", "--submit", str(folder), "--tta"]
    assert train.main(["--data", str(folder), "--out", str(folder / "two"), *FAST, *more]) == 0
    return folder


def test_the_command_trains_the_seeds_on_one_split_and_submits_their_mean(two):
    cards = [json.loads((two / "two" / f"seed-{seed}" / "card.json").read_text()) for seed in (0, 1)]
    assert [card["config"]["seed"] for card in cards] == [0, 1] and len({c["weights_sha256"] for c in cards}) == 2
    found = json.loads((two / "two" / "ensemble.json").read_text())
    assert found["n"] == cards[0]["data"]["validation"] and len(found["members"]) == 2 and found["tta"]
    members = ensemble.load([two / "two" / "seed-0", two / "two" / "seed-1"])
    expected = ensemble.probabilities(members, data.load_test(two), tta=True).argmax(axis=1)
    lines = (two / "two" / "submission.csv").read_text().splitlines()
    assert [int(line.split(",")[1]) for line in lines[1:]] == expected.tolist()
    out = two / "again.csv"
    folders = [str(two / "two" / f"seed-{seed}") for seed in (0, 1)]
    assert command_line.main(["--csv", str(two), "--weights", *folders, "--tta", "--out", str(out)]) == 0
    assert out.read_bytes() == (two / "two" / "submission.csv").read_bytes()


def test_finished_members_are_left_and_a_stopped_one_goes_on(two):
    folder = two / "two"
    weights = [folder / f"seed-{seed}" / checkpoint.WEIGHTS for seed in (0, 1)]
    before = [path.stat().st_mtime_ns for path in weights]
    (folder / "seed-1" / CARD).unlink()  # as if it had been stopped after its last epoch
    expected = weights[1].read_bytes()
    assert train.main(["--data", str(two), "--out", str(folder), *FAST, "--ensemble", "2"]) == 0
    assert weights[0].stat().st_mtime_ns == before[0] and weights[1].stat().st_mtime_ns != before[1]
    assert weights[1].read_bytes() == expected


@pytest.mark.parametrize(
    "more", [["--ensemble", "0"], ["--ensemble", "2", "--publish"], ["--ensemble", "2", "--resume"]]
)
def test_what_an_ensemble_cannot_be(two, capsys, more):
    assert train.main(["--data", str(two), *more]) == 1
    assert "--teacher makes of several" in capsys.readouterr().err


def test_several_networks_read_no_single_picture(capsys):
    with pytest.raises(SystemExit):
        command_line.main(["a.png", "--weights", "a", "b"])
    assert "--csv only" in capsys.readouterr().err
