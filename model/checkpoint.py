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

    Kernels and matrices are kept as float16, which halves the file; measure a net after `round_weights`, so that its
    figures are those of what is kept. Both files are written under another name first and renamed.
    """
    data = save_tensors({name: _kept(value).cpu().contiguous() for name, value in net.state_dict().items()})
    with atomic(Path(folder) / WEIGHTS, len(data)) as temporary:
        temporary.write_bytes(data)
    network = replace(card.network, weights=count_weights(net), multiply_adds=count_multiply_adds(net))
    full = replace(card, network=network, weights_sha256=hashlib.sha256(data).hexdigest())
    full.write(folder)
    return full


def round_weights(net: torch.nn.Module) -> None:
    """Give `net` the weights that it will have once it is saved and loaded again."""
    net.load_state_dict({name: _kept(value).to(value.dtype) for name, value in net.state_dict().items()})


def _kept(value: torch.Tensor) -> torch.Tensor:
    """How a tensor lies in the file. What has one number for each channel, such as batch norm's variances, can be too
    small for float16 and is not worth halving."""
    return value.detach().half() if value.dim() >= 2 else value.detach()


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
        wanted = expected.get(name, value.dtype)
        if value.dtype not in (wanted, torch.float16):
            raise ValueError(f"{name[:80]} holds {value.dtype}, expected {wanted}")
        if not torch.isfinite(value).all():
            raise ValueError(f"{name[:80]} holds numbers that are not finite")
        tensors[name] = value.to(wanted)
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
