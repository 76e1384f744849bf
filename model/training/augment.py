"""Seeded augmentation of whole batches: each sample is drawn anew by its own random transform.

Batches are (N, 1, 28, 28) float32 ink in [0, 1] on any device; randomness comes from one torch.Generator on the CPU.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import cache

import torch
import torch.nn.functional as F
from torch import Generator, Tensor


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


def _uniform(generator: Generator, like: Tensor, *shape: int, low: float = -1.0, high: float = 1.0) -> Tensor:
    return (torch.rand(*shape, generator=generator) * (high - low) + low).to(like.device)


@cache
def _enlarging(size: int, side: int) -> Tensor:
    """(side, size) weights of bicubic interpolation from `size` values, the corners kept."""
    columns = F.interpolate(torch.eye(size)[None, :, :, None], size=(side, 1), mode="bicubic", align_corners=True)
    return columns[0, :, :, 0].T.contiguous()


def _enlarged(coarse: Tensor, side: int) -> Tensor:
    """(…, side, side) of (…, k, k) by bicubic interpolation; as a product of matrices, eight times as fast."""
    weights = _enlarging(coarse.shape[-1], side).to(coarse.device)
    return weights @ coarse @ weights.T


def _around(ink: Tensor, combine: Callable[[Tensor, Tensor], Tensor], paper: float = 0.0) -> Tensor:
    """Each pixel combined with its eight neighbours, rows first; 25 times as fast as pooling on a processor."""
    framed = F.pad(ink, (1, 1, 1, 1), value=paper)
    rows = combine(combine(framed[..., :-2], framed[..., 1:-1]), framed[..., 2:])
    return combine(combine(rows[..., :-2, :], rows[..., 1:-1, :]), rows[..., 2:, :])


def _grown(ink: Tensor) -> Tensor:
    return _around(ink, torch.maximum)


def _shrunk(ink: Tensor) -> Tensor:
    return _around(ink, torch.minimum, paper=1.0)


def _blurred(ink: Tensor) -> Tensor:
    return _around(ink, torch.add) / 9


def _matrices(like: Tensor, generator: Generator, ranges: Ranges) -> Tensor:
    """(N, 2, 3) affine maps from each new picture to the old one, in halves of its side."""
    n = len(like)
    angle = _uniform(generator, like, n) * math.radians(ranges.rotation)
    wide, high = (1 + _uniform(generator, like, n) * ranges.scale for _ in range(2))
    wild = _uniform(generator, like, n, low=0.0) < ranges.aspect_share
    squeeze = torch.exp(_uniform(generator, like, n) * ranges.aspect * wild)
    # A digit is about three quarters as wide as high: one made wider than high is made smaller to stay in its box.
    fitting = 1 / torch.clamp(0.75 * squeeze, min=1.0)
    wide, high = wide * squeeze * fitting, high * fitting
    slant = _uniform(generator, like, n) * ranges.shear
    offset = _uniform(generator, like, n, 2) * ranges.shift * 2 / like.shape[-1]
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
    strength = _uniform(generator, ink, n, 1, 1, 1, low=0.0) * ranges.elastic * 2 / side
    field = sum(_enlarged(strength * _uniform(generator, ink, n, 2, size, size), side) for size in (4, 7))
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
    share = _uniform(generator, ink, len(ink), 1, 1, 1, low=-ranges.thinner, high=ranges.thicker)
    return ink + share.clamp(min=0) * (_grown(ink) - ink) + (-share).clamp(min=0) * (_shrunk(ink) - ink)


def change_softness(ink: Tensor, generator: Generator) -> Tensor:
    """Blur or sharpen the edges and bend the tone: pens, scanners and anti-aliasing differ in both."""
    n = len(ink)
    share = _uniform(generator, ink, n, 1, 1, 1, low=-0.5, high=0.8)
    ink = (ink + share * (_blurred(ink) - ink)).clamp(0, 1)
    gamma = torch.exp(_uniform(generator, ink, n, 1, 1, 1) * 0.35)
    strength = _uniform(generator, ink, n, 1, 1, 1, low=0.75, high=1.0)
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
    radius = _uniform(generator, ink, len(rows), 1, 1, low=ranges.gap / 2, high=ranges.gap)
    out = ink.clone()
    out[rows] = chosen * (squared.sqrt() - radius + 0.5).clamp(0, 1)[:, None]
    return out


def _noise(ink: Tensor, generator: Generator) -> Tensor:
    return ink + torch.randn(ink.shape, generator=generator).to(ink.device) * _uniform(
        generator, ink, len(ink), 1, 1, 1, low=0.02, high=0.3
    )


def _specks(ink: Tensor, generator: Generator) -> Tensor:
    """Pixels set to ink or paper at random: dust, salt and pepper."""
    dice = torch.rand(ink.shape, generator=generator).to(ink.device)
    rate = _uniform(generator, ink, len(ink), 1, 1, 1, low=0.0, high=0.08)
    return torch.where(dice < rate, torch.ones_like(ink), torch.where(dice > 1 - rate, torch.zeros_like(ink), ink))


def _smooth_noise(ink: Tensor, generator: Generator, cells: int) -> Tensor:
    """(N, 1, H, W) noise in [0, 1] that changes over 1/`cells` of the picture's side."""
    coarse = _uniform(generator, ink, len(ink), 1, cells, cells, low=0.0)
    return _enlarged(coarse, ink.shape[-1]).clamp(0, 1)


def _uneven_ground(ink: Tensor, generator: Generator) -> Tensor:
    """Grey ground of random height, smooth or cloudy, as fog, shadow or a badly thresholded photo leaves."""
    cloudy = _uniform(generator, ink, len(ink), 1, 1, 1, low=0.0, high=0.6)
    ground = (1 - cloudy) * _smooth_noise(ink, generator, 4) + cloudy * _smooth_noise(ink, generator, 14)
    weight = torch.exp(_uniform(generator, ink, len(ink), 1, 1, 1, low=math.log(0.15), high=math.log(3.5)))
    return (ink + weight * ground) / (1 + weight)


def _line(ink: Tensor, generator: Generator) -> Tensor:
    """A thin line across the picture, straight or zigzag, whole, dotted or erased from the ink."""
    n, side = len(ink), ink.shape[-1]
    axis = torch.arange(side, device=ink.device, dtype=ink.dtype) - (side - 1) / 2
    angle = _uniform(generator, ink, n, 1, 1, low=0.0, high=math.pi)
    across = axis[None, None, :] * torch.sin(angle) - axis[None, :, None] * torch.cos(angle)
    along = axis[None, None, :] * torch.cos(angle) + axis[None, :, None] * torch.sin(angle)
    teeth = _uniform(generator, ink, n, 1, 1, low=-3.0, high=3.0).clamp(min=0)  # half of the lines are straight
    length = _uniform(generator, ink, n, 1, 1, low=5.0, high=10.0)
    zigzag = ((along / length) % 1 * 4 - 2).abs() - 1  # a triangular wave in [-1, 1]
    distance = (across - _uniform(generator, ink, n, 1, 1) * 11 - teeth * zigzag).abs()
    line = (_uniform(generator, ink, n, 1, 1, low=0.8, high=1.6) - distance).clamp(0, 1)
    period = _uniform(generator, ink, n, 1, 1, low=2.0, high=5.0)
    dotted = _uniform(generator, ink, n, 1, 1) > 0
    line = torch.where(dotted & (along % period > period / 2), torch.zeros_like(line), line)[:, None]
    erase = _uniform(generator, ink, n, 1, 1, 1) > 0.6
    return torch.where(erase, ink * (1 - line), torch.maximum(ink, line))


def _outline(ink: Tensor, generator: Generator) -> Tensor:
    """Only the edges of the ink, as hollow letters (soft) and edge detectors (one pixel, black and white) draw them."""
    soft = _grown(ink) - _shrunk(ink)
    level = _uniform(generator, ink, len(ink), 1, 1, 1, low=0.25, high=0.65)
    solid = (_blurred(ink) + ink > 2 * level).to(ink.dtype)
    cross = torch.maximum(F.max_pool2d(solid, (3, 1), 1, (1, 0)), F.max_pool2d(solid, (1, 3), 1, (0, 1)))
    return torch.where(_uniform(generator, ink, len(ink), 1, 1, 1) > 0.3, soft, cross - solid)


def _inverted_band(ink: Tensor, generator: Generator) -> Tensor:
    """Ink and paper exchanged in a band of columns or rows, or outside it."""
    n, side = len(ink), ink.shape[-1]
    at = torch.arange(side, device=ink.device)
    first = _uniform(generator, ink, n, 1, 1, low=0.0, high=side / 2)
    last = first + _uniform(generator, ink, n, 1, 1, low=4.0, high=side * 0.7)
    columns = ((at >= first) & (at < last))[..., None, :].expand(n, 1, side, side)
    band = torch.where(_uniform(generator, ink, n, 1, 1, 1) > 0, columns, columns.transpose(2, 3))
    band = band ^ (_uniform(generator, ink, n, 1, 1, 1) > 0)
    return torch.where(band, 1 - ink, ink)


def _frosted(ink: Tensor, generator: Generator) -> Tensor:
    """Seen through frosted glass: pixels take a neighbour's place at random, before and after a blur."""
    n, side = len(ink), ink.shape[-1]
    identity = torch.eye(2, 3, device=ink.device, dtype=ink.dtype).expand(n, 2, 3)
    grid = F.affine_grid(identity, list(ink.shape), align_corners=False)
    reach = _uniform(generator, ink, n, 1, 1, 1, low=1.0, high=2.2) * 2 / side
    ink = _blurred(ink)
    ink = F.grid_sample(
        ink, grid + reach * _uniform(generator, ink, n, side, side, 2), mode="nearest", align_corners=False
    )
    return _blurred(ink)


def _spatter(ink: Tensor, generator: Generator) -> Tensor:
    """Spots of grey mud over ink and paper."""
    edge = _uniform(generator, ink, len(ink), 1, 1, 1, low=0.55, high=0.8)
    mud = ((_smooth_noise(ink, generator, 12) - edge) * 8).clamp(0, 1)
    grey = _uniform(generator, ink, len(ink), 1, 1, 1, low=0.0, high=0.6)
    return ink * (1 - mud) + grey * mud


def _coarse_pixels(ink: Tensor, generator: Generator) -> Tensor:
    """Averaged to half the resolution and enlarged again."""
    return F.interpolate(F.avg_pool2d(ink, 2), scale_factor=2, mode="nearest")


def _streak(ink: Tensor, generator: Generator) -> Tensor:
    """Smeared along the rows or the columns, as a moving camera does."""
    kernel = torch.full((1, 1, 1, 5), 0.2, device=ink.device, dtype=ink.dtype)
    rows = F.conv2d(ink, kernel, padding=(0, 2))
    columns = F.conv2d(ink, kernel.transpose(2, 3), padding=(2, 0))
    return torch.where(_uniform(generator, ink, len(ink), 1, 1, 1) > 0, rows, columns)


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
    """One random corruption for a `share` of the samples, the others untouched.

    The families are the ones of Mu and Gilmer's MNIST-C (2019), the code and the strengths our own.
    """
    which = torch.rand(len(ink), generator=generator).to(ink.device) / max(share, 1e-9) * len(CORRUPTIONS)
    out = ink.clone()
    for number, change in enumerate(CORRUPTIONS):
        chosen = ((which >= number) & (which < number + 1)).nonzero()[:, 0]
        if len(chosen):
            out[chosen] = change(ink[chosen], generator)
    return out.clamp(0, 1)


def augment(
    ink: Tensor, generator: Generator, *, strength: float = 1.0, corrupted: float = 0.1, ranges: Ranges = RANGES
) -> Tensor:
    """A new drawing of each sample: warped, with another stroke width and softness, a share of them corrupted."""
    ranges = ranges.times(strength)
    ink = warp(ink, generator, ranges)
    ink = interrupt(ink, generator, ranges)
    ink = change_stroke_width(ink, generator, ranges)
    ink = change_softness(ink, generator)
    return corrupt(ink, generator, corrupted)


# Turned or mirrored, these digits are none: (turns of 90° counter-clockwise, mirrored) -> digits.
SPOILT = {(2, False): (3, 4, 7), (0, True): (3, 4, 7, 9), (1, False): (3, 4, 7), (3, False): (3, 4, 7)}


def spoilt_digits(images: Tensor, labels: Tensor, count: int, generator: Generator) -> Tensor:
    """(count, 1, 28, 28) pictures that are no digits, made from (N, 1, 28, 28) digits.

    Half of them are two digits side by side, squeezed into one picture as touching digits are; the others are turned
    or mirrored to where no digit looks like them.
    """
    pairs = torch.randint(len(images), (2, count // 2), generator=generator)
    left, right = (images[p].to(torch.float32) for p in pairs)
    both = torch.cat([left[..., 4:24], right[..., 4:24]], dim=3)  # (n, 1, 28, 40)
    squeeze = int(torch.randint(20, 27, (1,), generator=generator))
    joined = F.interpolate(both, size=(20, squeeze), mode="bilinear", antialias=True, align_corners=False)
    before = (28 - squeeze) // 2
    parts = [F.pad(joined, (before, 28 - squeeze - before, 4, 4))]
    kinds = list(SPOILT.items())
    each = -(-(count - count // 2) // len(kinds))
    for (turns, mirrored), digits in kinds:
        fitting = torch.isin(labels, torch.tensor(digits)).nonzero()[:, 0]
        if not len(fitting):
            continue
        chosen = images[fitting[torch.randint(len(fitting), (each,), generator=generator)]].to(torch.float32)
        chosen = torch.rot90(chosen, turns, (2, 3))
        parts.append(chosen.flip(3) if mirrored else chosen)
    return torch.cat(parts)[:count]
