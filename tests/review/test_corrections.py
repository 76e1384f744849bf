"""Corrections: the store that a kill -9 leaves whole, when it is on, what the page and programs may send."""

from __future__ import annotations

import base64
import errno
import inspect
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import cv2
import huggingface_hub
import numpy as np
import pytest

import train
from model.review import corrections
from model.review.corrections import Correction, NotStored, Store
from model.review.samples import samples
from model.synthesis.render import synthetic_batch
from model.training import data, loop
from tests.support.app import ROOT, FakeReader
from ui.corrections import PAGE, CorrectionService, api, server_functions, store_from_environment

SURE = (0.01,) * 7 + (0.91, 0.01, 0.01)


def correction(number: int = 0, read: int | None = 7, correct: int | None = 1, **values: Any) -> Correction:
    """A correction whose picture tells its number."""
    picture = np.zeros((28, 28), np.uint8)
    picture[10, 10], picture[10, 11] = number % 256, number // 256
    known = {"probabilities": SURE, "is_digit": 0.99, "source": "draw", "time": corrections.now()}
    return Correction(picture, read, correct, **{**known, **values})


def number(one: Correction) -> int:
    return int(one.picture[10, 10]) + 256 * int(one.picture[10, 11])


# ---- the store ----


def test_what_is_stored_comes_back(tmp_path: Path) -> None:
    store = Store(tmp_path / "new" / "corrections")
    given = [correction(1), correction(2, None, 4, source="photo"), correction(3, 0, None, is_digit=1)]
    assert [store.add(one) for one in given] == ["Stored."] * 3
    found, damaged = corrections.load(store.folder)
    assert damaged == []
    for one, other in zip(given, found, strict=True):
        np.testing.assert_array_equal(one.picture, other.picture)
        for name in ("read", "correct", "probabilities", "is_digit", "source", "time"):
            assert getattr(one, name) == getattr(other, name), name
    (file,) = store.folder.iterdir()
    assert len(file.read_bytes().splitlines()) == 3 and store.size() == file.stat().st_size


def test_a_folder_that_is_not_there_holds_none(tmp_path: Path) -> None:
    assert corrections.load(tmp_path / "nothing") == ([], [])
    assert Store(tmp_path / "nothing").size() == 0 and not (tmp_path / "nothing").exists()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"read": 10}, "got read 10"),
        ({"correct": -1}, "got correct -1"),
        ({"correct": True}, "got correct True"),
        ({"probabilities": SURE[:9]}, "ten of sum 1"),
        ({"probabilities": (float("nan"), *SURE[1:])}, "ten of sum 1"),
        ({"is_digit": 1.5}, "got is_digit 1.5"),
        ({"source": "mail"}, "one of draw, photo, program"),
        ({"time": "yesterday"}, "expected a time"),
        ({"time": "2026-01-31T12:00:00"}, "expected a time"),
    ],
)
def test_what_is_no_correction_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        correction(**values)
    with pytest.raises(ValueError, match="28×28"):
        Correction(np.zeros((28, 27), np.uint8), 7, 1, SURE, 0.9, "draw", corrections.now())


KILLED = """
import os, signal
import model.review.corrections as store
from tests.review.test_corrections import correction

kept = store.Store({folder!r})
kept.add(correction(1))

def torn(file, line):
    file.write(line[: len(line) // 2])
    os.kill(os.getpid(), signal.SIGKILL)

store._write_line = torn
kept.add(correction(2))
"""

ENDLESS = """
from itertools import count
from model.review.corrections import Store
from tests.review.test_corrections import correction

kept = Store({folder!r})
for number in count():
    kept.add(correction(number))
    print(number, flush=True)
"""


def python(code: str, folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests")))}
    return subprocess.Popen(
        [sys.executable, "-c", code.format(folder=str(folder))],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_kill_9_in_the_middle_of_a_line_loses_that_line_only(tmp_path: Path) -> None:
    with python(KILLED, tmp_path) as process:
        assert process.wait(timeout=120) == -signal.SIGKILL
    (torn,) = tmp_path.iterdir()
    assert not torn.read_bytes().endswith(b"\n") and torn.read_bytes().count(b"\n") == 1
    found, damaged = corrections.load(tmp_path)
    assert [number(one) for one in found] == [1] and damaged == []
    Store(tmp_path).add(correction(3))
    assert [number(one) for one in corrections.load(tmp_path)[0]] == [1, 3]
    assert samples(tmp_path).labels.tolist() == [1, 1]


def test_kill_9_at_any_time_keeps_all_that_was_said_to_be_stored(tmp_path: Path) -> None:
    with python(ENDLESS, tmp_path) as process:
        said = [int(process.stdout.readline()) for _ in range(40)]
        process.kill()
        said += [int(line) for line in process.stdout.read().splitlines() if line]
    found, damaged = corrections.load(tmp_path)
    assert damaged == []
    kept = [number(one) for one in found]
    assert kept[: len(said)] == said and len(kept) <= len(said) + 1


def test_a_cut_off_line_is_not_glued_to_the_next(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.add(correction(1))
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes() + b'{"time": "2026-')
    store.add(correction(2))
    found, damaged = corrections.load(tmp_path)
    assert [number(one) for one in found] == [1, 2]
    assert len(damaged) == 1 and f"{file.name}, line 2: no JSON" in damaged[0]


def test_several_threads_and_processes(tmp_path: Path) -> None:
    store = Store(tmp_path)
    each = 20

    def some(first: int) -> None:
        for number in range(first, first + each):
            store.add(correction(number))

    threads = [threading.Thread(target=some, args=(first,)) for first in (1000, 2000, 3000, 4000)]
    for thread in threads:
        thread.start()
    with python(ENDLESS, tmp_path) as one, python(ENDLESS, tmp_path) as other:
        for process in (one, other):
            for _ in range(each):
                process.stdout.readline()
            process.kill()
    for thread in threads:
        thread.join()
    found, damaged = corrections.load(tmp_path)
    assert damaged == [] and len(list(tmp_path.iterdir())) == 3
    numbers = [number(one) for one in found]
    assert {*range(1000, 1020), *range(2000, 2020), *range(3000, 3020), *range(4000, 4020)} <= set(numbers)
    assert sorted(numbers).count(0) == 2 and sorted(numbers).count(19) == 2
    times = [one.time for one in found]
    assert times == sorted(times)


def test_a_full_folder_says_so_and_keeps_what_it_has(tmp_path: Path) -> None:
    store = Store(tmp_path, limit=4000)
    for one in range(3):
        store.add(correction(one))
    with pytest.raises(NotStored, match=r"holds 0\.0 MB of corrections.*Train with them"):
        store.add(correction(3))
    assert len(corrections.load(tmp_path)[0]) == 3


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_names_the_file_and_the_bytes(tmp_path: Path) -> None:
    store = Store(tmp_path / "corrections")
    store.add(correction(1))
    (file,) = store.folder.iterdir()
    kept = tmp_path / "kept"
    file.rename(kept)
    file.symlink_to("/dev/full")
    with pytest.raises(NotStored, match=r"disk is full, and corrections/corrections-.*jsonl needs 1,\d\d\d bytes more"):
        store.add(correction(2))
    file.unlink()
    kept.rename(file)
    store.add(correction(3))
    assert [number(one) for one in corrections.load(store.folder)[0]] == [1, 3]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_what_was_written_of_a_line_is_taken_back(tmp_path: Path, code: int) -> None:
    """The disk is full after half a line: the file is as it was."""
    path = tmp_path / "some.jsonl"
    path.write_bytes(b"before\n")

    class Full:
        def __init__(self, file: Any) -> None:
            self.file, self.calls = file, 0

        def write(self, data: bytes) -> int:
            self.calls += 1
            if self.calls > 1:
                raise OSError(code, os.strerror(code))
            return self.file.write(data[: len(data) // 2])

        def __getattr__(self, name: str) -> Any:
            return getattr(self.file, name)

    with path.open("ab+", buffering=0) as file, pytest.raises(OSError, match=os.strerror(code)):
        corrections._write_line(Full(file), b"a new line\n")
    assert path.read_bytes() == b"before\n"


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "corrections").write_text("a file")
    with pytest.raises(NotStored, match="cannot be written"):
        Store(tmp_path / "corrections").add(correction())


def test_a_folder_that_was_taken_away_is_made_again(tmp_path: Path) -> None:
    store = Store(tmp_path / "corrections")
    store.add(correction(1))
    store.folder.rename(tmp_path / "trained")
    store.add(correction(2))
    assert [number(one) for one in corrections.load(store.folder)[0]] == [2]


# ---- uploading ----


class FakeScheduler:
    made: ClassVar[list[dict[str, Any]]] = []
    works = True

    def __init__(self, **options: Any) -> None:
        if not self.works:
            raise ConnectionError("no route to huggingface.co with token hf_secret")
        self.made.append(options)
        self.held = 0

        @contextmanager
        def lock() -> Iterator[None]:
            self.held += 1
            yield

        self._lock = lock

    @property
    def lock(self) -> Any:
        return self._lock()


def test_uploading_begins_with_the_first_correction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = huggingface_hub.CommitScheduler
    monkeypatch.setattr(huggingface_hub, "CommitScheduler", FakeScheduler)
    monkeypatch.setattr(FakeScheduler, "made", [])
    store = Store(tmp_path, dataset="me/digits", token="hf_secret")
    assert FakeScheduler.made == [], "nothing is asked of the network before"
    assert store.add(correction(1)) == "Stored; it will be in the dataset me/digits within 5 minutes."
    store.add(correction(2))
    (options,) = FakeScheduler.made
    inspect.signature(real.__init__).bind(None, **options)  # the installed library takes these
    assert options["private"] is True and options["repo_type"] == "dataset" and options["folder_path"] == tmp_path
    assert store._scheduler.held == 1, "what is uploaded is not written to meanwhile"


def test_an_upload_that_fails_keeps_the_correction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(huggingface_hub, "CommitScheduler", FakeScheduler)
    monkeypatch.setattr(FakeScheduler, "works", False)
    monkeypatch.setattr(FakeScheduler, "made", [])
    store = Store(tmp_path, dataset="me/digits", token="hf_secret")
    said = store.add(correction(1))
    assert "cannot be reached now" in said and "secret" not in said and "no route" in caplog.text
    monkeypatch.setattr(FakeScheduler, "works", True)
    assert "cannot be reached" in store.add(correction(2)), "not tried again at once"
    monkeypatch.setattr(store, "_next_try", 0.0)
    assert "within 5 minutes" in store.add(correction(3))
    assert len(corrections.load(tmp_path)[0]) == 3


# ---- where it is on ----

SPACE, SHARED = {"SPACE_ID": "me/space", "SYSTEM": "spaces"}, {"GRADIO_SHARE": "True"}
OPEN, HOME = {"GRADIO_SERVER_NAME": "0.0.0.0"}, {"GRADIO_SERVER_NAME": "127.0.0.1"}


@pytest.mark.parametrize(
    ("environment", "on"),
    [
        ({}, True),
        (HOME, True),
        ({"GRADIO_SERVER_NAME": "localhost"}, True),
        ({"GRADIO_SERVER_NAME": "::1"}, True),
        (SPACE, False),
        (SHARED, False),
        (OPEN, False),
        ({"GRADIO_SERVER_NAME": "digits.example.org"}, False),
        *(({**where, "DIGIT_CORRECTIONS": "1"}, True) for where in (SPACE, SHARED, OPEN, {})),
        *(({**where, "DIGIT_CORRECTIONS": "0"}, False) for where in (SPACE, {})),
        ({"DIGIT_CORRECTIONS": "perhaps"}, False),
    ],
)
def test_on_at_home_and_off_in_public(environment: dict[str, str], on: bool) -> None:
    assert (store_from_environment(environment) is not None) is on


def test_the_environment_says_where(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    plain = store_from_environment({})
    assert plain.folder == ROOT / "corrections" and plain.dataset is None and not plain.everywhere
    wanted = {"DIGIT_CORRECTIONS_FOLDER": str(tmp_path), "DIGIT_CORRECTIONS_DATASET": "me/digits"}
    assert store_from_environment(wanted).dataset is None
    assert "HF_TOKEN is not" in caplog.text
    store = store_from_environment({**wanted, "HF_TOKEN": "hf_secret"})
    assert (store.folder, store.dataset) == (tmp_path, "me/digits")


# ---- the page and programs ----


def picture_of(one: np.ndarray) -> str:
    return "data:image/png;base64," + base64.b64encode(cv2.imencode(".png", 255 - one)[1]).decode()


def service(store: Store | None, reader: Any = None, **launched: Any) -> CorrectionService:
    return CorrectionService(reader or FakeReader(), store, SimpleNamespace(**{"share": False, **launched}))


def served(at: CorrectionService, source: str = "draw") -> dict[str, Any]:
    return {function.__name__: function for function in (*at.server_functions(source), *server_functions(at))}


INK = np.zeros((28, 28), np.uint8)
INK[4:24, 13:16] = 200


def test_a_click_stores_what_was_read_and_what_it_is(tmp_path: Path) -> None:
    calls = served(service(Store(tmp_path)))
    notice = calls["correcting"]({})["notice"]
    assert "28 × 28 picture" in notice and "nowhere else" in notice and not list(tmp_path.iterdir())
    assert calls["correct"]({"pixels": picture_of(INK), "digit": 1}) == {"stored": "Stored."}
    ((one,), _) = corrections.load(tmp_path)
    np.testing.assert_array_equal(one.picture, INK)
    assert (one.read, one.correct, one.source) == (7, 1, "draw")
    assert one.probabilities[7] == pytest.approx(0.97) and one.is_digit == pytest.approx(0.99)


def test_no_digit_either_way(tmp_path: Path) -> None:
    assert "stored" in served(service(Store(tmp_path)))["correct"]({"pixels": picture_of(INK), "digit": None})
    refused = served(service(Store(tmp_path), FakeReader(is_digit=0.1)), "photo")["correct"]
    assert "stored" in refused({"pixels": picture_of(INK), "digit": 3})
    assert "that is what was read" in refused({"pixels": picture_of(INK), "digit": None})["message"]
    assert [(one.read, one.correct) for one in corrections.load(tmp_path)[0]] == [(7, None), (None, 3)]


def test_confirming_a_sure_reading_is_no_correction_and_an_unsure_one_is(tmp_path: Path) -> None:
    request = {"pixels": picture_of(INK), "digit": 7}
    assert "that is what was read" in served(service(Store(tmp_path)))["correct"](request)["message"]
    assert "stored" in served(service(Store(tmp_path), FakeReader(confidence=0.6)))["correct"](request)


LARGE = np.zeros((4000, 4000), np.uint8)
BAD = {
    "nothing": None,
    "text": "7",
    "no picture": {"digit": 1},
    "no base64": {"digit": 1, "pixels": "data:image/png;base64,????"},
    "no PNG": {"digit": 1, "pixels": "data:image/png;base64,QUJD"},
    "half a PNG": {"digit": 1, "pixels": picture_of(INK)[:100]},
    "another size": {"digit": 1, "pixels": picture_of(INK[:, 1:])},
    "a large one": {"digit": 1, "pixels": picture_of(LARGE)},
    "colours": {"digit": 1, "pixels": picture_of(np.zeros((28, 28, 3), np.uint8))},
    "a path": {"digit": 1, "pixels": "/etc/passwd"},
    "an eleven": {"digit": 11, "pixels": picture_of(INK)},
    "a word": {"digit": "1", "pixels": picture_of(INK)},
    "yes": {"digit": True, "pixels": picture_of(INK)},
}


@pytest.mark.parametrize("request_", BAD.values(), ids=BAD)
def test_bad_requests_get_a_sentence_and_store_nothing(request_: Any, tmp_path: Path) -> None:
    answer = served(service(Store(tmp_path)))["correct"](request_)
    assert list(answer) == ["message"] and "expected" in answer["message"]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("everywhere", "launched", "on"),
    [
        (False, {"server_name": "127.0.0.1"}, True),
        (False, {"share": True}, False),
        (False, {"server_name": "0.0.0.0"}, False),
        (True, {"share": True, "server_name": "0.0.0.0"}, True),
    ],
)
def test_a_page_that_is_launched_to_be_shared(
    everywhere: bool, launched: dict[str, Any], on: bool, tmp_path: Path
) -> None:
    calls = served(service(Store(tmp_path, everywhere=everywhere), **launched))
    notice = calls["correcting"]({})["notice"]
    answer = calls["correct"]({"pixels": picture_of(INK), "digit": 1})
    assert bool(notice) is on and ("stored" in answer) is on
    if on and everywhere:
        assert "All visitors see it" in notice
    if not on:
        assert "off here" in answer["message"] and not list(tmp_path.iterdir())
        assert "off here" in calls["list_corrections"]({})["message"]


def test_without_a_store_everything_is_off() -> None:
    calls = served(service(None))
    assert calls["correcting"]({}) == {"notice": None}
    assert "off here" in calls["correct"]({"pixels": picture_of(INK), "digit": 1})["message"]


def test_failures_are_sentences(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(FakeReader):
        def score(self, pictures: Any) -> Any:
            raise RuntimeError("secret detail")

    answer = served(service(Store(tmp_path), Broken()))["correct"]({"pixels": picture_of(INK), "digit": 1})
    assert answer == {"message": "Not stored: something went wrong on the server."}
    assert "secret detail" in caplog.text
    full = served(service(Store(tmp_path, limit=10)))["correct"]({"pixels": picture_of(INK), "digit": 1})
    assert "limit" in full["message"]


def test_the_list_is_paged_newest_first_and_leaves_damage_out(tmp_path: Path) -> None:
    calls = served(service(Store(tmp_path)))
    empty = calls["list_corrections"]({"page": 0})
    assert empty["count"] == 0 and empty["items"] == [] and empty["atlas"]
    store = Store(tmp_path)
    for one in range(PAGE + 5):
        store.add(correction(one, correct=one % 10, time=f"2026-01-01T00:00:{one % 60:02}.{one:03}+00:00"))
    (tmp_path / "other.jsonl").write_text("no JSON\n")
    first, last, beyond = (calls["list_corrections"]({"page": number}) for number in (0, 1, 10**12))
    assert (first["count"], len(first["items"]), len(last["items"])) == (PAGE + 5, PAGE, 5)
    times = [item["time"] for item in first["items"] + last["items"]]
    assert times == sorted(times, reverse=True) and beyond == last and first["damaged"] == 1
    json.dumps(first)


@pytest.mark.parametrize("request_", [None, "0", {"page": -1}, {"page": "1"}, {"page": True}, {"page": 0.5}])
def test_odd_pages_get_a_sentence(request_: Any, tmp_path: Path) -> None:
    assert "no such page" in served(service(Store(tmp_path)))["list_corrections"](request_)["message"]


def test_programs_correct_as_well(tmp_path: Path) -> None:
    correct = api(service(Store(tmp_path)))
    assert correct(INK.tolist(), 1) == "Stored." and correct(INK.tolist(), -1) == "Stored."
    assert [(one.correct, one.source) for one in corrections.load(tmp_path)[0]] == [(1, "program"), (None, "program")]
    for pixels, digit in [
        (INK.tolist(), 10),
        (INK.tolist(), "1"),
        (INK[:5].tolist(), 1),
        ((INK.astype(int) + 100).tolist(), 1),
        ([[0.5] * 28] * 28, 1),
        ("7", 1),
        (None, 1),
    ]:
        with pytest.raises(Exception, match="expected"):
            correct(pixels, digit)
    with pytest.raises(Exception, match="off here"):
        api(service(None))(INK.tolist(), 1)
    assert len(corrections.load(tmp_path)[0]) == 2


# ---- for training ----


def test_samples_take_each_picture_once_with_what_was_said_last(tmp_path: Path) -> None:
    one, other = Store(tmp_path), Store(tmp_path)
    one.add(correction(1, correct=3))
    one.add(correction(2, correct=None))
    other.add(correction(1, correct=5))
    found = samples(tmp_path)
    assert found.images.shape == (2, 28, 28) and found.images.dtype == np.uint8
    assert dict(zip(found.images[:, 10, 10].tolist(), found.labels.tolist(), strict=True)) == {1: 5, 2: 10}
    renamed = tmp_path / "zzz.jsonl"
    next(tmp_path.iterdir()).rename(renamed)
    assert samples(tmp_path).sha256 == found.sha256
    one.add(correction(9))
    assert samples(tmp_path).sha256 != found.sha256


def damaged(folder: Path, line: str) -> None:
    Store(folder).add(correction())
    (folder / "a.jsonl").write_text(line + "\n")


LINE = corrections._line(correction()).decode().strip()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: folder.rmdir(), "is no folder"),
        (lambda folder: None, "holds none"),
        (lambda folder: damaged(folder, LINE[:200]), r"a\.jsonl, line 1: no JSON.*delete that line"),
        (lambda folder: damaged(folder, "[1]"), "line 1: no JSON of a correction"),
        (lambda folder: damaged(folder, "{}"), "line 1: picture is missing"),
        (lambda folder: damaged(folder, LINE.replace('"correct": 1', '"correct": 12')), "got correct 12"),
        (lambda folder: damaged(folder, LINE.replace("AAAA", "", 1)), "a picture of 781 bytes"),
        (lambda folder: damaged(folder, "\x00" * 50), "no JSON"),
    ],
    ids=["missing", "empty", "cut off", "list", "no keys", "label", "picture", "zeros"],
)
def test_a_folder_that_training_cannot_use_says_why(make: Any, message: str, tmp_path: Path) -> None:
    folder = tmp_path / "corrections"
    folder.mkdir()
    make(folder)
    with pytest.raises(ValueError, match=message):
        samples(folder)


# ---- train.py --extra ----

FLAGS = ["--widths", "4", "6", "8", "--batch-size", "64", "--epochs", "1", "--validation", "0.2", "--device", "cpu"]


@pytest.fixture(scope="module")
def kaggle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    images, labels = synthetic_batch(np.random.default_rng(0), 200)
    path = tmp_path_factory.mktemp("kaggle") / "train.csv"
    data.write_csv(path, images, labels)
    return path


def test_training_learns_corrections_says_so_and_never_validates_on_them(
    kaggle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(tmp_path / "corrections")
    for one, label in ((1, 4), (2, None), (3, 0)):
        store.add(correction(one, correct=label))
    given: list[Any] = []
    fit = loop.Trainer.fit
    monkeypatch.setattr(loop.Trainer, "fit", lambda trainer, *calls: given.append(trainer) or fit(trainer, *calls))
    out = tmp_path / "run"
    command = ["--data", str(kaggle), *FLAGS]
    assert train.main([*command, "--out", str(out), "--extra", str(store.folder)]) == 0
    images, labels = given[0].batches.images[:, 0].numpy(), given[0].batches.labels.numpy()
    validation = given[0].validation.images
    known = samples(store.folder)
    np.testing.assert_array_equal(images[-3:], known.images)
    assert labels[-3:].tolist() == known.labels.tolist() and sorted(labels[-3:]) == [0, 4, 10]
    assert not {picture.tobytes() for picture in validation} & {picture.tobytes() for picture in known.images}
    card = json.loads((out / "card.json").read_text())
    assert card["data"]["extra"] == {"count": 3, "no_digits": 1, "sha256": known.sha256}
    assert card["data"]["train"] + card["data"]["validation"] == 200 and len(images) == card["data"]["train"] + 3
    assert train.main(["--data", str(kaggle), "--resume", str(out)]) == 0, "the folder is remembered"
    assert json.loads((out / "card.json").read_text())["data"]["extra"]["count"] == 3
    store.add(correction(4))
    capsys.readouterr()
    assert train.main(["--data", str(kaggle), "--resume", str(out)]) == 1
    assert "corrections was" in capsys.readouterr().err


def test_training_refuses_a_folder_without_corrections(
    kaggle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train.main(["--data", str(kaggle), *FLAGS, "--out", str(tmp_path / "run"), "--extra", str(tmp_path)]) == 1
    assert "holds none" in capsys.readouterr().err and not (tmp_path / "run").exists()
