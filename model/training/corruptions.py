"""Corrupted pictures: noise, lines, uneven ground and the like, each sample by its own random change.

The families are those of Mu and Gilmer's MNIST-C (2019); the code and the strengths are our own. Batches are
(N, 1, 28, 28) float32 ink in [0, 1] on any device; randomness comes from one torch.Generator on the CPU.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from model.training.filters import blurred, enlarged, grown, shrunk, uniform


def _noise(ink: Tensor, generator: Generator) -> Tensor:
    return ink + torch.randn(ink.shape, generator=generator).to(ink.device) * uniform(
        generator, ink, len(ink), 1, 1, 1, low=0.02, high=0.3
    )


def _specks(ink: Tensor, generator: Generator) -> Tensor:
    """Pixels set to ink or paper at random: dust, salt and pepper."""
    dice = torch.rand(ink.shape, generator=generator).to(ink.device)
    rate = uniform(generator, ink, len(ink), 1, 1, 1, low=0.0, high=0.08)
    return torch.where(dice < rate, torch.ones_like(ink), torch.where(dice > 1 - rate, torch.zeros_like(ink), ink))


def _smooth_noise(ink: Tensor, generator: Generator, cells: int) -> Tensor:
    """(N, 1, H, W) noise in [0, 1] that changes over 1/`cells` of the picture's side."""
    coarse = uniform(generator, ink, len(ink), 1, cells, cells, low=0.0)
    return enlarged(coarse, ink.shape[-1]).clamp(0, 1)


def _uneven_ground(ink: Tensor, generator: Generator) -> Tensor:
    """Grey ground of random height, smooth or cloudy, as fog, shadow or a badly thresholded photo leaves."""
    cloudy = uniform(generator, ink, len(ink), 1, 1, 1, low=0.0, high=0.6)
    ground = (1 - cloudy) * _smooth_noise(ink, generator, 4) + cloudy * _smooth_noise(ink, generator, 14)
    weight = torch.exp(uniform(generator, ink, len(ink), 1, 1, 1, low=math.log(0.15), high=math.log(3.5)))
    return (ink + weight * ground) / (1 + weight)


def _line(ink: Tensor, generator: Generator) -> Tensor:
    """A thin line across the picture, straight or zigzag, whole, dotted or erased from the ink."""
    n, side = len(ink), ink.shape[-1]
    axis = torch.arange(side, device=ink.device, dtype=ink.dtype) - (side - 1) / 2
    angle = uniform(generator, ink, n, 1, 1, low=0.0, high=math.pi)
    across = axis[None, None, :] * torch.sin(angle) - axis[None, :, None] * torch.cos(angle)
    along = axis[None, None, :] * torch.cos(angle) + axis[None, :, None] * torch.sin(angle)
    teeth = uniform(generator, ink, n, 1, 1, low=-3.0, high=3.0).clamp(min=0)  # half of the lines are straight
    length = uniform(generator, ink, n, 1, 1, low=5.0, high=10.0)
    zigzag = ((along / length) % 1 * 4 - 2).abs() - 1  # a triangular wave in [-1, 1]
    distance = (across - uniform(generator, ink, n, 1, 1) * 11 - teeth * zigzag).abs()
    line = (uniform(generator, ink, n, 1, 1, low=0.8, high=1.6) - distance).clamp(0, 1)
    period = uniform(generator, ink, n, 1, 1, low=2.0, high=5.0)
    dotted = uniform(generator, ink, n, 1, 1) > 0
    line = torch.where(dotted & (along % period > period / 2), torch.zeros_like(line), line)[:, None]
    erase = uniform(generator, ink, n, 1, 1, 1) > 0.6
    return torch.where(erase, ink * (1 - line), torch.maximum(ink, line))


def _outline(ink: Tensor, generator: Generator) -> Tensor:
    """Only the edges of the ink, as hollow letters (soft) and edge detectors (one pixel, black and white) draw them."""
    soft = grown(ink) - shrunk(ink)
    level = uniform(generator, ink, len(ink), 1, 1, 1, low=0.25, high=0.65)
    solid = (blurred(ink) + ink > 2 * level).to(ink.dtype)
    cross = torch.maximum(F.max_pool2d(solid, (3, 1), 1, (1, 0)), F.max_pool2d(solid, (1, 3), 1, (0, 1)))
    return torch.where(uniform(generator, ink, len(ink), 1, 1, 1) > 0.3, soft, cross - solid)


def _inverted_band(ink: Tensor, generator: Generator) -> Tensor:
    """Ink and paper exchanged in a band of columns or rows, or outside it."""
    n, side = len(ink), ink.shape[-1]
    at = torch.arange(side, device=ink.device)
    first = uniform(generator, ink, n, 1, 1, low=0.0, high=side / 2)
    last = first + uniform(generator, ink, n, 1, 1, low=4.0, high=side * 0.7)
    columns = ((at >= first) & (at < last))[..., None, :].expand(n, 1, side, side)
    band = torch.where(uniform(generator, ink, n, 1, 1, 1) > 0, columns, columns.transpose(2, 3))
    band = band ^ (uniform(generator, ink, n, 1, 1, 1) > 0)
    return torch.where(band, 1 - ink, ink)


def _frosted(ink: Tensor, generator: Generator) -> Tensor:
    """Seen through frosted glass: pixels take a neighbour's place at random, before and after a blur."""
    n, side = len(ink), ink.shape[-1]
    identity = torch.eye(2, 3, device=ink.device, dtype=ink.dtype).expand(n, 2, 3)
    grid = F.affine_grid(identity, list(ink.shape), align_corners=False)
    reach = uniform(generator, ink, n, 1, 1, 1, low=1.0, high=2.2) * 2 / side
    ink = blurred(ink)
    ink = F.grid_sample(
        ink, grid + reach * uniform(generator, ink, n, side, side, 2), mode="nearest", align_corners=False
    )
    return blurred(ink)


def _spatter(ink: Tensor, generator: Generator) -> Tensor:
    """Spots of grey mud over ink and paper."""
    edge = uniform(generator, ink, len(ink), 1, 1, 1, low=0.55, high=0.8)
    mud = ((_smooth_noise(ink, generator, 12) - edge) * 8).clamp(0, 1)
    grey = uniform(generator, ink, len(ink), 1, 1, 1, low=0.0, high=0.6)
    return ink * (1 - mud) + grey * mud


def _coarse_pixels(ink: Tensor, generator: Generator) -> Tensor:
    """Averaged to half the resolution and enlarged again."""
    return F.interpolate(F.avg_pool2d(ink, 2), scale_factor=2, mode="nearest")


def _streak(ink: Tensor, generator: Generator) -> Tensor:
    """Smeared along the rows or the columns, as a moving camera does."""
    kernel = torch.full((1, 1, 1, 5), 0.2, device=ink.device, dtype=ink.dtype)
    rows = F.conv2d(ink, kernel, padding=(0, 2))
    columns = F.conv2d(ink, kernel.transpose(2, 3), padding=(2, 0))
    return torch.where(uniform(generator, ink, len(ink), 1, 1, 1) > 0, rows, columns)


CORRUPTIONS = (
    _noise,
    _specks,
    _uneven_ground,
    _line,
    _outline,
    _inverted_band,
    _frosted,
    _spatter,
    _coarse_pixels,
    _streak,
)


def corrupt(ink: Tensor, generator: Generator, share: float) -> Tensor:
    """One random corruption for a `share` of the samples, the others untouched."""
    which = torch.rand(len(ink), generator=generator).to(ink.device) / max(share, 1e-9) * len(CORRUPTIONS)
    out = ink.clone()
    for number, change in enumerate(CORRUPTIONS):
        chosen = ((which >= number) & (which < number + 1)).nonzero()[:, 0]
        if len(chosen):
            out[chosen] = change(ink[chosen], generator)
    return out.clamp(0, 1)
