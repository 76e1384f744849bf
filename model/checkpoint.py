"""A trained network as two files: weights.safetensors, and card.json that explains them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from model.card import CARD, Card, Network
from model.files import atomic, current
from model.layers import Layer, layers
from model.network import NETWORKS, count_multiply_adds, count_weights

WEIGHTS = "weights.safetensors"


def save(folder: str | Path, net: torch.nn.Module, card: Card) -> Card:
    """Write `net` and its `card`, with its size and hash, into `folder`; returns that card.

    The weights are kept as float32; both files are written under another name first and renamed.
    """
    tensors = {name: value.detach().cpu().contiguous() for name, value in net.state_dict().items()}
    data = save_tensors(tensors)
    with atomic(Path(folder) / WEIGHTS, len(data)) as temporary:
        temporary.write_bytes(data)
    network = replace(card.network, weights=count_weights(net), multiply_adds=count_multiply_adds(net))
    full = replace(card, network=network, weights_sha256=hashlib.sha256(data).hexdigest())
    full.write(folder)
    return full


def load(folder: str | Path) -> tuple[torch.nn.Module, Card]:
    """The network of a folder, in evaluation mode, and its card.

    Raises ValueError when files are missing, truncated, changed since they were written or of another network.
    """
    card = Card.read(folder)
    path = Path(folder) / WEIGHTS
    try:
        data = current(path).read_bytes()
    except OSError as error:
        raise ValueError(f"loading {path}: {error.strerror}; expected the weights beside {CARD}") from error
    if hashlib.sha256(data).hexdigest() != card.weights_sha256:
        raise ValueError(
            f"loading {path}: its SHA-256 is not the one in {CARD}: the file is damaged or of another run; "
            "copy both files again"
        )
    try:
        net = _build(card, load_tensors(data))
    except (SafetensorError, RuntimeError, TypeError, ValueError, OverflowError) as error:
        reason = " ".join(str(error).split())[:300]
        raise ValueError(
            f"loading {path}: {reason}; expected the weights of {card.network.name} as {CARD} describes it"
        ) from error
    return net.eval(), card


def _build(card: Card, tensors: dict[str, torch.Tensor]) -> torch.nn.Module:
    """The network with these weights; nothing is allocated before they are known to have the card's shapes."""
    net = _outline(card.network)
    expected = {name: value.dtype for name, value in net.state_dict().items()}
    for name, value in tensors.items():
        if value.dtype != expected.get(name, value.dtype) or not torch.isfinite(value).all():
            raise ValueError(f"{name[:80]} holds {value.dtype}, or numbers that are not finite")
    net.load_state_dict(tensors, assign=True)
    return net


def _outline(network: Network) -> torch.nn.Module:
    """The network without the memory for its weights."""
    with torch.device("meta"):
        return NETWORKS[network.name](**network.arguments)


def described(network: Network) -> list[Layer]:
    """The layers of the network that a card names; [] for an unknown one, and when they do not add up to the card's
    own sums."""
    try:
        found = layers(_outline(network))
    except (KeyError, RuntimeError, TypeError, ValueError, OverflowError):
        return []
    sums = sum(layer.weights for layer in found), sum(layer.multiply_adds for layer in found)
    return found if sums == (network.weights, network.multiply_adds) else []
