"""One training over several processes, as torchrun starts them: who this process is, and its share of the work."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn


@contextmanager
def group() -> Iterator[None]:
    """Join the processes that torchrun started: NCCL between GPUs, gloo between CPUs. Alone, this does nothing.

    On leaving, the group's threads have ended. One that still lets go of a tensor while Python shuts down aborts the
    process ("terminate called without an active exception"), and torchrun then calls the whole training failed.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield
        return
    # Its functions take the group that stands at the import as a default, and DistributedDataParallel imports it:
    # imported later, it would keep the group and its threads for ever.
    import torch.distributed.nn

    on_gpus = torch.cuda.is_available()
    if on_gpus:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    dist.init_process_group("nccl" if on_gpus else "gloo")
    try:
        yield
    finally:
        dist.destroy_process_group()
        gc.collect()  # DistributedDataParallel refers to itself, and to the group


def rank() -> int:
    """The number of this process; 0, which alone writes and shows progress, when there is one only."""
    return dist.get_rank() if dist.is_initialized() else 0


def processes() -> int:
    """How many processes train together."""
    return dist.get_world_size() if dist.is_initialized() else 1


def wrap(net: nn.Module, device: torch.device) -> nn.Module:
    """`net` with gradients averaged over the processes; itself when there is one only.

    On GPUs batch norm takes its statistics over all processes. Torch has that for CUDA only: on CPUs each process
    normalises by its own share of the batch, so a network with batch norm learns a little differently there.
    """
    if processes() == 1:
        return net
    if device.type == "cuda":
        net = nn.SyncBatchNorm.convert_sync_batchnorm(net)
    return nn.parallel.DistributedDataParallel(net, device_ids=[device] if device.type == "cuda" else None)


def shard(*tensors: Tensor) -> tuple[tuple[Tensor, ...], float]:
    """This process's rows of a batch, and the factor that makes the mean of the processes' losses the batch's loss.

    A batch with fewer rows than processes stays whole everywhere.
    """
    count, total = processes(), len(tensors[0])
    if count == 1 or total < count:
        return tensors, 1.0
    mine = tuple(tensor[rank() :: count] for tensor in tensors)
    return mine, len(mine[0]) * count / total


def broadcast(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of process 0, in all."""
    if processes() > 1:
        tensors = {name: tensor.contiguous() for name, tensor in tensors.items()}
        for tensor in tensors.values():
            dist.broadcast(tensor, src=0)
    return tensors


def broadcast_object(value: Any) -> Any:
    """The value (any plain object) of process 0, in all."""
    if processes() == 1:
        return value
    values = [value]
    dist.broadcast_object_list(values, src=0)
    return values[0]
