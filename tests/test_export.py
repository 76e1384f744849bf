"""digits.onnx answers as the reader does, in onnxruntime, without PyTorch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from model.__main__ import main
from model.card import Card, Network
from model.checkpoint import save
from model.network import NETWORKS
from model.reader import DigitReader
from model.synthesis.render import synthetic_batch


@pytest.fixture(scope="module")
def exported(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("onnx") / "digits.onnx"
    assert main(["--onnx", str(path)]) == 0
    return path


@pytest.mark.parametrize("count", [1, 2, 70])
def test_it_answers_as_the_reader_does(exported: Path, count: int) -> None:
    pictures, _ = synthetic_batch(np.random.default_rng(0), count, non_digit=0.3)
    probabilities, is_digit = onnxruntime.InferenceSession(exported).run(None, {"pictures": pictures})
    expected = DigitReader.load().score(pictures)
    np.testing.assert_allclose(probabilities, expected[0], atol=1e-4)
    np.testing.assert_allclose(is_digit, expected[1], atol=1e-4)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_it_is_valid_and_says_its_shapes(exported: Path) -> None:
    onnx.checker.check_model(onnx.load(exported), full_check=True)
    session = onnxruntime.InferenceSession(exported)
    assert [(one.name, one.shape, one.type) for one in session.get_inputs()] == [
        ("pictures", ["n", 28, 28], "tensor(uint8)")
    ]
    assert [(one.name, one.type) for one in session.get_outputs()] == [
        ("probabilities", "tensor(float)"),
        ("is_digit", "tensor(float)"),
    ]


def test_reading_it_needs_no_torch(exported: Path) -> None:
    code = (
        "import numpy as np, onnxruntime, sys\n"
        f"session = onnxruntime.InferenceSession({str(exported)!r})\n"
        "session.run(None, {'pictures': np.zeros((1, 28, 28), np.uint8)})\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_a_network_of_ten_outputs_is_written_too(tmp_path: Path) -> None:
    save(tmp_path, NETWORKS["two-conv-adam"](), Card(Network("two-conv-adam"), temperature=1.5))
    assert main(["--onnx", str(tmp_path / "other.onnx"), "--weights", str(tmp_path)]) == 0
    pictures, _ = synthetic_batch(np.random.default_rng(1), 8)
    probabilities, is_digit = onnxruntime.InferenceSession(tmp_path / "other.onnx").run(None, {"pictures": pictures})
    expected = DigitReader.load(tmp_path).score(pictures)
    np.testing.assert_allclose(probabilities, expected[0], atol=1e-4)
    np.testing.assert_allclose(is_digit, expected[1], atol=1e-4)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--onnx", str(tmp_path / "nowhere" / "digits.onnx"), "--weights", str(tmp_path)]) == 2
    assert "card.json" in capsys.readouterr().err
    (tmp_path / "file").touch()
    assert main(["--onnx", str(tmp_path / "file" / "digits.onnx")]) == 2
    said = capsys.readouterr().err
    assert "digits.onnx" in said and "--onnx" in said and "Traceback" not in said
