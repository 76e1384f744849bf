"""Where a training runs: processor, NVIDIA or Apple GPU; and its errors as one sentence that says what to do."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from model.training import parallel
from model.training.state import STATE

OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")
TOO_OLD = ("no kernel image is available", "cuda capability", "not compatible with the current pytorch")


def choose_device(name: str) -> torch.device:
    """The torch device of "auto", "cpu", "cuda", "cuda:1" or "mps". Raises ValueError for one that is not here.

    With torchrun "cuda" is the GPU of this process.
    """
    here = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(kind for kind, is_here in here.items() if is_here)
    if not here.get(name.split(":")[0], False):
        raise ValueError(f"choosing a device: got {name!r}, expected auto, cpu, or cuda or mps where there is a GPU")
    if name == "cuda" and parallel.processes() > 1:
        return torch.device("cuda", torch.cuda.current_device())
    return torch.device(name)


def uses_bfloat16(precision: str, device: torch.device) -> bool:
    """Whether to run the convolutions in bfloat16: on request, or with "auto" where the hardware knows it."""
    if precision != "auto" or device.type == "mps":
        return precision == "bfloat16"
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.cpu.get_capabilities().get("avx512_bf16"))


def machine(device: torch.device) -> str:
    """What the card says of the machine."""
    together = f"{parallel.processes()} processes, each " if parallel.processes() > 1 else ""
    if device.type == "cuda":
        return together + torch.cuda.get_device_name(device)
    threads = torch.get_num_threads()
    kind = "the Apple GPU" if device.type == "mps" else f"{threads} thread{'s' * (threads > 1)}"
    return f"{together}{kind} of {platform.machine()} {platform.system()}"


@contextmanager
def faults_in_words(batch_size: int, folder: Path) -> Iterator[None]:
    """Turns an error of the hardware into a ValueError that says what to do; `folder` is the run's."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        sentence = fault(error, batch_size, folder, (folder / STATE).exists())
        if sentence is None:
            raise
        raise ValueError(sentence) from error


def fault(error: BaseException, batch_size: int, folder: Path, is_resumable: bool) -> str | None:
    """What to do about an error of the hardware, in one sentence; None for an error of another kind."""
    text = str(error).lower()
    go_on = f"go on with --resume '{folder}'" if is_resumable else "start again with the same flags"
    if isinstance(error, MemoryError) or any(words in text for words in OUT_OF_MEMORY):
        return (
            f"training: out of memory with batches of {batch_size}; {go_on} and --device cpu where it was a GPU, "
            f"or start a new run with a smaller --batch-size or smaller --widths"
        )
    if any(words in text for words in TOO_OLD):
        return f"training: this GPU is too old for the installed torch; {go_on} and --device cpu"
    return None
