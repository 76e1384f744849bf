"""`make fuzz`: 10,000 broken inputs for every fuzz target, counted; what breaks a target is kept in runs/fuzz.

    python -m tools.fuzz                      all targets
    python -m tools.fuzz --inputs 500 --target picture
    python -m tools.fuzz --publish            and write the figures to docs/measured.json and docs/development.md

Each target is tried in a process of its own, which notes an input before it takes it: one that kills the process, by a
crash of a library or of memory, is found all the same. Seeded: the same inputs every time.
Memory is the peak of the process over one input, time is processor time. Exits with 1 when anything broke.
"""

from __future__ import annotations

import collections
import contextlib
import json
import logging
import os
import platform
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools import ROOT, command_line
from tools.measured import publish

KEPT = ROOT / "runs" / "fuzz"
SHARES = {
    "picture": 5,
    "pad": 3,
    "requests": 2,
    "reader": 3,
    "csv": 3,
    "card": 2,
    "weights": 1,
    "state": 1,
    "gallery": 1,
}
SLOW, LARGE = 5.0, 1000.0  # seconds, megabytes: more is a failure as well
PATIENCE = 600  # seconds for a process to take its next inputs


def memory(key: str) -> float:
    """Megabytes of this process, VmRSS now or VmHWM at most since `forget`; 0 where /proc is not."""
    try:
        found = re.search(rf"{key}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def forget() -> None:
    """Sets the peak of memory back to what is used now."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def work(name: str, first: int, last: int, seed: int, note: Path) -> None:
    """Takes the target's own corpus, then mutations, from number `first` on; prints one line of JSON at the end."""
    from tools.fuzz.mutate import mutate
    from tools.fuzz.targets import targets

    logging.disable(logging.CRITICAL)
    target = targets()[name]()
    counts: collections.Counter[str] = collections.Counter()
    slowest = largest = 0.0
    for number in range(first, last):
        if number < len(target.corpus):
            raw = target.corpus[number]
        else:
            raw = mutate(random.Random(f"{seed} {name} {number}"), target.corpus)
        (note / "number").write_text(str(number))
        (note / "input").write_bytes(raw)
        forget()
        start = time.process_time()
        try:
            counts["read" if target.enter(raw) is None else "refused"] += 1
        except Exception as error:
            counts["crashes"] += 1
            keep(name, number, raw, f"{type(error).__name__}: {error}")
        seconds, megabytes = time.process_time() - start, memory("VmHWM")
        if seconds > SLOW or megabytes > LARGE:
            counts["over"] += 1
            keep(name, number, raw, f"{seconds:.1f} s, {megabytes:.0f} MB")
        slowest, largest = max(slowest, seconds), max(largest, megabytes)
        (note / "counts").write_text(json.dumps({**counts, "slowest": slowest, "largest": largest}))


def keep(name: str, number: int, raw: bytes, why: str) -> None:
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / f"{name}-{number}").write_bytes(raw)
    print(f"{name} {number}: {why[:400]}  (kept as {KEPT / f'{name}-{number}'})", flush=True)


def try_target(name: str, inputs: int, seed: int) -> dict[str, Any]:
    """Counts of a target over `inputs`; when its process dies, that is a crash, and a new one goes on after it."""
    total: collections.Counter[str] = collections.Counter()
    slowest = largest = 0.0
    first = 0
    with tempfile.TemporaryDirectory(prefix="fuzz") as folder:
        note = Path(folder)
        while first < inputs:
            code = run_process([name, str(first), str(inputs), str(seed), folder], note)
            counts = json.loads((note / "counts").read_text()) if (note / "counts").exists() else {}
            slowest, largest = max(slowest, counts.pop("slowest", 0.0)), max(largest, counts.pop("largest", 0.0))
            total.update(counts)
            if code == 0:
                break
            if not (note / "number").exists():
                raise RuntimeError(f"the target {name} did not start; python -m tools.fuzz --work {name} … says why")
            number = int((note / "number").read_text())
            total["crashes"] += 1
            keep(name, number, (note / "input").read_bytes(), f"the process ended with {code}")
            first = number + 1
    return {"inputs": inputs, **total, "slowest": slowest, "largest": largest}


def run_process(arguments: Sequence[str], note: Path) -> int:
    """The exit code of a process that does `work`; one that takes no new input for PATIENCE seconds is killed."""
    for file in ("counts", "number"):
        (note / file).unlink(missing_ok=True)
    environment = {**os.environ, "GRADIO_TEMP_DIR": str(note / "uploads"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tools.fuzz", "--work", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    before = -1
    while True:
        try:
            return process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            now = int((note / "number").read_text())
            if now == before:
                process.kill()
            before = now


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = command_line("fuzz", __doc__)
    parser.add_argument("--inputs", type=int, default=10_000, help="how many for all targets (default: 10,000)")
    parser.add_argument("--seed", type=int, default=0, help="of the mutations (default: 0)")
    parser.add_argument("--target", choices=SHARES, help="only this one (default: all)")
    parser.add_argument("--publish", action="store_true", help="write the figures into docs/")
    args = parser.parse_args(arguments)
    chosen = {args.target: 1} if args.target else SHARES
    result: dict[str, Any] = {"inputs": 0, "refused": 0, "read": 0, "crashes": 0, "over": 0}
    slowest = largest = 0.0
    for name, share in chosen.items():
        counts = try_target(name, round(args.inputs * share / sum(chosen.values())), args.seed)
        slowest, largest = max(slowest, counts["slowest"]), max(largest, counts["largest"])
        for key in result:
            result[key] += counts.get(key, 0)
        print(
            f"{name:8s} {counts['inputs']:6,} inputs: {counts.get('refused', 0):,} refused, {counts.get('read', 0):,} "
            f"read, {counts.get('crashes', 0)} crashes; slowest {counts['slowest']:.2f} s, "
            f"largest {counts['largest']:.0f} MB",
            flush=True,
        )
    result |= {"slowest_seconds": round(slowest, 2), "largest_megabytes": round(largest), "seed": args.seed,
               "machine": f"{platform.machine()} {platform.system()}"}  # fmt: skip
    print(json.dumps(result))
    if args.publish and not args.target:
        publish("fuzz", result)
    return int(bool(result["crashes"] or result["over"]))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]), Path(sys.argv[6]))
        os._exit(0)
    else:
        sys.exit(main())
