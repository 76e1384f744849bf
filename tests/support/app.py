"""The app as a real process, where a browser is, and a reader that answers what a test wants."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from model.card import Card, Network
from model.ink import canvas, normalise
from model.reading import Digit, Reading

if TYPE_CHECKING:
    from playwright.sync_api import ViewportSize

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
SIZES: dict[str, ViewportSize] = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
START = 120  # seconds that a start may take on a busy machine


class FakeReader:
    """Answers every ink with the digit that the test wants; no network, no weights."""

    threshold = 0.5

    def __init__(self, label: int = 7, confidence: float = 0.97, is_digit: float = 0.99) -> None:
        self.label, self.confidence, self.is_digit = label, confidence, is_digit
        self.card = Card(Network("digitnet"))
        self.seen: list[Any] = []  # the pictures that came

    def read_drawing(self, image: Any, strokes: Any = None) -> Any:
        self.seen.append(image)
        ink = canvas.drawing_ink(image)
        box = normalise.bounding_box(ink)
        if box is None:
            return Reading()
        share = (1 - self.confidence) / 9
        normalised = normalise.normalise(ink)
        return Reading(
            [
                Digit(
                    label=self.label,
                    probabilities=tuple(self.confidence if i == self.label else share for i in range(10)),
                    is_digit=self.is_digit,
                    box=box,
                    pixels=normalise.place(normalised),
                    row=0,
                    accepted=self.is_digit >= self.threshold,
                    normalised=np.round(normalised * 255).astype(np.uint8),
                )
            ]
        )

    def read_photo(self, image: Any) -> Any:
        return self.read_drawing(image)

    def score(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        share = np.full(10, (1 - self.confidence) / 9, np.float32)
        share[self.label] = self.confidence
        return np.tile(share, (len(pictures), 1)), np.full(len(pictures), self.is_digit, np.float32)

    def why(self, picture: np.ndarray, label: int) -> np.ndarray:
        return picture.astype(np.float32) / 255


def free_port() -> int:
    """A port that nothing listens on just now. Gradio would look for one from 7860 up, and leave a socket open at
    every port that is taken."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


class Server:
    """`python app.py` on a port of its own, with a folder of corrections of its own; it can be stopped and started
    again. `environment` is added to its environment."""

    def __init__(self, log: Path, **environment: str) -> None:
        self.corrections = log.parent / "corrections"
        self.environment = {"DIGIT_CORRECTIONS_FOLDER": str(self.corrections), **environment}
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {**os.environ, "GRADIO_SERVER_PORT": str(self.port), "PYTHONUNBUFFERED": "1", **self.environment}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
            )
        last = time.monotonic() + START
        while time.monotonic() < last:
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(self.url, timeout=5):
                    return
            except OSError:
                time.sleep(0.1)
        pytest.fail(f"python app.py did not answer on {self.url}:\n{self.said()}")

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=30)
        self.process = None

    def said(self) -> str:
        """Everything that it wrote on the terminal."""
        return self.log.read_text(encoding="utf-8", errors="replace")
