"""Non-digits made of the CSV's digits: two side by side, turned or mirrored."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

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
