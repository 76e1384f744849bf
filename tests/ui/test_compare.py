"""Networks of other runs that read the same drawing: which are taken, and what they answer."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from model.reader import DigitReader
from tests.support.app import FakeReader
from ui import answers
from ui.draw import compare, server_functions


def test_folders_that_cannot_be_loaded_are_left_out_with_a_line(
    weights: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert compare.from_environment({}) == []
    named = compare.from_environment({"COMPARE": os.pathsep.join([str(weights), str(tmp_path / "none")])})
    assert [one.name for one in named] == ["assets (digitnet)"] and isinstance(named[0].reader, DigitReader)
    assert "not compared with" in caplog.text and "Traceback" not in caplog.text


def test_each_network_reads_the_same_pictures() -> None:
    others = [compare.Named("sevens", FakeReader(7)), compare.Named("ones", FakeReader(1, confidence=0.6))]
    pixels = [answers.png(np.full((28, 28), 255, np.uint8))] * 2
    answer = compare.compared(others, {"pixels": pixels})["networks"]
    assert [(one["name"], one["labels"]) for one in answer] == [("sevens", [7, 7]), ("ones", [1, 1])]
    assert answer[1]["confidences"] == [0.6, 0.6]


@pytest.mark.parametrize("pixels", [None, [], "x", ["x"], ["data:image/png;base64,"] * 41])
def test_what_is_no_list_of_pictures_is_answered_with_a_sentence(pixels: object) -> None:
    ask = next(one for one in server_functions(FakeReader()) if one.__name__ == "compare")
    assert "expected" in ask({"pixels": pixels})["message"]
