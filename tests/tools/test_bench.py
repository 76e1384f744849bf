"""The benches run, and count what they say they count. No time is asserted."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from model.results import Epoch
from model.synthesis.render import synthetic_batch
from model.training import data
from model.training.config import TrainConfig
from tools import environment
from tools.bench_photos import Reading, compare, figures, fonts, pages, printed_page, strings
from tools.bench_training import FAST, main, reached, summary, train

CURVES = [
    Epoch(1, 0.1, accuracy, seconds=2 * cpu, cpu_seconds=cpu)
    for accuracy, cpu in ((0.98, 10.0), (0.993, 11.0), (0.991, 12.0))
]


def test_time_to_an_accuracy_is_the_sum_up_to_the_first_epoch_there():
    assert reached(CURVES, 0.98) == 10 and reached(CURVES, 0.99) == 21
    assert reached(CURVES, 0.99, "seconds") == 42 and reached(CURVES, 0.994) is None
    assert "99.00% in 21 CPU s (42 s by the clock); ends at 99.10% after 33 CPU s" in summary("ours", CURVES, 0.99)
    assert "never reached 99.40%" in summary("ours", CURVES, 0.994)


def test_the_fast_training_is_a_real_one(tmp_path: Path):
    images, labels = synthetic_batch(np.random.default_rng(0), 200)
    data.write_csv(tmp_path / "train.csv", images, labels)
    curves = train(TrainConfig(**{**FAST, "epochs": 2, "device": "cpu"}), tmp_path)
    assert len(curves) == 2 and all(point.cpu_seconds > 0 for point in curves)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two pages and two strings are enough for a test."""
    monkeypatch.setattr("tools.bench_photos.PAGES", 2)
    monkeypatch.setattr("tools.bench_photos.STRINGS", 2)


def test_pages_and_strings_say_what_stands_on_them(few: None):
    for make, rows in ((pages, 4), (strings, 1)):
        composed = make(np.random.default_rng(0))
        assert all(one.text.count("\n") + 1 <= rows and len(one.text) > 2 for one in composed)
        assert all(len(one.boxes) == len(one.text.replace("\n", "")) for one in composed)
        perfect = [Reading(one.text, 0.5) for one in composed]
        assert figures(composed, perfect).split() == ["100.0%", "100.0%", "0.500"]
        assert figures(composed, [Reading("", 0.5)] * len(composed)).split() == ["0.0%", "0.0%", "0.500"]


def test_printed_pages_are_full_of_letters():
    page, count = printed_page(np.random.default_rng(0), fonts()[0])
    assert 250 <= count < 350 and page.dtype == np.uint8 and 0.01 < (page < 128).mean() < 0.3


def test_an_environment_that_is_there_is_not_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    with pytest.raises(subprocess.CalledProcessError):
        monkeypatch.setattr("venv.create", lambda *_, **__: None)
        monkeypatch.setattr("subprocess.run", broken)
        environment("other", "nothing")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "installed").touch()
    assert environment("other", "nothing").parent.parent == tmp_path / "other"


def broken(*_: object, **__: object) -> None:
    raise subprocess.CalledProcessError(1, "pip")


def test_without_a_package_index_the_other_reader_is_skipped(
    few: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def fails(*_: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr("tools.bench_photos.environment", fails)
    monkeypatch.setattr("tools.bench_photos.ours", lambda _, composed: [Reading(one.text, 0.1) for one in composed])
    compare(None)  # type: ignore[arg-type]
    said = capsys.readouterr().out
    assert said.count("PP-OCRv6 is skipped: it could not be installed or run here (OSError)") == 2


def test_without_data_it_says_so(capsys: pytest.CaptureFixture[str]):
    main([])
    assert "no training was measured" in capsys.readouterr().out
