"""MNIST in the place of Kaggle's CSV: damaged files are fetched again, failures keep their cause."""

from pathlib import Path

import numpy as np
import pytest

from model.training import data
from model.training.download import download


def test_a_download_without_internet_says_what_to_do(tmp_path, monkeypatch):
    """Every mirror of torchvision's answers with an error, as it does without internet."""
    mnist = pytest.importorskip("torchvision.datasets").MNIST
    monkeypatch.setattr(mnist, "mirrors", ["http://127.0.0.1:9/"])
    with pytest.raises(OSError, match=r"--data digit-recognizer\.zip"):
        download(tmp_path)


def written(raw: Path, images: np.ndarray, labels: np.ndarray) -> None:
    """MNIST's two files for training, as they lie unpacked in data/MNIST/raw."""
    raw.mkdir(parents=True, exist_ok=True)
    head = b"".join(number.to_bytes(4, "big") for number in (0x803, *images.shape))
    (raw / "train-images-idx3-ubyte").write_bytes(head + images.tobytes())
    head = b"".join(number.to_bytes(4, "big") for number in (0x801, len(labels)))
    (raw / "train-labels-idx1-ubyte").write_bytes(head + labels.astype(np.uint8).tobytes())


def test_damaged_files_of_mnist_are_said_and_fetched_again(tmp_path, monkeypatch, capsys):
    mnist = pytest.importorskip("torchvision.datasets").MNIST
    images = np.random.default_rng(0).integers(0, 256, (20, 28, 28), np.uint8)
    raw = tmp_path / "MNIST" / "raw"

    def fetch(self) -> None:
        if not (raw / "train-images-idx3-ubyte").exists():
            written(raw, images, np.arange(20) % 10)

    monkeypatch.setattr(mnist, "download", fetch)
    monkeypatch.setattr(mnist, "_check_exists", lambda self: True)
    written(raw, images, np.arange(20) % 10)
    path = raw / "train-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:-1000])
    digits = data.load_csv(download(tmp_path))
    np.testing.assert_array_equal(digits.images, images)
    error = capsys.readouterr().err
    assert str(raw) in error and "damaged" in error and error.count("\n") == 1


def test_a_failed_download_keeps_its_cause(tmp_path, monkeypatch):
    mnist = pytest.importorskip("torchvision.datasets").MNIST

    def fetch(self) -> None:
        try:
            raise OSError("HTTP Error 403: Forbidden")
        except OSError as cause:
            raise RuntimeError("Error downloading train-images-idx3-ubyte.gz:\nTried all mirrors") from cause

    monkeypatch.setattr(mnist, "download", fetch)
    with pytest.raises(OSError, match=r"train-images.* because of HTTP Error 403: Forbidden; without") as caught:
        download(tmp_path)
    assert "\n" not in str(caught.value)
