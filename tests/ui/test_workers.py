"""Drawings and photos each have one thread."""

import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ui.workers import DRAWINGS, NICENESS, PHOTOS, in_turn


def test_one_at_a_time_whoever_asks():
    running, most = 0, 0

    def work(number: int) -> tuple[int, str]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.002)
        running -= 1
        return number, threading.current_thread().name

    with ThreadPoolExecutor(8) as visitors:
        answers = list(visitors.map(in_turn(DRAWINGS, work), range(20)))
    assert most == 1 and [number for number, _ in answers] == list(range(20))
    assert {name for _, name in answers} == {"drawings_0"}


def test_what_goes_wrong_is_raised_where_it_was_asked():
    def wrong(sentence: str) -> None:
        raise ValueError(sentence)

    for thread in (DRAWINGS, PHOTOS):
        with pytest.raises(ValueError, match="too large"):
            in_turn(thread, wrong)("too large")
        assert in_turn(thread, len)("abc") == 3  # and the thread goes on


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux threads have a priority of their own")
def test_photos_give_way_to_drawings():
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, 0)

    assert in_turn(PHOTOS, niceness)() == min(19, max(NICENESS, niceness()))
    assert in_turn(DRAWINGS, niceness)() == niceness()
