"""Training that is killed again and again ends where an uninterrupted one does: `python -m tools.kills`, 20 times each.

One network is trained, and several with --folds.

Every kill is SIGKILL at a moment drawn by the seed within the time that a whole run takes.
"""

from __future__ import annotations

import os
import random
import shutil
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
from model.training.state import STATE
from tools import ROOT, command_line

SMALL = ["--widths", "4", "6", "8", "--batch-size", "64", "--device", "cpu", "--threads", "1"]
TRAINING = [*SMALL, "--epochs", "6", "--validation", "0.2"]
CROSS_VALIDATION = [*SMALL, "--epochs", "4", "--folds", "2"]


def small_csv(folder: Path) -> Path:
    """A train.csv of 300 drawn digits in `folder`."""
    images, labels = synthetic_batch(np.random.default_rng(0), 300)
    data.write_csv(folder / "train.csv", images, labels)
    return folder


def command(kaggle: Path, out: Path, flags: Sequence[str]) -> list[str]:
    """Begins the run, or goes on with it where an epoch was finished."""
    more = ["--resume", str(out)] if (out / STATE).exists() else ["--out", str(out), *flags]
    return [sys.executable, "train.py", "--data", str(kaggle), *more]


def run(kaggle: Path, out: Path, flags: Sequence[str], seconds: float | None = None) -> bool:
    """Train, for `seconds` at most; whether it came to its end. Raises RuntimeError when it ends with an error."""
    process = subprocess.Popen(
        command(kaggle, out, flags),
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        said = process.communicate(timeout=seconds)[1]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # the processes of the folds with it
        process.communicate()
        return False
    if process.returncode:
        raise RuntimeError(said.decode(errors="replace"))
    return True


def kill_and_resume(kaggle: Path, out: Path, flags: Sequence[str], times: int, whole: float, seed: int = 0) -> int:
    """Kill a training `times` times, each time going on with it, then let it end; how many kills met it alive."""
    rng = random.Random(seed)
    met = 0
    for _ in range(times):
        if run(kaggle, out, flags, rng.uniform(0.3, 1.0) * whole):
            shutil.rmtree(out)  # it came to its end before the kill: the next ones meet a new one
        else:
            met += 1
    run(kaggle, out, flags)
    return met


def networks(out: Path) -> dict[str, bytes]:
    """The weights of a run or of its folds, by their place in its folder. Raises ValueError for a broken one."""
    found = sorted(out.rglob(checkpoint.WEIGHTS))
    for path in found:
        checkpoint.load(path.parent)
    return {str(path.relative_to(out)): path.read_bytes() for path in found}


def broken(out: Path) -> list[str]:
    """What does not load or was left half done, in words; hidden temporary files of a killed process do no harm."""
    wrong = [f"{path.name} was left" for path in out.rglob("*.new")]
    try:
        if not networks(out):
            wrong.append("there is no network")
    except ValueError as error:
        wrong.append(str(error))
    return wrong


def measure(name: str, flags: Sequence[str], times: int, seed: int) -> bool:
    """Whether a killed training ends as an uninterrupted one does; prints what was found."""
    with tempfile.TemporaryDirectory(prefix="kills") as folder:
        home = Path(folder)
        kaggle = small_csv(home)
        start = time.monotonic()
        run(kaggle, home / "whole", flags)
        whole = time.monotonic() - start
        met = kill_and_resume(kaggle, home / "killed", flags, times, whole, seed)
        wrong = broken(home / "killed")
        same = not wrong and networks(home / "whole") == networks(home / "killed")
    print(
        f"{name}: {times} kills within {whole:.1f} s each, {met} hit a running training: "
        f"{'the same weights as uninterrupted' if same else 'OTHER WEIGHTS'}; {'; '.join(wrong) or 'no broken file'}"
    )
    return same


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit code is 1 when anything was broken or other than uninterrupted."""
    parser = command_line("kills", __doc__)
    parser.add_argument("--times", type=int, default=20, help="how often each is killed (default: 20)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments (default: 0)")
    args = parser.parse_args(arguments)
    kinds = (("one training", TRAINING), ("a training with --folds", CROSS_VALIDATION))
    return int(not all([measure(name, flags, args.times, args.seed) for name, flags in kinds]))


if __name__ == "__main__":
    sys.exit(main())
