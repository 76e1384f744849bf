"""Cross-validation by the command: every row read by the network that did not see it, also after a stop."""

from __future__ import annotations

import csv
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import train
from model import __main__ as command_line
from model import checkpoint
from model.card import CARD, Card
from model.review.gallery import Gallery
from model.synthesis.render import synthetic_batch
from model.training import data, ensemble, metrics
from model.training.folds import OUT_OF_FOLD, folders, train_missing

FAST = ["--network", "two-conv-adam", "--as-published", "--epochs", "1", "--device", "cpu", "--threads", "1"]
ROWS = 200


@pytest.fixture(scope="module")
def kaggle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with train.csv, test.csv, and what --folds 2 left in two/."""
    folder = tmp_path_factory.mktemp("folds")
    images, labels = synthetic_batch(np.random.default_rng(0), ROWS + 40)
    data.write_csv(folder / "train.csv", images[:ROWS], labels[:ROWS])
    data.write_csv(folder / "test.csv", images[ROWS:], None)
    more = ["--folds", "2", "--submit", str(folder), "--tta"]
    assert train.main(["--data", str(folder), "--out", str(folder / "two"), *FAST, *more]) == 0
    return folder


def test_folds_share_out_each_class_evenly() -> None:
    labels = np.repeat(np.arange(10), 13)
    fold_of_row = data.fold_of(labels, 5, seed=1)
    for digit in range(10):
        counts = np.bincount(fold_of_row[labels == digit], minlength=5)
        assert counts.min() == 2 and counts.max() == 3
    assert np.bincount(fold_of_row).tolist() == [26] * 5
    assert (data.fold_of(labels, 5, seed=1) == fold_of_row).all() and (data.fold_of(labels, 5, 2) != fold_of_row).any()
    with pytest.raises(ValueError, match="digit 0 has 13 rows"):
        data.fold_of(labels, 14, seed=0)


def test_every_row_is_read_by_the_network_that_did_not_see_it(kaggle: Path) -> None:
    digits, two = data.load_csv(kaggle), kaggle / "two"
    fold_of_row = data.fold_of(digits.labels, 2, seed=0)
    card = Card.read(two)
    assert card.folds is not None and card.folds.out_of_fold.n == ROWS and len(card.folds.accuracies) == 2
    with (two / OUT_OF_FOLD).open() as file:
        lines = list(csv.DictReader(file))
    assert [int(line["row"]) for line in lines] == list(range(ROWS))
    assert [int(line["label"]) for line in lines] == digits.labels.tolist()
    given = np.array([[float(line[f"p{digit}"]) for digit in range(10)] for line in lines])
    for fold, folder in enumerate(folders(two, 2)):
        net, of_fold = checkpoint.load(folder)
        mine = fold_of_row == fold
        expected = metrics.softmax(metrics.infer(net, digits.images[mine]), of_fold.temperature)
        np.testing.assert_allclose(given[mine], expected, atol=1e-4)
        assert of_fold.data is not None and of_fold.data.validation == mine.sum() == ROWS - of_fold.data.train
    errors = given.argmax(axis=1) != digits.labels
    assert card.folds.out_of_fold.errors == errors.sum()
    misread = [sample for sample in Gallery.load(two) if sample.true != sample.predicted]
    assert {sample.row for sample in misread} == set(np.flatnonzero(errors))
    assert all(sample.fold == fold_of_row[sample.row] for sample in misread)


def test_what_is_submitted_is_the_mean_of_the_folds(kaggle: Path) -> None:
    two = kaggle / "two"
    members = ensemble.load(folders(two, 2))
    expected = ensemble.probabilities(members, data.load_test(kaggle), tta=True).argmax(axis=1)
    lines = (two / "submission.csv").read_text().splitlines()
    assert [int(line.split(",")[1]) for line in lines[1:]] == expected.tolist()
    out = kaggle / "again.csv"
    weights = [str(folder) for folder in folders(two, 2)]
    assert command_line.main(["--csv", str(kaggle), "--weights", *weights, "--tta", "--out", str(out)]) == 0
    assert out.read_bytes() == (two / "submission.csv").read_bytes()


def test_finished_folds_are_left_and_a_stopped_one_goes_on(kaggle: Path) -> None:
    two = kaggle / "two"
    weights = [folder / checkpoint.WEIGHTS for folder in folders(two, 2)]
    before = [path.stat().st_mtime_ns for path in weights]
    expected, out_of_fold = weights[1].read_bytes(), (two / OUT_OF_FOLD).read_bytes()
    (two / "fold-1" / CARD).unlink()  # as if it had been stopped after its last epoch
    assert train.main(["--data", str(kaggle), "--out", str(two), *FAST, "--folds", "2"]) == 0
    assert weights[0].stat().st_mtime_ns == before[0] and weights[1].stat().st_mtime_ns != before[1]
    assert weights[1].read_bytes() == expected and (two / OUT_OF_FOLD).read_bytes() == out_of_fold


def test_the_final_network_is_trained_on_all_rows_and_says_what_the_folds_read(kaggle: Path) -> None:
    final, assets = kaggle / "final", kaggle / "assets"
    flags = ["--final", str(kaggle / "two"), "--publish", "--assets", str(assets), "--out", str(final)]
    assert train.main(["--data", str(kaggle), *FAST, *flags]) == 0
    card, before = Card.read(assets), Card.read(kaggle / "two")
    assert card.data is not None and (card.data.train, card.data.validation) == (ROWS, 0)
    assert card.validation is None and card.folds == before.folds and card.temperature == before.temperature
    assert len(Gallery.load(assets)) == len(Gallery.load(kaggle / "two"))
    assert checkpoint.load(assets)[1] == card


def test_figures_and_gallery_of_the_folds_are_published_beside_a_network(kaggle: Path, tmp_path: Path) -> None:
    two, assets = kaggle / "two", tmp_path / "assets"
    assert train.main(["--data", str(kaggle), "--out", str(tmp_path / "one"), *FAST]) == 0
    train.publish(tmp_path / "one", assets)
    before = checkpoint.load(assets)[1]
    flags = ["--folds", "2", "--out", str(two), "--publish", "--assets", str(assets)]
    assert train.main(["--data", str(kaggle), *FAST, *flags]) == 0
    assert checkpoint.load(assets)[1] == replace(before, folds=Card.read(two).folds)
    assert len(Gallery.load(assets)) == len(Gallery.load(two))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--folds", "1"], "expected at least 2"),
        (["--folds", "2", "--resume"], "no --resume or --final"),
        (["--fold", "0"], "expected --folds N"),
        (["--folds", "2", "--fold", "2"], "from 0 to N - 1"),
        (["--final", "nowhere"], "no such file"),
    ],
)
def test_what_cannot_be(kaggle: Path, capsys: pytest.CaptureFixture[str], more: list[str], message: str) -> None:
    assert train.main(["--data", str(kaggle), *more]) == 1
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(("code", "error"), [(1, ValueError), (130, KeyboardInterrupt)])
def test_a_fold_that_ends_with_an_error_or_is_stopped(tmp_path: Path, code: int, error: type[BaseException]) -> None:
    asked = []

    def command(fold: int) -> list[str]:
        asked.append(fold)
        return [sys.executable, "-c", f"raise SystemExit({code if fold == 2 else 0})"]

    (tmp_path / "fold-1").mkdir()
    (tmp_path / "fold-1" / CARD).touch()
    with pytest.raises(error, match="fold 3 ended" if code == 1 else None):
        train_missing(folders(tmp_path, 3), command, processes=2)
    assert sorted(asked) == [0, 2]
