"""Checkpoints come back as they went, and say clearly when they cannot."""

import errno
import hashlib
import json

import pytest
import torch

from model import checkpoint, files
from model.card import CARD, FORMAT, Card, Network
from model.network import DigitNet

ARGUMENTS = {"widths": [4, 6, 8]}


@pytest.fixture
def saved(tmp_path):
    """A folder with the checkpoint of a tiny net, and the net."""
    torch.manual_seed(0)
    net = DigitNet(**ARGUMENTS).eval()
    checkpoint.round_weights(net)
    checkpoint.save(tmp_path, net, Card(Network("digitnet", ARGUMENTS), temperature=1.25))
    return tmp_path, net


def test_the_file_is_about_half_as_large_as_the_weights(tmp_path):
    net = DigitNet((8, 16, 24))
    checkpoint.save(tmp_path, net, Card(Network("digitnet", {"widths": [8, 16, 24]})))
    in_memory = sum(weight.numel() * 4 for weight in net.parameters())
    assert (tmp_path / checkpoint.WEIGHTS).stat().st_size < 0.65 * in_memory


def test_weights_are_as_they_come_back_once_they_are_rounded(tmp_path):
    net = DigitNet(**ARGUMENTS).eval()
    checkpoint.save(tmp_path, net, Card(Network("digitnet", ARGUMENTS)))
    checkpoint.round_weights(net)
    loaded = checkpoint.load(tmp_path)[0].state_dict()
    assert all(torch.equal(value, loaded[name]) for name, value in net.state_dict().items())


def test_a_round_trip_gives_the_same_logits_and_card(saved):
    folder, net = saved
    loaded, card = checkpoint.load(folder)
    ink = torch.rand(3, 1, 28, 28)
    assert torch.equal(loaded(ink), net(ink))
    assert card.temperature == 1.25 and card.format == FORMAT
    assert card.network.weights == sum(p.numel() for p in net.parameters())
    assert {path.name for path in folder.iterdir()} == {"weights.safetensors", "card.json"}


def change_card(folder, **values):
    path = folder / CARD
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / "card.json").unlink(), "there is no such file"),
        (lambda f: (f / "weights.safetensors").unlink(), "expected the weights beside card.json"),
        (lambda f: (f / "card.json").write_text("{"), "expected the card of a network"),
        (lambda f: change_card(f, network={"name": "digitnet", "arguments": {"depth": 3}}), "as card.json describes"),
        (
            lambda f: change_card(f, network={"name": "digitnet", "arguments": {"widths": [4]}}),
            "as card.json describes",
        ),
        (lambda f: (f / "card.json").write_text("[]"), "expected the card of a network"),
        (lambda f: (f / "weights.safetensors").write_bytes(b"pickle"), "damaged or of another run"),
        (lambda f: change_card(f, format=99), "card format 99"),
        (lambda f: change_card(f, weights_sha256=None), "damaged or of another run"),
        (lambda f: change_card(f, temperature=0), "got temperature 0"),
        (lambda f: change_card(f, threshold="high"), "expected the card of a network"),
        (lambda f: change_card(f, network={"name": ["digitnet"]}), "expected one of"),
        (
            lambda f: change_card(f, network={"name": "digitnet", "arguments": {"widths": [10**6] * 3}}),
            "as card.json describes",
        ),
        (lambda f: change_card(f, network={"name": "resnet"}), "got network 'resnet'"),
        (
            lambda f: change_card(f, network={"name": "digitnet", "arguments": {"widths": [4, 6, 9]}}),
            "size mismatch|Error",
        ),
    ],
)
def test_every_damage_is_one_clear_sentence(saved, damage, message):
    damage(saved[0])
    with pytest.raises(ValueError, match=message) as caught:
        checkpoint.load(saved[0])
    assert "\n" not in str(caught.value)


def test_truncated_weights_that_the_card_vouches_for_are_refused_too(saved):
    folder = saved[0]
    path = folder / checkpoint.WEIGHTS
    path.write_bytes(path.read_bytes()[:-100])
    change_card(folder, weights_sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    with pytest.raises(ValueError, match=r"loading .*weights\.safetensors"):
        checkpoint.load(folder)


def test_a_full_disk_leaves_the_old_file(tmp_path):
    path = tmp_path / "card.json"
    files.write_text(path, "old")
    with pytest.raises(OSError, match="the disk is full"), files.atomic(path) as temporary:
        temporary.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
