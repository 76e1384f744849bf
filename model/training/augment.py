"""Seeded augmentation of whole batches: each sample is drawn anew by its own random transform.

Batches are (N, 1, 28, 28) float32 ink in [0, 1] on any device; randomness comes from one torch.Generator on the CPU.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from model.training.corruptions import corrupt
from model.training.filters import blurred, enlarged, grown, shrunk, uniform


@dataclass(frozen=True)
class Ranges:
    """How far samples are changed: the greatest of each, in pixels of a 28 × 28 picture where nothing else is said."""

    rotation: float = 13.0  # degrees
    scale: float = 0.14  # share of the width, and of the height by itself
    aspect: float = 0.4  # logarithm of the width to the height
    aspect_share: float = 0.2  # of the samples whose aspect changes so far: hands write flat and narrow digits
    shear: float = 0.28  # sideways for each pixel of height
    shift: float = 2.2
    elastic: float = 1.3
    thinner: float = 0.5  # share of a stroke's outermost pixels that goes
    thicker: float = 0.8  # the same of those around it, which are filled
    gap: float = 1.8  # radius of a gap in a stroke
    gap_share: float = 0.05  # of the samples that have one: pens skip

    def times(self, strength: float) -> Ranges:
        """Each range `strength` times as large."""
        return replace(self, **{field.name: strength * getattr(self, field.name) for field in fields(self)})


RANGES = Ranges()


def _matrices(like: Tensor, generator: Generator, ranges: Ranges) -> Tensor:
    """(N, 2, 3) affine maps from each new picture to the old one, in halves of its side."""
    n = len(like)
    angle = uniform(generator, like, n) * math.radians(ranges.rotation)
    wide, high = (1 + uniform(generator, like, n) * ranges.scale for _ in range(2))
    wild = uniform(generator, like, n, low=0.0) < ranges.aspect_share
    squeeze = torch.exp(uniform(generator, like, n) * ranges.aspect * wild)
    # A digit is about three quarters as wide as high: one made wider than high is made smaller to stay in its box.
    fitting = 1 / torch.clamp(0.75 * squeeze, min=1.0)
    wide, high = wide * squeeze * fitting, high * fitting
    slant = uniform(generator, like, n) * ranges.shear
    offset = uniform(generator, like, n, 2) * ranges.shift * 2 / like.shape[-1]
    cos, sin = torch.cos(angle), torch.sin(angle)
    across = torch.stack([cos / wide, (slant * cos - sin) / wide, offset[:, 0]], dim=1)
    down = torch.stack([sin / high, (slant * sin + cos) / high, offset[:, 1]], dim=1)
    return torch.stack([across, down], dim=1)


def warp(ink: Tensor, generator: Generator, ranges: Ranges = RANGES) -> Tensor:
    """Affine and elastic deformation in one resampling.

    The elastic field is smooth noise (Simard et al. 2003), here of random coarseness, by bicubic interpolation of a
    coarse grid.
    """
    n, side = len(ink), ink.shape[-1]
    grid = F.affine_grid(_matrices(ink, generator, ranges), list(ink.shape), align_corners=False)
    strength = uniform(generator, ink, n, 1, 1, 1, low=0.0) * ranges.elastic * 2 / side
    field = sum(enlarged(strength * uniform(generator, ink, n, 2, size, size), side) for size in (4, 7))
    return F.grid_sample(ink, grid + torch.as_tensor(field).permute(0, 2, 3, 1), align_corners=False)


def move(ink: Tensor, rotation: float, right: float, down: float) -> Tensor:
    """(N, 1, H, W) ink turned clockwise by `rotation` degrees, then moved by pixels; what comes in is 0."""
    cos, sin = math.cos(math.radians(rotation)), math.sin(math.radians(rotation))
    x, y = -2 * right / ink.shape[-1], -2 * down / ink.shape[-2]
    matrix = torch.tensor([[cos, sin, cos * x + sin * y], [-sin, cos, cos * y - sin * x]], device=ink.device)
    grid = F.affine_grid(matrix.expand(len(ink), 2, 3), list(ink.shape), align_corners=False)
    return F.grid_sample(ink, grid, align_corners=False)


def change_stroke_width(ink: Tensor, generator: Generator, ranges: Ranges = RANGES) -> Tensor:
    """Grey dilation or erosion by up to one pixel, mixed with the ink by a random share per sample."""
    share = uniform(generator, ink, len(ink), 1, 1, 1, low=-ranges.thinner, high=ranges.thicker)
    return ink + share.clamp(min=0) * (grown(ink) - ink) + (-share).clamp(min=0) * (shrunk(ink) - ink)


def change_softness(ink: Tensor, generator: Generator) -> Tensor:
    """Blur or sharpen the edges and bend the tone: pens, scanners and anti-aliasing differ in both."""
    n = len(ink)
    share = uniform(generator, ink, n, 1, 1, 1, low=-0.5, high=0.8)
    ink = (ink + share * (blurred(ink) - ink)).clamp(0, 1)
    gamma = torch.exp(uniform(generator, ink, n, 1, 1, 1) * 0.35)
    strength = uniform(generator, ink, n, 1, 1, 1, low=0.75, high=1.0)
    return ink.pow(gamma) * strength


def interrupt(ink: Tensor, generator: Generator, ranges: Ranges = RANGES) -> Tensor:
    """A short gap somewhere in a stroke, for a share of the samples."""
    rows = (torch.rand(len(ink), generator=generator) < ranges.gap_share).nonzero()[:, 0].to(ink.device)
    if not len(rows):
        return ink
    chosen, side = ink[rows], ink.shape[-1]
    inked = (chosen.flatten(1) > 0.5).float().cpu() + 1e-6
    place = torch.multinomial(inked, 1, generator=generator).to(ink.device)
    at = torch.arange(side, device=ink.device)
    squared = (at - place // side).square()[:, :, None] + (at - place % side).square()[:, None]
    radius = uniform(generator, ink, len(rows), 1, 1, low=ranges.gap / 2, high=ranges.gap)
    out = ink.clone()
    out[rows] = chosen * (squared.sqrt() - radius + 0.5).clamp(0, 1)[:, None]
    return out


def augment(ink: Tensor, generator: Generator, *, corrupted: float = 0.1, ranges: Ranges = RANGES) -> Tensor:
    """A new drawing of each sample: warped, with another stroke width and softness, a share of them corrupted."""
    ink = warp(ink, generator, ranges)
    ink = interrupt(ink, generator, ranges)
    ink = change_stroke_width(ink, generator, ranges)
    ink = change_softness(ink, generator)
    return corrupt(ink, generator, corrupted)
