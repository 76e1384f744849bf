"""`python -m model`: readings on the terminal, JSON for programs, exit codes as documented."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model import __main__ as command
from model.__main__ import main
from model.reader import ASSETS
from model.training import data
from tests.support.drawings import drawing

ROOT = Path(__file__).resolve().parent.parent


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
    capsys.readouterr()
    assert main(["--csv", str(tmp_path / "test.csv"), "--out", str(out / "inside")]) == 2
    assert re.fullmatch(r"writing .*; name another place with --out\n", capsys.readouterr().err)


def test_missing_weights_and_missing_arguments_are_2(tmp_path, capsys):
    assert main(["--csv", "test.csv", "--weights", str(tmp_path)]) == 2
    assert "card.json" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stopped:
        main([])
    assert stopped.value.code == 2


@pytest.mark.parametrize("order", ["weights first", "picture first", "between pictures"])
def test_pictures_and_weights_come_in_any_order(picture, order, capsys):
    weights = ["--weights", str(ASSETS)]
    given = {
        "weights first": [*weights, str(picture)],
        "picture first": [str(picture), *weights],
        "between pictures": [str(picture), *weights, str(picture)],
    }[order]
    assert main(["--drawing", *given]) == 0
    assert capsys.readouterr().out.count("42\n") == given.count(str(picture))


def test_several_weights_without_a_csv_are_refused(picture, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([str(picture), "--weights", str(ASSETS), str(ASSETS)])
    assert stopped.value.code == 2 and "--csv only" in capsys.readouterr().err


def test_every_flag_has_a_line_of_help(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    flags = capsys.readouterr().out.split("options:")[1]
    entries = re.split(r"\n  (?=-)", flags)[1:]
    assert len(entries) >= 8 and all(re.search(r"(\s{2,}|\n\s+)\w+ ", entry) for entry in entries), entries


def test_ctrl_c_while_pytorch_loads_is_silent(tmp_path):
    (tmp_path / "torch.py").write_text("raise KeyboardInterrupt")
    command = [sys.executable, "-m", "model", "photo.png"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_ctrl_c_while_reading_is_silent(tmp_path):
    code = "import runpy, sys, model.reader as r\ndef stop(*_): raise KeyboardInterrupt\nr.DigitReader.load = stop\n"
    code += "sys.argv = ['model', 'photo.png']\nrunpy.run_module('model', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_the_network_is_written_as_onnx(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "export", lambda folder, path: path.write_text(str(folder)) and 0)
    assert main(["--onnx", str(tmp_path / "digits.onnx"), "--weights", str(tmp_path)]) == 0
    assert (tmp_path / "digits.onnx").read_text() == str(tmp_path)
