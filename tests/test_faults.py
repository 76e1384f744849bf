"""Kills and full disks: old files intact, one clear message, and the next start goes on."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from model import checkpoint, files
from model.card import CARD, Card, Network
from model.network import DigitNet
from model.reader import DigitReader
from model.review import gallery
from model.training import data
from tools import kills

PUBLISHED = (checkpoint.WEIGHTS, CARD, *gallery.FILES)


def make_run(folder: Path, seed: int) -> Path:
    """A folder with weights, card and gallery that belong together."""
    torch.manual_seed(seed)
    arguments = {"widths": [2, 2, 2]}
    checkpoint.save(folder, DigitNet(**arguments), Card(Network("digitnet", arguments), config={"seed": seed}))
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (20, 28, 28), dtype=np.uint8)
    probabilities = rng.dirichlet(np.ones(10), 20)
    gallery.collect(images, np.arange(20) % 10, np.arange(20), probabilities, rng.normal(size=(20, 3))).save(folder)
    return folder


def test_a_kill_at_any_moment_of_publishing_leaves_the_old_or_the_new_files(tmp_path, monkeypatch):
    old, new = make_run(tmp_path / "old", 1), make_run(tmp_path / "new", 2)
    renamed = os.replace
    seen = set()
    for moment in range(12):
        assets = tmp_path / f"assets{moment}"
        shutil.copytree(old, assets)
        left = moment

        def until_killed(source, target, after=renamed):
            nonlocal left
            if left == 0:
                raise KeyboardInterrupt  # nothing of the program catches it, as nothing catches SIGKILL
            left -= 1
            after(source, target)

        monkeypatch.setattr(os, "replace", until_killed)
        monkeypatch.setattr(Path, "replace", until_killed)
        with contextlib.suppress(KeyboardInterrupt):
            files.replace_together(assets, [new / name for name in PUBLISHED])
        monkeypatch.undo()
        before = {path: path.stat().st_mtime_ns for path in assets.iterdir()}
        card = DigitReader.load(assets).card
        gallery.Gallery.load(assets)
        wanted = old if card.config["seed"] == 1 else new
        read = [files.current(assets / name) for name in PUBLISHED]
        expected = [(wanted / name).read_bytes() for name in PUBLISHED]
        assert [path.read_bytes() for path in read] == expected, moment
        assert before == {path: path.stat().st_mtime_ns for path in assets.iterdir()}, "reading writes nothing"
        seen.add(card.config["seed"])
        files.replace_together(assets, [new / name for name in PUBLISHED])
        assert {path.name for path in assets.iterdir()} == set(PUBLISHED), "the next publishing tidies up"
    assert seen == {1, 2}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    try:
        command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a small disk is made by root alone")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def fill_weights(place: Path) -> None:
    checkpoint.save(place, DigitNet((8, 16, 24)), Card(Network("digitnet", {"widths": [8, 16, 24]})))


def fill_csv(place: Path) -> None:
    data.write_csv(place / "train.csv", np.full((200, 28, 28), 200, np.uint8), np.zeros(200, np.int64))


def fill_submission(place: Path) -> None:
    data.write_submission(place / "submission.csv", np.zeros(30_000, np.int64))


def fill_gallery(place: Path) -> None:
    noise = np.random.default_rng(0)
    images = noise.integers(0, 256, (300, 28, 28), dtype=np.uint8)
    probabilities = noise.dirichlet(np.ones(10), 300)
    labels = np.arange(300) % 10
    gallery.collect(images, labels, np.arange(300), probabilities, noise.normal(size=(300, 3))).save(place)


@pytest.mark.parametrize(
    ("fill", "name", "needed"),
    [
        (fill_weights, checkpoint.WEIGHTS, r"needs \d{2,3},\d{3} bytes"),
        (fill_csv, "train.csv", "needs more than the"),
        (fill_submission, "submission.csv", "needs more than the"),
        (fill_gallery, gallery.ATLAS, "needs more than the"),
    ],
)
def test_a_full_disk_keeps_the_old_file_and_says_what_is_missing(small_disk, fill, name, needed):
    (small_disk / name).write_bytes(b"old")
    with pytest.raises(OSError, match=needed) as caught:
        fill(small_disk)
    assert caught.value.errno == errno.ENOSPC
    assert str(small_disk / name) in str(caught.value) and "are free" in str(caught.value)
    assert (small_disk / name).read_bytes() == b"old"
    assert [path.name for path in small_disk.iterdir()] == [name], "nothing half-written stays"


def test_training_killed_three_times_ends_at_the_same_weights(tmp_path):
    """`python -m tools.kills` does it twenty times."""
    kaggle = kills.small_csv(tmp_path)
    start = time.monotonic()
    assert kills.run(kaggle, tmp_path / "whole", kills.TRAINING)
    kills.kill_and_resume(kaggle, tmp_path / "killed", kills.TRAINING, 3, time.monotonic() - start)
    assert kills.broken(tmp_path / "killed") == []
    weights = [(tmp_path / name / checkpoint.WEIGHTS).read_bytes() for name in ("whole", "killed")]
    assert weights[0] == weights[1]
