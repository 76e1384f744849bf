"""What a network is loaded from: card.json, weights.safetensors, and the state that --resume reads."""

from __future__ import annotations

import hashlib
import json
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import save as save_tensors

from model import checkpoint
from model.card import CARD, Card, Network
from model.network import DigitNet
from model.reader import DigitReader
from model.training import state
from tools.fuzz import Target, sentence

ARGUMENTS: dict[str, Any] = {"widths": [2, 2, 2]}


def small_network(folder: Path) -> tuple[bytes, bytes]:
    """The bytes of weights and card of a tiny network."""
    card = Card(Network("digitnet", ARGUMENTS), temperature=1.2, threshold=0.4)
    checkpoint.save(folder, DigitNet(**ARGUMENTS), card)
    return (folder / checkpoint.WEIGHTS).read_bytes(), (folder / CARD).read_bytes()


def pickled() -> bytes:
    """A pickle that leaves a trace when it is loaded."""

    class Trace:
        def __reduce__(self) -> Any:
            return Trap.spring, ()

    return pickle.dumps(Trace())


class Trap:
    sprung = False

    @classmethod
    def spring(cls) -> None:
        cls.sprung = True


def loading(folder: Path, load: Callable[[Path], Any]) -> str | None:
    try:
        load(folder)
    except ValueError as error:
        return sentence(str(error).replace(str(folder), ""))
    finally:
        assert not Trap.sprung, "a pickle was loaded"
    return None


def card_target(folder: Path) -> Target:
    """card.json beside good weights."""
    weights, card = small_network(folder)
    good = json.loads(card)

    def enter(raw: bytes) -> str | None:
        (folder / CARD).write_bytes(raw)
        (folder / checkpoint.WEIGHTS).write_bytes(weights)
        return loading(folder, DigitReader.load)

    changes: list[dict[str, Any]] = [
        {},
        {"format": 99},
        {"format": None},
        {"format": 1e999},
        {"weights_sha256": None},
        {"weights_sha256": "0" * 64},
        {"weights_sha256": 7},
        {"temperature": "hot"},
        {"temperature": 0},
        {"temperature": -1},
        {"temperature": float("nan")},
        {"threshold": None},
        {"threshold": [0.5]},
        {"threshold": float("inf")},
        {"network": None},
        {"network": {"name": ["digitnet"]}},
        {"network": {"name": "digitnet"}},
        {"network": {"name": "digitnet", "arguments": {"widths": [10**6] * 3}}},
        {"network": {"name": "digitnet", "arguments": {"widths": [10**30] * 3}}},
        {"network": {"name": "digitnet", "arguments": {"widths": [-1, 2, 2]}}},
        {"network": {"name": "digitnet", "arguments": {"widths": "abc"}}},
        {"network": {"name": "digitnet", "arguments": {"widths": [2, 2, 2], "depth": 7}}},
        {"network": {"name": "digitnet", "arguments": [1, 2]}},
        {"network": {"name": "vgg-bn"}},
    ]
    texts = [json.dumps({**good, **change}).encode() for change in changes]
    without = json.dumps({name: value for name, value in good.items() if name != "weights_sha256"}).encode()
    return Target((*texts, without, b"", b"[]", b"null", b"\xff\xfe", b"{" * 5000, pickled()), enter)


def weights_target(folder: Path) -> Target:
    """weights.safetensors under a card that vouches for them, so that their content is looked at."""
    weights, card = small_network(folder)
    good = json.loads(card)
    size = struct.unpack("<Q", weights[:8])[0]
    header = json.loads(weights[8 : 8 + size])
    tensors = {name: np.zeros(one["shape"], np.float32) for name, one in header.items() if name != "__metadata__"}

    def enter(raw: bytes) -> str | None:
        (folder / checkpoint.WEIGHTS).write_bytes(raw)
        vouching = {**good, "weights_sha256": hashlib.sha256(raw).hexdigest()}
        (folder / CARD).write_text(json.dumps(vouching))
        return loading(folder, DigitReader.load)

    def relabelled(**values: Any) -> bytes:
        text = json.dumps({name: {**one, **values} for name, one in header.items() if name != "__metadata__"}).encode()
        return struct.pack("<Q", len(text)) + text + weights[8 + size :]

    other = {**tensors, "head.weight": np.zeros((3, 3), np.float32)}
    broken = {**tensors, "head.bias": np.full(11, np.nan, np.float32)}
    return Target(
        (
            weights,
            weights[:-4],
            weights[: size + 8],
            weights + bytes(4),
            struct.pack("<Q", 2**63) + weights[8:],
            relabelled(shape=[2**40]),
            relabelled(data_offsets=[0, 2**40]),
            relabelled(dtype="F64"),
            relabelled(dtype="BOOL"),
            save_tensors(other),
            save_tensors(broken),
            save_tensors({name: value.astype(np.float64) for name, value in tensors.items()}),
            save_tensors({}),
            pickled(),
            b"",
            b"PK\x03\x04",
        ),
        enter,
    )


def state_target(folder: Path) -> Target:
    """state.safetensors, what --resume reads."""
    tensors = {"net.head.bias": torch.zeros(11)}
    state.save_state(folder, state.State(tensors, state.Progress(epoch=1)), state.Inputs({}, "0"))
    good = (folder / state.STATE).read_bytes()
    size = struct.unpack("<Q", good[:8])[0]
    header = json.loads(good[8 : 8 + size])
    bare = json.dumps({name: one for name, one in header.items() if name != "__metadata__"}).encode()

    def enter(raw: bytes) -> str | None:
        (folder / state.STATE).write_bytes(raw)
        return loading(folder, state.load_state)

    return Target((good, good[:-4], good[:30], struct.pack("<Q", len(bare)) + bare + bytes(44), pickled(), b""), enter)
