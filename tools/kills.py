"""Training that is killed again and again ends where an uninterrupted one does: `python -m tools.kills`, 20 times.

Every kill is SIGKILL at a moment drawn by the seed within the time that a whole run takes.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from model import checkpoint
from model.synthesis.render import synthetic_batch
from model.training import data

ROOT = Path(__file__).resolve().parent.parent
STATE = "state.safetensors"
FLAGS = ["--widths", "4", "6", "8", "--batch-size", "64", "--epochs", "6", "--validation", "0.2", "--device", "cpu"]


def small_csv(folder: Path) -> Path:
    """A train.csv of 300 drawn digits in `folder`."""
    images, labels = synthetic_batch(np.random.default_rng(0), 300)
    data.write_csv(folder / "train.csv", images, labels)
    return folder


def command(kaggle: Path, out: Path) -> list[str]:
    """Begins the run, or goes on with it where an epoch was finished."""
    flags = ["--resume", str(out)] if (out / STATE).exists() else ["--out", str(out), *FLAGS]
    return [sys.executable, "train.py", "--data", str(kaggle), *flags]


def run(kaggle: Path, out: Path, seconds: float | None = None) -> bool:
    """Train, for `seconds` at most; whether it came to its end. Raises RuntimeError when it ends with an error."""
    process = subprocess.Popen(
        command(kaggle, out),
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        said = process.communicate(timeout=seconds)[1]
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return False
    if process.returncode:
        raise RuntimeError(said.decode(errors="replace"))
    return True


def kill_and_resume(kaggle: Path, out: Path, times: int, whole: float, seed: int = 0) -> int:
    """Kill a training `times` times, each time going on with it, then let it end; how many kills met it alive."""
    rng = random.Random(seed)
    met = 0
    for _ in range(times):
        met += not run(kaggle, out, rng.uniform(0.3, 1.0) * whole)
    run(kaggle, out)
    return met


def broken(out: Path) -> list[str]:
    """What does not load or was left half done, in words; hidden temporary files of a killed process do no harm."""
    wrong = [f"{path.name} was left" for path in out.iterdir() if path.name.endswith(".new")]
    try:
        checkpoint.load(out)
    except ValueError as error:
        wrong.append(str(error))
    return wrong


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=20, help="how often it is killed (default: 20)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments (default: 0)")
    args = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="kills") as folder:
        home = Path(folder)
        kaggle = small_csv(home)
        start = time.monotonic()
        run(kaggle, home / "whole")
        whole = time.monotonic() - start
        met = kill_and_resume(kaggle, home / "killed", args.times, whole, args.seed)
        files = [(home / name / checkpoint.WEIGHTS).read_bytes() for name in ("whole", "killed")]
        wrong = broken(home / "killed")
    same = files[0] == files[1]
    print(
        f"{args.times} kills within {whole:.1f} s each, {met} met a running training: "
        f"{'the same weights as uninterrupted' if same else 'OTHER WEIGHTS'}; {'; '.join(wrong) or 'no broken file'}"
    )
    return int(bool(wrong) or not same)


if __name__ == "__main__":
    sys.exit(main())
