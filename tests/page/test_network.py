"""The page network: its size, its answer, and the two files that it is kept in."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from model.layers import fused
from model.network import count_weights
from model.page.contrast import CHANNELS, STRONGEST, contrast
from model.page.network import PAGE, PageNet, answer_of
from model.stored import NetCard

TINY = (4, 4, 6, 6, 6)


def a_network(widths: tuple[int, ...] = TINY) -> PageNet:
    """A network whose batch norms are not those of the beginning."""
    torch.manual_seed(0)
    net = PageNet(widths).train()
    net(torch.randn(4, CHANNELS, 64, 64))
    return net.eval()


def test_the_network_has_the_size_that_the_issue_asks_for() -> None:
    assert 400_000 <= count_weights(PageNet()) <= 600_000


def test_every_place_has_an_answer() -> None:
    answer = answer_of(a_network()(torch.zeros(2, CHANNELS, 64, 96)))
    shapes = [tuple(part.shape) for part in answer]
    assert shapes == [(2, 16, 24), (2, 10, 16, 24), (2, 4, 16, 24), (2, 16, 24)]


def test_batch_norms_become_part_of_the_convolutions() -> None:
    net, shown = a_network(), torch.randn(1, CHANNELS, 64, 64)
    served = fused(net)
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in served.modules())
    torch.testing.assert_close(served(shown), net(shown), atol=1e-4, rtol=1e-4)


def test_weights_are_kept_as_float16_and_served_as_float32(tmp_path: Path) -> None:
    net, shown = a_network(), torch.randn(1, CHANNELS, 64, 64)
    card = PAGE.save(tmp_path, net, NetCard(net.arguments))
    again, read = PAGE.load(tmp_path)
    assert read == card and card.weights == count_weights(net)
    assert {value.dtype for value in again.state_dict().values()} <= {torch.float32, torch.int64}
    torch.testing.assert_close(again(shown), net(shown), atol=2e-2, rtol=2e-2)


def test_a_full_network_fits_into_two_megabytes(tmp_path: Path) -> None:
    net = PageNet()
    PAGE.save(tmp_path, net, NetCard(net.arguments))
    assert (tmp_path / PAGE.files[0]).stat().st_size <= 2_000_000


@pytest.mark.parametrize("damage", ["missing", "cut", "another", "card", "widths"])
def test_damaged_files_are_told_in_one_sentence(tmp_path: Path, damage: str) -> None:
    net = a_network()
    PAGE.save(tmp_path, net, NetCard(net.arguments))
    path, card = (tmp_path / name for name in PAGE.files)
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-10])
    elif damage == "another":
        path.write_bytes(path.read_bytes().replace(b"\x00\x3c", b"\x00\x3d", 1) + b" ")
    elif damage == "card":
        card.write_text("{")
    else:
        card.write_text(json.dumps({**json.loads(card.read_text()), "arguments": {"widths": [4, 4, 6, 6, 8]}}))
    with pytest.raises(ValueError, match=r"loading .*page\.safetensors"):
        PAGE.load(tmp_path)


def test_contrast_is_that_of_the_surroundings() -> None:
    rng = np.random.default_rng(0)
    page = np.full((120, 90), 200, np.uint8)
    page[50:70, 40:44] = 60
    page[:, 60:] = page[:, 60:] // 2 + rng.integers(0, 2, (120, 30), dtype=np.uint8)
    shown = contrast(page)
    assert shown.shape == (CHANNELS, 120, 90) and shown.dtype == np.float32
    assert np.abs(shown).max() <= STRONGEST
    assert shown[0, 60, 42] < -2


def test_contrast_of_an_empty_sheet_is_nothing() -> None:
    assert not contrast(np.full((30, 200), 131, np.uint8)).any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (41, 42)])
def test_contrast_of_any_shape(shape: tuple[int, int]) -> None:
    assert np.isfinite(contrast(np.full(shape, 7, np.uint8))).all()
