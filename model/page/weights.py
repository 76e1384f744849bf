"""A trained page network as two files: page.safetensors, and page.json that says where it comes from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from model.files import atomic, current, write_text
from model.network import count_weights
from model.page.network import PageNet

WEIGHTS, CARD = "page.safetensors", "page.json"


@dataclass(frozen=True)
class Figures:
    """What the network finds on crops drawn with digits of the CSV that it was not trained on."""

    crops: int
    digits: int
    found: int  # of the digits, with the right label
    spurious: int  # found where no digit is, or with another label
    threshold: float  # score from which a digit counts as found


@dataclass(frozen=True)
class PageCard:
    """What is known of a page network."""

    arguments: dict[str, Any]  # of PageNet
    config: dict[str, Any] = field(default_factory=dict)  # of its training
    csv_sha256: str | None = None
    weights: int | None = None
    weights_sha256: str | None = None
    trained: str | None = None  # the day
    machine: str | None = None
    seconds: float | None = None
    cpu_seconds: float | None = None
    versions: dict[str, str] = field(default_factory=dict)
    figures: Figures | None = None


_CARD = TypeAdapter(PageCard)


def save(folder: str | Path, net: PageNet, card: PageCard) -> PageCard:
    """Write the weights of `net` as float16, and its card, into `folder`; returns the card with size and hash."""
    tensors = {
        name: (value.half() if value.is_floating_point() else value).detach().cpu().contiguous()
        for name, value in net.state_dict().items()
    }
    data = save_tensors(tensors)
    with atomic(Path(folder) / WEIGHTS, len(data)) as temporary:
        temporary.write_bytes(data)
    full = replace(card, weights=count_weights(net), weights_sha256=hashlib.sha256(data).hexdigest())
    write_text(Path(folder) / CARD, json.dumps(asdict(full), indent=1) + "\n")
    return full


def load(folder: str | Path) -> tuple[PageNet, PageCard]:
    """The page network of a folder as float32, in evaluation mode, and its card.

    Raises ValueError when files are missing, damaged or do not belong together.
    """
    path = Path(folder) / WEIGHTS
    try:
        card = _CARD.validate_json(current(Path(folder) / CARD).read_bytes())
        data = current(path).read_bytes()
        if hashlib.sha256(data).hexdigest() != card.weights_sha256:
            raise ValueError(f"its SHA-256 is not the one in {CARD}")
        with torch.device("meta"):
            net = PageNet(**card.arguments)
        tensors = load_tensors(data)
        net.load_state_dict({name: _as_float(value) for name, value in tensors.items()}, assign=True)
    except OSError as error:
        raise ValueError(f"loading {path}: {error.strerror}; expected {WEIGHTS} and {CARD}") from error
    except (SafetensorError, RuntimeError, TypeError, ValueError, OverflowError) as error:
        reason = " ".join(str(error).split())[:300]
        raise ValueError(f"loading {path}: {reason}; the files are damaged, copy both again") from error
    return net.eval(), card


def _as_float(value: torch.Tensor) -> torch.Tensor:
    if not torch.isfinite(value).all():
        raise ValueError("it holds numbers that are not finite")
    return value.float() if value.is_floating_point() else value
