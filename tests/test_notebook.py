"""The notebook runs from top to bottom on a small CSV, and is kept without outputs."""

import os
import sys
from pathlib import Path
from unittest.mock import MagicMock

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from model.synthesis.render import synthetic_batch
from model.training import data

NOTEBOOK = Path(__file__).resolve().parent.parent / "notebooks" / "digit_recognizer.ipynb"


@pytest.fixture(scope="module")
def executed(tmp_path_factory) -> nbformat.NotebookNode:
    """The notebook after a run in its own folder, on 600 drawn digits."""
    folder = tmp_path_factory.mktemp("kaggle")
    data.write_csv(folder / "train.csv", *synthetic_batch(np.random.default_rng(0), 600))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    environment = {**os.environ, "DIGITS": str(folder), "EPOCHS": "2", "OMP_NUM_THREADS": "1"}
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(NOTEBOOK.parent)}})
    return client.execute(env=environment)


def cell(contained: str) -> str:
    """The source of the one cell with this text in it, without what only notebooks understand."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    (found,) = [one.source for one in notebook.cells if one.cell_type == "code" and contained in one.source]
    return "\n".join(line for line in found.splitlines() if not line.startswith("%"))


class Loaded:
    """What the cell of the data does, with the paths that it looks at put below a folder of the test."""

    def __init__(self, machine: Path, here: Path, clone: Path) -> None:
        self.read: list[Path] = []
        self.said: list[str] = []
        source = cell("load_csv(").replace('"/kaggle', f'"{machine}/kaggle')
        names = {
            "os": os, "Path": Path, "np": np, "HERE": here, "root": clone, "plots": MagicMock(),
            "load_csv": self.load, "download": lambda folder: Path("MNIST"),
            "print": lambda *words, sep=" ": self.said.append(sep.join(map(str, words))),
        }  # fmt: skip
        exec(source, names)

    def load(self, path: Path) -> MagicMock:
        self.read.append(path)
        return MagicMock(labels=np.arange(10), images=np.zeros((10, 28, 28)))


@pytest.mark.parametrize(
    "place",
    [
        "kaggle/input/competitions/digit-recognizer",
        "kaggle/input/digit-recognizer",
        "content/digit-recognizer.zip",
        "content/train.csv",
        "content/digit-reader/digit-recognizer.zip",
    ],
)
def test_the_data_are_found_where_kaggle_colab_and_people_have_them(place, tmp_path, monkeypatch):
    monkeypatch.delenv("DIGITS", raising=False)
    here = tmp_path / "content"
    (here / "digit-reader").mkdir(parents=True)
    (tmp_path / place).mkdir(parents=True)
    loaded = Loaded(tmp_path, here, here / "digit-reader")
    assert loaded.read == [tmp_path / place]
    assert not any("NO KAGGLE DATA" in line for line in loaded.said)


def test_it_says_loudly_that_it_takes_mnist(tmp_path, monkeypatch):
    monkeypatch.delenv("DIGITS", raising=False)
    loaded = Loaded(tmp_path, tmp_path, tmp_path)
    assert loaded.read == [Path("MNIST")]
    assert loaded.said[0].startswith("NO KAGGLE DATA FOUND. Training on MNIST instead")


def test_without_a_repository_it_says_what_to_set(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="Set REPOSITORY"):
        exec(cell("REPOSITORY ="), {})


def test_it_stays_in_its_folder_and_finds_the_repository(monkeypatch):
    monkeypatch.chdir(NOTEBOOK.parent)
    monkeypatch.setattr(sys, "path", list(sys.path))
    names: dict[str, object] = {}
    exec(cell("REPOSITORY ="), names)
    assert names["root"] == NOTEBOOK.parent.parent and Path.cwd() == NOTEBOOK.parent
    assert "chdir" not in "".join(one.source for one in nbformat.read(NOTEBOOK, as_version=4).cells)


def outputs(notebook: nbformat.NotebookNode, contained: str) -> list[nbformat.NotebookNode]:
    """What the one cell with this text in it printed and showed."""
    (one,) = [one for one in notebook.cells if one.cell_type == "code" and contained in one.source]
    return one.outputs


def printed(notebook: nbformat.NotebookNode, contained: str) -> str:
    return "".join(output.get("text", "") for output in outputs(notebook, contained))


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_it_trains_reports_and_reads_a_page(executed):
    assert "600 digits from" in printed(executed, "load_csv(")
    assert "epoch 2: loss" in printed(executed, "trainer.fit(")
    assert "(95% interval" in printed(executed, "metrics.report")
    text = printed(executed, "read_photo")
    assert len([line for line in text.splitlines() if line.strip().isdigit()]) >= 2


def test_every_picture_is_shown(executed):
    shown = [
        cell
        for cell in executed.cells
        if cell.cell_type == "code" and any("image/png" in output.get("data", {}) for output in cell.outputs)
    ]
    plotting = [cell for cell in executed.cells if cell.cell_type == "code" and "plots." in cell.source]
    assert len(plotting) == 7 and all(cell in shown for cell in plotting)


def test_it_is_kept_without_outputs():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in notebook.cells)
