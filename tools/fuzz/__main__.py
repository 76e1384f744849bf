"""`make fuzz`: 10,000 broken inputs for every fuzz target, counted; what breaks a target is kept in runs/fuzz.

    python -m tools.fuzz                      all targets; a quarter is guided by atheris where that is installed
    python -m tools.fuzz --inputs 500 --target picture
    python -m tools.fuzz --publish            and write the figures to docs/measured.json and docs/development.md

Each target is tried in a process of its own, which notes an input before it takes it: one that kills the process, by a
crash of a library or of memory, is found all the same. Seeded: the same inputs every time, except those of atheris.
Memory is the peak of the process over one input, time is processor time. Exits with 1 when anything broke.
"""

from __future__ import annotations

import collections
import contextlib
import importlib.util
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
    heavy: list[int] = []  # of the corpus: atheris would take them again and again
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
        if number < len(target.corpus) and seconds > 0.1:
            heavy.append(number)
        (note / "counts").write_text(json.dumps({**counts, "slowest": slowest, "largest": largest, "heavy": heavy}))


def keep(name: str, number: int, raw: bytes, why: str) -> None:
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / f"{name}-{number}").write_bytes(raw)
    print(f"{name} {number}: {why[:400]}  (kept as {KEPT / f'{name}-{number}'})", flush=True)


def try_target(name: str, inputs: int, seed: int) -> dict[str, Any]:
    """Counts of a target over `inputs`; when its process dies, that is a crash, and a new one goes on after it."""
    total: collections.Counter[str] = collections.Counter()
    slowest = largest = 0.0
    heavy: list[int] = []
    first = 0
    with tempfile.TemporaryDirectory(prefix="fuzz") as folder:
        note = Path(folder)
        environment = {**os.environ, "GRADIO_TEMP_DIR": str(note / "uploads"), "OMP_NUM_THREADS": "1"}
        while first < inputs:
            for file in ("counts", "number"):
                (note / file).unlink(missing_ok=True)
            command = [sys.executable, "-m", "tools.fuzz", "--work", name, str(first), str(inputs), str(seed), folder]
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
            before, died = -1, False
            while process.poll() is None:
                try:
                    process.wait(timeout=PATIENCE)
                except subprocess.TimeoutExpired:
                    now = int((note / "number").read_text())
                    if now == before:  # not one input in all that time
                        process.kill()
                    before = now
            died = process.returncode != 0
            counts = json.loads((note / "counts").read_text()) if (note / "counts").exists() else {}
            slowest = max(slowest, counts.pop("slowest", 0.0))
            largest = max(largest, counts.pop("largest", 0.0))
            heavy += counts.pop("heavy", [])
            total.update(counts)
            if not died:
                break
            if not (note / "number").exists():
                raise RuntimeError(f"the target {name} did not start; python -m tools.fuzz --work {name} … says why")
            number = int((note / "number").read_text())
            total["crashes"] += 1
            keep(name, number, (note / "input").read_bytes(), f"the process ended with {process.returncode}")
            first = number + 1
    return {"inputs": inputs, **total, "slowest": slowest, "largest": largest, "heavy": heavy}


def guide(name: str, inputs: int, seed: int, heavy: list[int]) -> dict[str, Any]:
    """Inputs that atheris finds by coverage, beginning with the target's corpus. A crash ends its run."""
    from tools.fuzz.targets import targets

    with tempfile.TemporaryDirectory(prefix="fuzz") as folder:
        home = Path(folder)
        corpus = home / "corpus"
        corpus.mkdir()
        for number, raw in enumerate(targets(home)[name]().corpus):
            if number not in heavy and len(raw) < 100_000:
                (corpus / str(number)).write_bytes(raw)
        environment = {**os.environ, "GRADIO_TEMP_DIR": str(home / "uploads"), "OMP_NUM_THREADS": "1"}
        KEPT.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "tools.fuzz", "--atheris", name, str(corpus), f"-runs={inputs}",
                   f"-seed={seed + 1}", "-max_len=100000", "-timeout=60", "-rss_limit_mb=2048",
                   f"-artifact_prefix={KEPT}/{name}-atheris-"]  # fmt: skip
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, errors="replace")
    ran = [int(number) for number in re.findall(r"^#(\d+)\s", done.stderr, re.MULTILINE)]
    if done.returncode:
        print(f"{name}, atheris: {done.stderr[-3000:]}", flush=True)
    return {"inputs": min(max(ran, default=0), inputs), "crashes": int(done.returncode != 0)}


def guided(name: str, arguments: list[str]) -> None:
    """The process that atheris drives: it never returns."""
    import atheris

    logging.disable(logging.CRITICAL)
    with atheris.instrument_imports(include=["model", "ui"]):
        from tools.fuzz.targets import targets
    target = targets()[name]()

    def one(raw: bytes) -> None:
        target.enter(raw)

    atheris.Setup(["fuzz", *arguments], one)
    atheris.Fuzz()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = command_line("fuzz", __doc__)
    parser.add_argument(
        "--inputs", type=int, default=10_000, help="how many for all targets together (default: 10,000)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the mutations (default: 0)")
    parser.add_argument("--target", choices=SHARES, help="only this one (default: all)")
    parser.add_argument("--publish", action="store_true", help="write the figures into docs/")
    args = parser.parse_args(arguments)
    chosen = {args.target: 1} if args.target else SHARES
    has_atheris = importlib.util.find_spec("atheris") is not None
    if not has_atheris:
        print("atheris is not installed (pip install atheris): all inputs come from our own mutator")
    result: dict[str, Any] = {"inputs": 0, "refused": 0, "read": 0, "crashes": 0, "over": 0}
    slowest = largest = 0.0
    for name, share in chosen.items():
        inputs = round(args.inputs * share / sum(chosen.values()))
        some = inputs // 4 if has_atheris else 0
        ours = try_target(name, inputs - some, args.seed)
        theirs = guide(name, some, args.seed, ours["heavy"]) if some else {"inputs": 0, "crashes": 0}
        slowest, largest = max(slowest, ours["slowest"]), max(largest, ours["largest"])
        for key in result:
            result[key] += ours.get(key, 0) + theirs.get(key, 0)
        print(
            f"{name:8s} {ours['inputs']:6,} of ours: {ours.get('refused', 0):,} refused, {ours.get('read', 0):,} read; "
            f"{theirs['inputs']:,} of atheris; {ours.get('crashes', 0) + theirs['crashes']} crashes; "
            f"slowest {ours['slowest']:.2f} s, largest {ours['largest']:.0f} MB",
            flush=True,
        )
    result |= {"slowest_seconds": round(slowest, 2), "largest_megabytes": round(largest), "seed": args.seed,
               "machine": f"{platform.machine()} {platform.system()}"}  # fmt: skip
    result["engine"] = "our mutator and atheris" if has_atheris else "our mutator"
    print(json.dumps(result))
    if args.publish and not args.target:
        publish("fuzz", result)
    return int(bool(result["crashes"] or result["over"]))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]), Path(sys.argv[6]))
        os._exit(0)
    elif sys.argv[1:2] == ["--atheris"]:
        guided(sys.argv[2], sys.argv[3:])
    else:
        sys.exit(main())
