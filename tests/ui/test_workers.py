"""Drawings have one thread; photos have a process of their own."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from model.reader import ASSETS, DigitReader
from ui import photo, photo_process, workers
from ui.workers import DRAWINGS, NICENESS, PHOTOS, STOPPED, PhotoProcess, in_turn

PAGE = {"source": str(next(iter(photo.examples().values())))}


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


@pytest.fixture(scope="module")
def photos(weights: Path) -> Iterator[PhotoProcess]:
    process = PhotoProcess(weights)
    yield process
    process.stop()


def test_the_process_answers_as_the_reader_does(photos: PhotoProcess) -> None:
    here = photo_process.respond(DigitReader.load(ASSETS), PAGE)
    assert photos.ask(PAGE) == here and here["answer"]["digits"]
    assert "another kind came" in photos.ask({"source": "data:image/png;base64,AAEC"})["sentence"]
    assert "FileNotFoundError" not in str(photos.ask({"source": "/no/such/file.png"}))


@pytest.mark.skipif(not hasattr(os, "getpriority"), reason="only on Unix processes have a niceness")
def test_photos_give_way_to_drawings(photos: PhotoProcess) -> None:
    photos.ask(PAGE)
    assert photos.process is not None
    mine = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, photos.process.pid) == min(19, mine + NICENESS)


def test_a_process_that_was_killed_is_replaced(photos: PhotoProcess) -> None:
    photos.ask(PAGE)
    assert photos.process is not None
    photos.process.kill()
    photos.process.wait()
    assert photos.ask(PAGE)["answer"]["digits"], "it died while nobody waited: nobody notices"


def test_a_photo_that_takes_too_long_is_given_up(photos: PhotoProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    photos.ask(PAGE)
    monkeypatch.setattr(workers, "PATIENCE", 0.001)
    assert photos.ask(PAGE) == {"sentence": STOPPED}
    monkeypatch.undo()
    assert photos.ask(PAGE)["answer"]["digits"], "the next photo is read"


def test_a_process_reads_so_many_photos_and_ends(photos: PhotoProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    photos.ask(PAGE)
    first = photos.process
    monkeypatch.setattr(workers, "MOST", 1)
    assert photos.ask(PAGE)["answer"]["digits"]
    assert first is not None and first.poll() is not None and photos.process is not first


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_ctrl_c_is_for_the_server(photos: PhotoProcess) -> None:
    photos.ask(PAGE)
    process = photos.process
    assert process is not None
    process.send_signal(signal.SIGINT)
    assert photos.ask(PAGE)["answer"]["digits"] and photos.process is process


def test_without_a_server_it_ends(weights: Path) -> None:
    photos = PhotoProcess(weights)
    photos.ask(PAGE)
    process = photos.process
    assert process is not None and process.stdin is not None
    process.stdin.close()
    assert process.wait(timeout=60) == 0
    photos.stop()


def test_the_process_loads_no_page() -> None:
    from tests.test_layout import loaded_after

    assert not loaded_after("import ui.photo_process") & {"gradio", "starlette", "matplotlib", "pandas"}
