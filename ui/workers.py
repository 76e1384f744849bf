"""Two threads that read: drawings in one, photos in another that gives way to it.

Gradio would read in forty threads. They would wait for one interpreter and a few cores, each with the network's
buffers of its own, and everybody's strokes would wait for somebody's photo.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")
NICENESS = 5  # of the photos' thread


def _give_way() -> None:
    """Lower the priority of the calling thread, where threads have one of their own."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)


DRAWINGS = ThreadPoolExecutor(1, "drawings")
PHOTOS = ThreadPoolExecutor(1, "photos", initializer=_give_way)


def in_turn(thread: ThreadPoolExecutor, work: Callable[Given, Result]) -> Callable[Given, Result]:
    """`work`, done in `thread` when its turn comes; what it raises is raised here."""

    @wraps(work)
    def wait(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        return thread.submit(work, *args, **kwargs).result()

    return wait
