"""`python -m model`: readings on the terminal, JSON for programs, exit codes as documented."""

import json

import numpy as np
import pytest
from PIL import Image

from model.__main__ import main
from model.training import data
from tests.support.drawings import drawing


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "pad.png"
    Image.fromarray(drawing("42")).save(path)
    return path


def test_the_rows_are_printed(picture, capsys):
    assert main([str(picture), "--drawing"]) == 0
    assert capsys.readouterr().out == "42\n"


def test_json_has_boxes_and_probabilities(picture, capsys):
    assert main([str(picture), "--drawing", "--json"]) == 0
    reading = json.loads(capsys.readouterr().out)
    assert reading["text"] == "42" and [digit["label"] for digit in reading["digits"]] == [4, 2]
    assert all(len(digit["probabilities"]) == 10 and len(digit["box"]) == 4 for digit in reading["digits"])


def test_several_files_and_a_bad_one(picture, tmp_path, capsys):
    bad = tmp_path / "text.png"
    bad.write_text("no picture")
    assert main([str(bad), str(picture), "--drawing"]) == 1
    out, err = capsys.readouterr()
    assert out == f"{picture}:\n42\n" and str(bad) in err and "Traceback" not in err


def test_an_empty_sheet_says_so(tmp_path, capsys):
    Image.new("L", (300, 200), 255).save(tmp_path / "empty.png")
    assert main([str(tmp_path / "empty.png")]) == 0
    assert capsys.readouterr().out == "no digits found\n"


def test_a_folder_of_labelled_pictures_is_scored(tmp_path, capsys):
    for digit, drawn in ((3, "3"), (7, "7"), (8, "3")):
        (tmp_path / str(digit)).mkdir(exist_ok=True)
        Image.fromarray(drawing(drawn)).save(tmp_path / str(digit) / "a.png")
    assert main(["--score", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "all: 2 of 3, 66.67%" in out and "8 read as 3" in out
    assert main(["--score", str(tmp_path / "3")]) == 2


def test_a_test_csv_becomes_a_submission(tmp_path, capsys):
    data.write_csv(tmp_path / "test.csv", np.zeros((12, 28, 28), np.uint8), None)
    out = tmp_path / "submission.csv"
    assert main(["--csv", str(tmp_path / "test.csv"), "--out", str(out)]) == 0
    assert len(out.read_text().splitlines()) == 13


def test_missing_weights_and_missing_arguments_are_2(tmp_path, capsys):
    assert main(["--csv", "test.csv", "--weights", str(tmp_path)]) == 2
    assert "card.json" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stopped:
        main([])
    assert stopped.value.code == 2
