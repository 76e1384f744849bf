"""Where a training runs, and what it says when the hardware cannot; no GPU is needed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import train
from model.training import device, loop
from model.training.data import write_csv


@pytest.fixture
def apple(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with an Apple GPU."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)


@pytest.mark.usefixtures("apple")
def test_an_apple_gpu_is_chosen_by_auto() -> None:
    found = device.choose_device("auto")
    assert found.type == "mps" and device.choose_device("cpu").type == "cpu"
    assert not device.uses_bfloat16("auto", found) and device.uses_bfloat16("bfloat16", found)
    assert device.machine(found).startswith("the Apple GPU of ")
    with pytest.raises(ValueError, match="got 'cuda', expected auto, cpu"):
        device.choose_device("cuda")


def test_without_a_gpu_auto_is_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert device.choose_device("auto").type == "cpu"
    for name in ("mps", "cuda:1", "tpu", ""):
        with pytest.raises(ValueError, match=f"got '{name}', expected auto"):
            device.choose_device(name)


FLAGS = ["--widths", "4", "6", "8", "--synthetic", "0", "--non-digits", "0", "--validation", "0.5", "--device", "cpu"]
FAULTS = [
    (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), ["batches of 256", "--batch-size"]),
    (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"), ["--batch-size"]),
    (MemoryError(), ["--batch-size"]),
    (RuntimeError("CUDA error: no kernel image is available for execution on the device"), ["too old", "--device cpu"]),
]


@pytest.mark.parametrize(("error", "words"), FAULTS)
def test_a_fault_of_the_hardware_is_one_sentence_that_says_what_to_do(error: Exception, words: list[str]) -> None:
    begun = device.fault(error, 256, Path("runs/one"), is_resumable=True)
    assert begun is not None and "\n" not in begun
    for word in [*words, "--resume 'runs/one'", "--device cpu"]:
        assert word in begun
    new = device.fault(error, 256, Path("runs/one"), is_resumable=False)
    assert new is not None and "--resume" not in new
    assert device.fault(RuntimeError("a bug of ours"), 256, Path("runs/one"), is_resumable=True) is None


def test_the_command_says_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fit(*_: object) -> None:
        raise FAULTS[0][0]

    monkeypatch.setattr(loop.Trainer, "fit", fit)
    data = tmp_path / "train.csv"
    write(data)
    assert train.main(["--data", str(data), "--out", str(tmp_path / "run"), *FLAGS]) == 1
    assert capsys.readouterr().err.strip().splitlines()[-1].startswith("training: out of memory with batches of 256")


def test_a_network_that_does_not_fit_in_memory_is_said_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def make(*_: object) -> None:
        raise FAULTS[1][0]

    monkeypatch.setattr(loop, "make_network", make)
    data = tmp_path / "train.csv"
    write(data)
    assert train.main(["--data", str(data), "--out", str(tmp_path / "run"), *FLAGS]) == 1
    assert "smaller --widths" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_names_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "train.csv"
    write(data)
    assert train.main(["--data", str(data), "--out", str(data / "run"), *FLAGS]) == 1
    assert "Not a directory; choose another folder with --out" in capsys.readouterr().err


def write(path: Path) -> None:
    """A CSV of two blank pictures of each digit."""
    write_csv(path, np.zeros((20, 28, 28), np.uint8), np.arange(20) % 10)
