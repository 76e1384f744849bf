"""What a look inside the network answers: small, complete, and what the network itself computes."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch

from model.card import Card, Network
from model.inside import InsideView
from model.network import NETWORKS, DigitNet
from model.reader import DigitReader
from model.synthesis.render import example_strokes
from ui import answers, inside


def picture(digit: int = 4) -> np.ndarray:
    """(28, 28) uint8: a digit of straight lines."""
    found = np.zeros((28, 28), np.uint8)
    for line in example_strokes(digit, seed=1):
        for (x, y), (to_x, to_y) in pairwise(line):
            for share in np.linspace(0, 1, 20):
                column, row = (4 + 20 * (a + (b - a) * share) for a, b in ((x, to_x), (y, to_y)))
                found[round(row), round(column)] = 255
    return found


def untrained(name: str) -> DigitReader:
    torch.manual_seed(1)
    return DigitReader(NETWORKS[name](), Card(Network(name)))


def given(net: torch.nn.Module, pixels: np.ndarray) -> list[np.ndarray]:
    """(C, S, S) of everything that any module of the network gives for a picture."""
    found: list[np.ndarray] = []

    def keep(_: Any, __: Any, out: torch.Tensor) -> None:
        found.append(out[0].numpy().reshape(out.shape[1], *(out.shape[2:] or (1, 1))).copy())

    hooks = [module.register_forward_hook(keep) for module in net.modules()]
    with torch.no_grad():
        net(torch.from_numpy(pixels)[None, None] / 255)
    for hook in hooks:
        hook.remove()
    return found


def decoded(text: str) -> np.ndarray:
    return (np.array([inside.ALPHABET.tolist().index(ord(character)) for character in text]) - 32) / 31


@pytest.mark.parametrize("name", NETWORKS)
def test_an_answer_is_small_and_agrees_with_the_networks_own_pass(name: str) -> None:
    reader = untrained(name)
    answer = inside.content(reader, picture())
    assert len(json.dumps(answer)) <= 60_000
    look, net = reader.inside(picture()), reader._net
    with torch.no_grad():
        logits = net(torch.from_numpy(picture())[None, None] / 255)[0].numpy()
    assert np.abs(look.scores - logits).max() < 1e-5
    assert np.abs(np.array(answer["scores"]["values"]) - logits).max() < 1e-3
    own = [one - blank for one, blank in zip(given(net, picture()), given(net, 0 * picture()), strict=True)]
    for shown, full in zip(answer["layers"], look.changes, strict=False):  # the scores are no maps
        assert any(one.shape == full.shape and np.abs(one - full).max() < 1e-5 for one in own), shown["kind"]
        if shown["shown"] == full.shape[1]:
            assert np.abs(decoded(shown["values"]) - full.ravel() / np.abs(full).max()).max() < 0.5 / 31 + 1e-4
        assert len(shown["values"]) == shown["channels"] * shown["shown"] ** 2 and shown["shown"] <= 14


def test_behind_a_linear_head_places_and_bias_add_up_to_the_scores() -> None:
    net = DigitNet((4, 6, 8))
    with torch.no_grad():
        net.head.bias.copy_(torch.arange(11) / 10)
    view = InsideView(net.eval())
    for digit in (4, 9):
        look = view.look(picture(digit))
        assert np.abs(look.rest - np.arange(11) / 10).max() < 1e-4
        assert look.places.shape == (11, 7, 7) and look.votes.shape == (8,)
    added = net.head.weight.detach().numpy().reshape(11, 8, 7, 7) * look.maps[look.last]
    assert np.abs(added.sum(axis=1) - look.places).max() < 1e-4


def test_an_empty_sheet_changes_nothing_and_is_no_error() -> None:
    answer = inside.content(untrained("digitnet"), np.zeros((28, 28), np.uint8))
    assert all(set(layer["values"]) == {"g"} for layer in answer["layers"])


def test_every_layer_is_explained_and_named() -> None:
    for name in NETWORKS:
        answer = inside.content(untrained(name), picture())
        assert all(layer["words"].endswith(".") for layer in [*answer["layers"], answer["scores"]])
        for layer in answer["layers"]:
            assert len(layer["strongest"]) == inside.STRONGEST == len(set(layer["strongest"]))
    assert "votes" in [layer for layer in answer["layers"] if layer["side"] > 1][-1]


@pytest.mark.parametrize("pixels", [None, 7, "data:image/png;base64,AAAA", answers.png(np.zeros((30, 30), np.uint8))])
def test_what_is_no_picture_is_answered_with_a_sentence(weights: Any, pixels: Any) -> None:
    from ui import draw

    look = next(f for f in draw.server_functions(DigitReader.load(weights)) if f.__name__ == "look_inside")
    assert "expected the 28×28 grey PNG" in look({"pixels": pixels})["message"]
