"""The Dockerfile's steps, done without a daemon: what it copies is enough, and the app writes nothing beside it."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools import ROOT

STEPS = [
    (word, rest.strip())
    for word, rest in re.findall(r"^([A-Z]+)\s+(.*)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
]


def steps(word: str) -> list[str]:
    return [rest for one, rest in STEPS if one == word]


def environment() -> dict[str, str]:
    """What the ENV lines set."""
    return dict(pair.split("=", 1) for line in steps("ENV") for pair in shlex.split(line))


def command(line: str) -> list[str]:
    """A command in JSON form, by the interpreter of the tests."""
    words = json.loads(line)
    return [sys.executable if word == "python" else word for word in words]


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """/app as the COPY lines make it, of committed files alone, none of them writable."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    app = tmp_path / "app"
    for line in steps("COPY"):
        *sources, _ = line.split()
        for name in (name for name in listed.stdout.splitlines() if name.split("/")[0] in sources):
            (app / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, app / name)
    for path in app.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    app.chmod(0o555)
    return app


def test_every_step_is_one_that_is_tested_here() -> None:
    assert {word for word, _ in STEPS} == {
        "FROM", "ENV", "WORKDIR", "COPY", "RUN", "USER", "EXPOSE", "HEALTHCHECK", "CMD",
    }  # fmt: skip
    names = [name for line in steps("COPY") for name in line.split()[:-1]]
    assert all((ROOT / name).exists() for name in names)
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert ignored[0] == "*" and {line[1:] for line in ignored if line.startswith("!")} == set(names)


def test_it_installs_what_the_repository_pins_and_runs_as_nobody_special() -> None:
    installed = [line for line in steps("RUN") if line.startswith("pip install -r ")]
    assert [line.split()[-1] for line in installed] == ["pre-requirements.txt", "requirements.txt"]
    assert steps("USER") == ["1000"] and not any(word == "COPY" for word, _ in STEPS[STEPS.index(("USER", "1000")) :])
    front = re.search(r'python_version: "(.*)"', (ROOT / "README.md").read_text(encoding="utf-8"))
    assert front and steps("FROM") == [f"python:{front[1]}-slim"]
    assert steps("EXPOSE") == [environment()["GRADIO_SERVER_PORT"]]


def test_the_app_answers_from_read_only_code(image: Path, tmp_path: Path, weights: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    home = tmp_path / "tmp"
    home.mkdir()
    wanted = {key: value.replace("/tmp", str(home)) for key, value in environment().items()}
    variables = {"PATH": os.environ["PATH"], **wanted, "GRADIO_SERVER_PORT": port, "GRADIO_SERVER_NAME": "127.0.0.1"}
    before = set(image.rglob("*"))  # who is root may write all the same, so this is looked at
    (line,) = steps("HEALTHCHECK")
    health = command(line.partition(" CMD ")[2])
    assert subprocess.run(health, env=variables, capture_output=True).returncode == 1
    with (tmp_path / "log").open("wb") as log:
        app = subprocess.Popen(command(steps("CMD")[0]), cwd=image, env=variables, stdout=log, stderr=log)
        try:
            last = time.monotonic() + 120
            while app.poll() is None and time.monotonic() < last:
                if subprocess.run(health, env=variables, capture_output=True).returncode == 0:
                    break
                time.sleep(0.5)
            healthy = subprocess.run(health, env=variables, capture_output=True).returncode == 0
        finally:
            app.terminate()
            app.wait(timeout=30)
    new = set(image.rglob("*")) - before
    assert not {path for path in new if path.suffix != ".pyi"}  # gradio tries to write those and goes on without
    said = (tmp_path / "log").read_text(encoding="utf-8", errors="replace")
    assert healthy and "Traceback" not in said, said
