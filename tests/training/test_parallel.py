"""torchrun with two processes on the CPU: the same network as from one, written once."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import train
from model import checkpoint
from model.synthesis.render import synthetic_batch
from model.training import data, parallel

ROOT = Path(__file__).resolve().parents[2]
FAST = [
    "--network",
    "two-conv-adam",
    "--epochs",
    "2",
    "--validation",
    "0.2",
    "--device",
    "cpu",
    "--batch-size",
    "50",
    "--threads",
    "1",
]
FLAGS = [*FAST, "--threads", "1", "--precision", "float32", "--synthetic", "0.1", "--non-digits", "0"]


def torchrun(*arguments: str, processes: int = 2) -> subprocess.CompletedProcess[str]:
    start = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    return subprocess.run(
        [sys.executable, *start, *arguments],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture(scope="module")
def kaggle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kaggle")
    images, labels = synthetic_batch(np.random.default_rng(0), 300)
    data.write_csv(folder / "train.csv", images, labels)
    return folder


def test_two_processes_train_what_one_trains_and_write_it_once(kaggle, tmp_path):
    alone, together = tmp_path / "alone", tmp_path / "together"
    assert train.main(["--data", str(kaggle), "--out", str(alone), *FLAGS]) == 0
    done = torchrun("train.py", "--data", str(kaggle), "--out", str(together), *FLAGS)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("validation accuracy") == 1
    assert {path.name for path in together.iterdir()} == {path.name for path in alone.iterdir()}
    card = json.loads((together / "card.json").read_text())
    assert card["machine"].startswith("2 processes") and card["epochs"] == 2
    one, two = (load_file(folder / checkpoint.WEIGHTS) for folder in (alone, together))
    for name, value in one.items():
        torch.testing.assert_close(two[name], value, rtol=1e-3, atol=2e-4)
    assert any(not torch.equal(two[name], one[name]) for name in one)  # it was summed in another order


RANKS = """
import os, sys
from dataclasses import asdict
from pathlib import Path
import numpy as np, torch
from model.training import parallel, loop
from model.training.config import TrainConfig
from model.synthesis.render import synthetic_batch
torch.set_num_threads(1)
images, labels = synthetic_batch(np.random.default_rng(0), 120)
config = TrainConfig(widths=(4, 6, 8), epochs=2, batch_size=30, device="cpu", non_digits=0.1, threads=1)
with parallel.group():
    calls = []
    trainer = loop.Trainer(config, loop.Pictures(images, labels), loop.Pictures(images[:20], labels[:20]))
    net = trainer.fit(on_epoch=lambda state: calls.append(state.progress.epoch))
    torch.save((net.state_dict(), asdict(trainer.progress), calls), f"{sys.argv[1]}/{parallel.rank()}.pt")
    if len(sys.argv) > 2 and parallel.rank() == 1:
        raise ValueError("a broken GPU")
    if len(sys.argv) > 2:
        parallel.broadcast_object(0)
        torch.distributed.barrier()
names = [task.joinpath("comm").read_text() for task in Path("/proc/self/task").glob("*")]
Path(sys.argv[1], f"{os.environ['RANK']}.threads").write_text("".join(names))
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder where two processes left what each of them held at the end."""
    folder = tmp_path_factory.mktemp("ranks")
    (folder / "ranks.py").write_text(f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n" + RANKS)
    done = torchrun(str(folder / "ranks.py"), str(folder))
    assert done.returncode == 0, done.stderr
    return folder


def test_every_process_ends_with_the_weights_of_the_first(trained):
    first, second = (torch.load(trained / f"{rank}.pt") for rank in (0, 1))
    assert first[0].keys() == second[0].keys() and first[1] == second[1]
    for name, value in first[0].items():
        assert torch.equal(value, second[0][name]), name
    assert first[2] == [1, 2] and second[2] == []


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="lists threads as Linux shows them")
def test_no_thread_of_the_group_outlives_it(trained):
    """One that does may abort the process while Python shuts down; the training then counts as failed."""
    for rank in (0, 1):
        threads = (trained / f"{rank}.threads").read_text().split()
        assert threads and not [name for name in threads if "gloo" in name], threads


def test_an_error_in_one_process_ends_all(tmp_path):
    (tmp_path / "ranks.py").write_text(f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n" + RANKS)
    done = torchrun(str(tmp_path / "ranks.py"), str(tmp_path), "break")
    assert done.returncode != 0 and "a broken GPU" in done.stderr


def test_an_impossible_flag_is_refused_in_all_processes(kaggle, tmp_path):
    done = torchrun("train.py", "--data", str(kaggle), "--out", str(tmp_path / "x"), "--epochs", "0")
    assert done.returncode != 0 and "got epochs 0" in done.stderr and not (tmp_path / "x").exists()


def test_shares_of_a_batch_add_up(monkeypatch):
    monkeypatch.setattr(parallel, "processes", lambda: 3)
    values = torch.arange(7.0)
    total = 0.0
    for rank in range(3):
        monkeypatch.setattr(parallel, "rank", lambda rank=rank: rank)
        (mine, _), factor = parallel.shard(values, values)
        total += float(mine.mean()) * factor / 3
    assert total == pytest.approx(float(values.mean()))
    (whole,), factor = parallel.shard(values[:2])
    assert len(whole) == 2 and factor == 1.0
