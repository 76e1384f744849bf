"""The notebook runs from top to bottom on a small CSV, and is kept without outputs."""

import os
from pathlib import Path

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


def outputs(notebook: nbformat.NotebookNode, contained: str) -> list[nbformat.NotebookNode]:
    """What the one cell with this text in it printed and showed."""
    (cell,) = [cell for cell in notebook.cells if cell.cell_type == "code" and contained in cell.source]
    return cell.outputs


def printed(notebook: nbformat.NotebookNode, contained: str) -> str:
    return "".join(output.get("text", "") for output in outputs(notebook, contained))


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_it_trains_reports_and_reads_a_page(executed):
    assert "600 digits from" in printed(executed, "load_csv(")
    assert "epoch 2: loss" in printed(executed, "fit(config")
    assert "(95 % interval" in printed(executed, "evaluate.report")
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
