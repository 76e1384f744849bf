"""A trained network as two files: weights.safetensors, and card.json that explains them."""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from model.files import atomic, finish, write_text
from model.network import NETWORKS, count_multiply_adds, count_weights

WEIGHTS = "weights.safetensors"
CARD = "card.json"
FORMAT = 1  # of the card; a newer program may raise it


def save(folder: str | Path, net: torch.nn.Module, card: dict[str, Any]) -> None:
    """Write `net` and its `card` (plain JSON values, "network": {"name", "arguments"} at least) into `folder`.

    The weights are kept as float32; both files are written under another name first and renamed.
    """
    folder = Path(folder)
    tensors = {name: value.detach().cpu().contiguous() for name, value in net.state_dict().items()}
    data = save_tensors(tensors)
    with atomic(folder / WEIGHTS, len(data)) as temporary:
        temporary.write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    network = {**card["network"], "weights": count_weights(net), "multiply_adds": count_multiply_adds(net)}
    full = {**card, "format": FORMAT, "network": network, "weights_sha256": digest}
    write_text(folder / CARD, json.dumps(full, indent=1, ensure_ascii=False) + "\n")


def load_card(folder: str | Path) -> dict[str, Any]:
    """The card of a folder. Raises ValueError when it is missing, no JSON, of a newer format or has no sane values."""
    path = Path(folder) / CARD
    with contextlib.suppress(OSError):  # a folder that cannot be written to was not left half done either
        finish(folder)
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
        form, name = int(card["format"]), str(card["network"]["name"])
        temperature, threshold = float(card.get("temperature", 1.0)), float(card.get("threshold", 0.5))
    except FileNotFoundError:
        raise ValueError(
            f"loading {path}: there is no such file; expected the folder of a finished training run, "
            "make one with python train.py --data digit-recognizer.zip"
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        came = f"{type(error).__name__}: {error}".replace("\n", " ")[:200]
        raise ValueError(f"loading {path}: got {came}, expected the card of a network; train it again") from error
    if form > FORMAT:
        raise ValueError(f"loading {path}: got card format {form}, expected at most {FORMAT}; update this program")
    if name not in NETWORKS:
        raise ValueError(f"loading {path}: got network {name!r}, expected one of {', '.join(sorted(NETWORKS))}")
    if not (0 < temperature < math.inf and 0 <= threshold <= 1):
        raise ValueError(
            f"loading {path}: got temperature {temperature} and threshold {threshold}, "
            "expected more than 0, and 0 to 1; train it again"
        )
    return card


def load(folder: str | Path) -> tuple[torch.nn.Module, dict[str, Any]]:
    """The network of a folder, in evaluation mode, and its card.

    Raises ValueError when files are missing, truncated, changed since they were written or of another network.
    Nothing is allocated before the weights are known to have the shapes that the card describes.
    """
    card = load_card(folder)
    path = Path(folder) / WEIGHTS
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ValueError(f"loading {path}: {error.strerror}; expected the weights beside {CARD}") from error
    expected = card.get("weights_sha256")
    if hashlib.sha256(data).hexdigest() != expected:
        raise ValueError(
            f"loading {path}: its SHA-256 is not the one in {CARD}: the file is damaged or of another run; "
            "copy both files again"
        )
    try:
        with torch.device("meta"):
            net = NETWORKS[card["network"]["name"]](**card["network"].get("arguments", {}))
        expected_types = {name: value.dtype for name, value in net.state_dict().items()}
        tensors = load_tensors(data)
        for name, value in tensors.items():
            if value.dtype != expected_types.get(name, value.dtype) or not torch.isfinite(value).all():
                raise ValueError(f"{name[:80]} holds {value.dtype}, or numbers that are not finite")
        net.load_state_dict(tensors, assign=True)
    except (SafetensorError, RuntimeError, TypeError, ValueError, OverflowError) as error:
        reason = " ".join(str(error).split())[:300]
        raise ValueError(
            f"loading {path}: {reason}; expected the weights of {card['network']['name']} as {CARD} describes it"
        ) from error
    return net.eval(), card
