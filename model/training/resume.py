"""Where a training stands: one file in its folder, from which it goes on exactly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from model.files import atomic

STATE = "state.safetensors"


def save_state(folder: Path, tensors: dict[str, torch.Tensor], progress: dict[str, Any], about: dict[str, Any]) -> None:
    """Everything that --resume needs, as one file."""
    with atomic(folder / STATE) as temporary:
        metadata = {"progress": json.dumps(progress), "about": json.dumps(about)}
        temporary.write_bytes(save(tensors, metadata))


def load_state(folder: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any], dict[str, Any]]:
    """Tensors, progress and config/CSV hash of a run. Raises ValueError when there is none or it is damaged."""
    path = folder / STATE
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata()
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
        return tensors, json.loads(metadata["progress"]), json.loads(metadata["about"])
    except FileNotFoundError:
        raise ValueError(f"resuming {folder}: there is no {STATE} in it; no epoch was finished, start anew") from None
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"resuming {path}: {error}; the file is damaged, start anew") from error


def last_run(runs: Path) -> Path:
    """The run in `runs` with the newest state. Raises ValueError when there is none."""
    states = sorted(runs.glob(f"*/{STATE}"), key=lambda path: path.stat().st_mtime)
    if not states:
        raise ValueError(f"resuming: there is no {runs}/*/{STATE}; start a run without --resume first")
    return states[-1].parent


def check_same(saved: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Refuse to go on with another config, CSV, teachers or corrections, saying which field differs."""
    pairs = [
        {
            **about["config"],
            "CSV hash": about["sha256"],
            "teachers": about.get("teachers", []),
            "corrections": about.get("extra"),
        }
        for about in (saved, wanted)
    ]
    differing = [name for name in pairs[1] if pairs[0].get(name) != pairs[1][name]]
    if differing:
        what = ", ".join(f"{name} was {pairs[0].get(name)}, now {pairs[1][name]}" for name in differing)
        raise ValueError(f"resuming: {what}; give the same again, or start a new run")
