"""A trained network beside DigitNet as two files: its weights, and a card that says where they come from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from pydantic import TypeAdapter
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import nn

from model.files import atomic, current, write_text
from model.network import count_weights

Net = TypeVar("Net", bound=nn.Module)


@dataclass(frozen=True)
class NetCard:
    """What is known of a network."""

    arguments: dict[str, Any]  # of its class
    config: dict[str, Any] = field(default_factory=dict)  # of its training
    csv_sha256: str | None = None
    weights: int | None = None
    weights_sha256: str | None = None
    trained: str | None = None  # the day
    machine: str | None = None
    seconds: float | None = None
    cpu_seconds: float | None = None
    versions: dict[str, str] = field(default_factory=dict)
    figures: dict[str, int | float] | None = None  # on pictures drawn with digits of the CSV that it was not trained on


_CARD = TypeAdapter(NetCard)


@dataclass(frozen=True)
class Stored(Generic[Net]):
    """How the networks of one class are kept: NAME.safetensors and NAME.json."""

    name: str
    kind: type[Net]

    @property
    def files(self) -> tuple[str, str]:
        """The names of the weights' file and of the card's."""
        return f"{self.name}.safetensors", f"{self.name}.json"

    def save(self, folder: str | Path, net: nn.Module, card: NetCard) -> NetCard:
        """Write the weights of `net` as float16, and its card, into `folder`; returns the card with size and hash."""
        tensors = {
            name: (value.half() if value.is_floating_point() else value).detach().cpu().contiguous()
            for name, value in net.state_dict().items()
        }
        data = save_tensors(tensors)
        weights, about = (Path(folder) / name for name in self.files)
        with atomic(weights, len(data)) as temporary:
            temporary.write_bytes(data)
        full = replace(card, weights=count_weights(net), weights_sha256=hashlib.sha256(data).hexdigest())
        write_text(about, json.dumps(asdict(full), indent=1) + "\n")
        return full

    def load(self, folder: str | Path) -> tuple[Net, NetCard]:
        """The network of a folder as float32, in evaluation mode, and its card.

        Raises ValueError when files are missing, damaged or do not belong together.
        """
        path, about = (Path(folder) / name for name in self.files)
        try:
            card = _CARD.validate_json(current(about).read_bytes())
            data = current(path).read_bytes()
            if hashlib.sha256(data).hexdigest() != card.weights_sha256:
                raise ValueError(f"its SHA-256 is not the one in {about.name}")
            with torch.device("meta"):
                net = self.kind(**card.arguments)
            tensors = load_tensors(data)
            net.load_state_dict({name: _as_float(value) for name, value in tensors.items()}, assign=True)
        except OSError as error:
            raise ValueError(f"loading {path}: {error.strerror}; expected {path.name} and {about.name}") from error
        except (SafetensorError, RuntimeError, TypeError, ValueError, OverflowError) as error:
            reason = " ".join(str(error).split())[:300]
            raise ValueError(f"loading {path}: {reason}; the files are damaged, copy both again") from error
        return net.eval(), card


def _as_float(value: torch.Tensor) -> torch.Tensor:
    if not torch.isfinite(value).all():
        raise ValueError("it holds numbers that are not finite")
    return value.float() if value.is_floating_point() else value
