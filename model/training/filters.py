"""Small operations on batches (N, 1, H, W) of ink, fast on a processor and the same on every device."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import torch
import torch.nn.functional as F
from torch import Generator, Tensor


def uniform(generator: Generator, like: Tensor, *shape: int, low: float = -1.0, high: float = 1.0) -> Tensor:
    """Random numbers from `low` to `high`, drawn on the CPU, on the device of `like`."""
    return (torch.rand(*shape, generator=generator) * (high - low) + low).to(like.device)


@cache
def _enlarging(size: int, side: int) -> Tensor:
    """(side, size) weights of bicubic interpolation from `size` values, the corners kept."""
    columns = F.interpolate(torch.eye(size)[None, :, :, None], size=(side, 1), mode="bicubic", align_corners=True)
    return columns[0, :, :, 0].T.contiguous()


def enlarged(coarse: Tensor, side: int) -> Tensor:
    """(…, side, side) of (…, k, k) by bicubic interpolation; as a product of matrices, eight times as fast."""
    weights = _enlarging(coarse.shape[-1], side).to(coarse.device)
    return weights @ coarse @ weights.T


def _around(ink: Tensor, combine: Callable[[Tensor, Tensor], Tensor], paper: float = 0.0) -> Tensor:
    """Each pixel combined with its eight neighbours, rows first; 25 times as fast as pooling on a processor."""
    framed = F.pad(ink, (1, 1, 1, 1), value=paper)
    rows = combine(combine(framed[..., :-2], framed[..., 1:-1]), framed[..., 2:])
    return combine(combine(rows[..., :-2, :], rows[..., 1:-1, :]), rows[..., 2:, :])


def grown(ink: Tensor) -> Tensor:
    """Grey dilation by one pixel."""
    return _around(ink, torch.maximum)


def shrunk(ink: Tensor) -> Tensor:
    """Grey erosion by one pixel."""
    return _around(ink, torch.minimum, paper=1.0)


def blurred(ink: Tensor) -> Tensor:
    """Each pixel the mean of itself and its eight neighbours."""
    return _around(ink, torch.add) / 9
