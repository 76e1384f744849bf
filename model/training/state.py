"""The state of a training: one file in its folder, from which it resumes exactly, on this device or another."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor
from torch.optim import Optimizer

from model.files import atomic
from model.results import Epoch
from model.training.config import HARDWARE, TrainConfig
from model.training.page.config import PageConfig
from model.training.settings import Config
from model.training.strings.config import StringConfig

STATE = "state.safetensors"
CONFIGS: dict[str, type[Config]] = {"digit": TrainConfig, "page": PageConfig, "strings": StringConfig}


@dataclass(frozen=True)
class Best:
    """The epoch whose weights are kept so far."""

    epoch: int = 0
    accuracy: float | None = None
    highest: float = 0.0  # accuracy of any epoch


@dataclass(frozen=True)
class Progress:
    """What a training has done so far."""

    epoch: int = 0  # epochs that are finished
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    best: Best = Best()
    curves: list[Epoch] = field(default_factory=list)

    def after(self, loss: float, accuracy: float | None, rate: float, seconds: float, cpu_seconds: float) -> Progress:
        """The progress after one more epoch: its mean loss, validation accuracy, last learning rate and time."""
        epoch = Epoch(self.epoch + 1, loss, accuracy, rate, seconds, cpu_seconds)
        return replace(
            self,
            epoch=epoch.epoch,
            seconds=self.seconds + seconds,
            cpu_seconds=self.cpu_seconds + cpu_seconds,
            curves=[*self.curves, epoch],
        )


@dataclass(frozen=True)
class Inputs:
    """What a run was begun with: it goes on with nothing else."""

    config: dict[str, Any]  # the fields of the task's config
    sha256: str  # of the CSV
    extra: str | None = None  # SHA-256 of the corrections
    fold: tuple[int, int] | None = None  # (2, 5): validated on the third of five folds
    # Where these lay:
    start_from: str | None = None
    extra_folder: str | None = None
    task: str = "digit"  # a name in CONFIGS

    def named(self) -> dict[str, Any]:
        """What must be the same again, in the words of an error message; the hardware may be another."""
        config = CONFIGS[self.task].from_json(self.config).as_json()
        others = {
            "task": self.task,
            "CSV hash": self.sha256,
            "corrections": self.extra,
            "fold": self.fold,
        }
        return {name: value for name, value in (config | others).items() if name not in HARDWARE}

    def check_same(self, wanted: Inputs) -> None:
        """Raises ValueError that says what differs."""
        then, now = self.named(), wanted.named()
        differing = [f"{name} was {then[name]}, now {now[name]}" for name in then if then[name] != now[name]]
        if differing:
            raise ValueError(f"resuming: {', '.join(differing)}; give the same again, or start a new run")


@dataclass(frozen=True, eq=False)
class State:
    """Weights, their average, the best and the optimizer's memory, by name; and how far the training has come."""

    tensors: dict[str, Tensor]
    progress: Progress


def state_of(parts: Mapping[str, Mapping[str, Tensor]], optimizer: Optimizer, progress: Progress) -> State:
    """A state of the weights in `parts`, by the part's name, and of the optimizer's memory."""
    memory = {f"optimizer.{index}": values for index, values in optimizer.state_dict()["state"].items()}
    every = {**parts, **memory}
    return State({f"{part}.{name}": value for part, of in every.items() for name, value in of.items()}, progress)


def restore(state: State, optimizer: Optimizer, device: torch.device) -> dict[str, dict[str, Tensor]]:
    """Give the optimizer its memory back, whatever device it was saved on; returns the weights on `device`, by part."""
    parts: dict[str, dict[str, Tensor]] = defaultdict(dict)
    memory: dict[int, dict[str, Tensor]] = defaultdict(dict)
    for key, value in state.tensors.items():
        part, name = key.split(".", 1)
        if part == "optimizer":
            index, field_name = name.split(".", 1)
            like_weights = value.to(memory_format=torch.channels_last) if value.dim() == 4 else value
            memory[int(index)][field_name] = like_weights
        else:
            parts[part][name] = value.to(device)
    optimizer.load_state_dict({**optimizer.state_dict(), "state": dict(memory)})
    return parts


_PROGRESS, _INPUTS = TypeAdapter(Progress), TypeAdapter(Inputs)


def save_state(folder: Path, state: State, inputs: Inputs) -> None:
    """Everything that --resume needs, as one file."""
    tensors = {name: value.detach().cpu().contiguous() for name, value in state.tensors.items()}
    metadata = {"progress": json.dumps(asdict(state.progress)), "about": json.dumps(asdict(inputs))}
    with atomic(folder / STATE) as temporary:
        temporary.write_bytes(save(tensors, metadata))


def load_state(folder: Path, task: str = "digit") -> tuple[State, Inputs]:
    """The state of a run and what it was begun with.

    Raises ValueError when there is none, it is damaged or of another task.
    """
    path = folder / STATE
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata()
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
        progress, inputs = _PROGRESS.validate_json(metadata["progress"]), _INPUTS.validate_json(metadata["about"])
        CONFIGS[inputs.task].from_json(inputs.config)
    except FileNotFoundError:
        raise ValueError(f"resuming {folder}: there is no {STATE} in it; no epoch was finished, start anew") from None
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())[:300]
        raise ValueError(f"resuming {path}: {reason}; the file is damaged, start anew") from error
    if inputs.task != task:
        mend = f"leave out --{task}" if inputs.task == "digit" else f"add --{inputs.task}"
        raise ValueError(f"resuming {folder}: got a run of the {inputs.task} network, expected the {task} one; {mend}")
    return State(tensors, progress), inputs


def last_run(runs: Path) -> Path:
    """The run in `runs` with the newest state. Raises ValueError when there is none."""
    states = sorted(runs.glob(f"*/{STATE}"), key=lambda path: path.stat().st_mtime)
    if not states:
        raise ValueError(f"resuming: there is no {runs}/*/{STATE}; start a run without --resume first")
    return states[-1].parent
