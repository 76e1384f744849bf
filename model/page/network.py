"""PageNet: says for each place of a page whether a digit is centred there, which, how large, and where ink is."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.network import CLASSES, ResidualBlock, convolution
from model.page.contrast import CHANNELS
from model.stored import Stored

STRIDE = 4  # pixels per place of the answer
DEEPEST = 32  # pixels per place of the deepest stage: the sides of a batch are multiples of this
RARE = -4.0  # logit at the beginning: hardly any place is the centre of a digit


class Answer(NamedTuple):
    """What the network says of each place, STRIDE pixels wide. All float; h and w are places."""

    centre: Tensor  # (N, h, w) logit of "a digit is centred here"
    classes: Tensor  # (N, 10, h, w) logits
    box: Tensor  # (N, 4, h, w): centre x and y from the place's own, logarithm of width and of height, in places
    ink: Tensor  # (N, h, w) logit of "this is a digit's ink"


class PageNet(nn.Module):
    """(N, CHANNELS, H, W) contrast, sides multiples of DEEPEST -> (N, 16, H / STRIDE, W / STRIDE).

    A U-Net (Ronneberger et al. 2015) that finds objects as points (Zhou et al. 2019, "Objects as Points"). Its
    convolutions are plain: on a processor depthwise ones do a small fraction of the multiply-adds per second.
    """

    def __init__(self, widths: tuple[int, ...] = (16, 32, 64, 96, 80)) -> None:
        super().__init__()
        stem, fine, middle, coarse, context = widths
        self.arguments = {"widths": list(widths)}
        self.at_2 = convolution(CHANNELS, stem, stride=2, size=5)
        self.at_4 = nn.Sequential(convolution(stem, fine, stride=2), ResidualBlock(fine))
        self.at_8 = nn.Sequential(convolution(fine, middle, stride=2), ResidualBlock(middle))
        self.at_16 = nn.Sequential(convolution(middle, coarse, stride=2), ResidualBlock(coarse))
        self.at_32 = nn.Sequential(convolution(coarse, context, stride=2), ResidualBlock(context))
        self.from_32 = nn.Conv2d(context, coarse, 1)
        self.from_16 = nn.Conv2d(coarse, middle, 1)
        self.from_8 = nn.Conv2d(middle, fine, 1)
        self.merge_8 = convolution(middle, middle)
        self.head = nn.Sequential(ResidualBlock(fine), nn.Conv2d(fine, CLASSES + 6, 1))
        with torch.no_grad():
            bias = self.head[1].bias
            assert isinstance(bias, Tensor)
            bias.zero_()[0] = RARE

    def forward(self, x: Tensor) -> Tensor:
        at_4 = self.at_4(self.at_2(x))  # (N, fine, H / 4, W / 4)
        at_8 = self.at_8(at_4)
        at_16 = self.at_16(at_8)
        at_32 = self.at_32(at_16)  # (N, context, H / 32, W / 32)
        at_16 = torch.relu(at_16 + _doubled(self.from_32(at_32)))
        at_8 = self.merge_8(at_8 + _doubled(self.from_16(at_16)))
        at_4 = torch.relu(at_4 + _doubled(self.from_8(at_8)))
        return self.head(at_4)


PAGE = Stored("page", PageNet)


def answer_of(maps: Tensor) -> Answer:
    """What PageNet's (N, 16, h, w) mean."""
    classes_end = 1 + CLASSES
    return Answer(maps[:, 0], maps[:, 1:classes_end], maps[:, classes_end : classes_end + 4], maps[:, -1])


def _doubled(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")
