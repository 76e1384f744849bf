"""StringNet: says for each pair of columns of a string's ink which digit stands there, or that none does."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from model.network import CLASSES, ResidualBlock, convolution
from model.stored import Stored

HEIGHT = 32  # pixels of the ink that the network is shown
STRIDE = 2  # pixels of the ink per column of the answer
COARSEST = 4  # pixels per place inside the network: the width of a batch is a multiple of this
BLANK = CLASSES  # the class of a column in which no digit has its middle


class StringNet(nn.Module):
    """(N, 1, HEIGHT, W) ink in [0, 1] -> (N, CLASSES + 1, W / STRIDE) logits of CTC's labels and blank, by column.

    Convolutions alone, no recurrent layer: a column sees more than the height of a string to either side.
    """

    def __init__(self, widths: tuple[int, ...] = (16, 48, 80, 96)) -> None:
        super().__init__()
        stem, fine, coarse, line = widths
        self.arguments = {"widths": list(widths)}
        self.trunk = nn.Sequential(
            convolution(1, stem, stride=2, size=5),  # (N, stem, 16, W / 2)
            convolution(stem, fine, stride=2),  # (N, fine, 8, W / 4)
            ResidualBlock(fine),
            convolution(fine, coarse, stride=(2, 1)),  # (N, coarse, 4, W / 4)
            ResidualBlock(coarse),
            nn.Sequential(nn.Conv2d(coarse, line, (4, 3), padding=(0, 1), bias=False), nn.BatchNorm2d(line), nn.ReLU()),
        )
        self.near = _along(line, dilation=1)
        self.far = _along(line, dilation=2)
        self.head = nn.Conv2d(line, (CLASSES + 1) * COARSEST // STRIDE, 1)

    def forward(self, ink: Tensor) -> Tensor:
        x = self.trunk(ink)  # (N, line, 1, W / COARSEST)
        x = F.relu(x + self.near(x))
        x = F.relu(x + self.far(x))
        x = self.head(x)[:, :, 0]
        n, _, places = x.shape
        return x.reshape(n, CLASSES + 1, -1, places).transpose(2, 3).reshape(n, CLASSES + 1, -1)


STRINGS = Stored("strings", StringNet)


def _along(channels: int, dilation: int) -> nn.Sequential:
    """Five places of a string, `dilation` apart, with batch norm."""
    layer = nn.Conv2d(channels, channels, (1, 5), padding=(0, 2 * dilation), dilation=(1, dilation), bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(channels))
