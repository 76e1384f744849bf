"""Where things are read: drawings in one thread, photos in a process of their own that gives way to it.

Gradio would read in forty threads. They would wait for one interpreter and a few cores, each with the network's
buffers of its own, and everybody's strokes would wait for somebody's photo.
"""

from __future__ import annotations

import atexit
import json
import logging
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import wraps
from pathlib import Path
from threading import Timer
from typing import Any, ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")
NICENESS = 5  # of the photos' process
PATIENCE = 120.0  # seconds that a photo may take, also on a busy machine
MOST = 200  # photos that one process reads, so that no decoder's memory grows for ever
ROOT = Path(__file__).resolve().parent.parent
STOPPED = "This photo took too long or too much memory. Photograph only the page, or make the picture smaller."

DRAWINGS = ThreadPoolExecutor(1, "drawings")
PHOTOS = ThreadPoolExecutor(1, "photos")  # waits for the process


def in_turn(thread: ThreadPoolExecutor, work: Callable[Given, Result]) -> Callable[Given, Result]:
    """`work`, done in `thread` when its turn comes; what it raises is raised here."""

    @wraps(work)
    def wait(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        return thread.submit(work, *args, **kwargs).result()

    return wait


class PhotoProcess:
    """Answers requests about photos one by one, as ui.photo_process.respond does with the reader of `folder`.

    It starts with the first request, or earlier with `start`. When it dies or takes too long, that request is answered
    with a sentence, and the next one starts it again.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder).resolve()
        self.process: subprocess.Popen[bytes] | None = None
        self.answered = 0
        atexit.register(self.stop)

    def start(self) -> None:
        """Start it in the background, so that the first photo need not wait for it."""
        PHOTOS.submit(self._running)

    def stop(self) -> None:
        """End it; the next request starts another."""
        process, self.process, self.answered = self.process, None, 0
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):  # what it did not read any more
                pipe.close()  # type: ignore[union-attr]

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """What it answers to a request, when its turn comes."""
        return in_turn(PHOTOS, self._exchange)(request)

    def _running(self) -> subprocess.Popen[bytes]:
        if self.answered >= MOST or (self.process and self.process.poll() is not None):
            self.stop()
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ui.photo_process", str(self.folder)],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                creationflags=getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0),  # on Windows; os.nice elsewhere
            )
        return self.process

    def _exchange(self, request: dict[str, Any]) -> dict[str, Any]:
        process = self._running()
        assert process.stdin and process.stdout
        timer = Timer(PATIENCE, process.kill)
        timer.daemon = True
        timer.start()
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            answer: dict[str, Any] = json.loads(process.stdout.readline())
        except (OSError, ValueError):  # it is gone: the pipe is closed, or the line is empty or half
            self.stop()
            logging.getLogger(__name__).warning("the process that reads photos ended with %s", process.returncode)
            return {"sentence": STOPPED}
        finally:
            timer.cancel()
        self.answered += 1
        return answer
