"""The network for programs without PyTorch: one ONNX file with normalisation and calibration inside."""

from __future__ import annotations

import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from model import checkpoint
from model.files import atomic
from model.network import CLASSES

OPSET = 17  # of ONNX; onnxruntime has read it since 1.12


class Served(nn.Module):
    """What DigitReader does with pictures: (N, 28, 28) uint8 -> probabilities (N, 10), is_digit (N,), float32."""

    def __init__(self, net: nn.Module, temperature: float) -> None:
        super().__init__()
        self.net, self.temperature = net, temperature
        with torch.no_grad():
            self.knows_digits = net(torch.zeros(1, 1, 28, 28)).shape[1] > CLASSES

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        logits: Tensor = self.net(pictures[:, None].to(torch.float32) / 255)
        probabilities = torch.softmax(logits[:, :CLASSES] / self.temperature, dim=1)
        is_digit = torch.sigmoid(logits[:, CLASSES]) if self.knows_digits else probabilities.amax(dim=1)
        return probabilities, is_digit


def write_onnx(folder: Path, path: Path) -> None:
    """Write the network of `folder` to `path`: input "pictures", outputs "probabilities" and "is_digit".

    Raises ValueError when the folder has no network that can be loaded, OSError when the file cannot be written.
    """
    net, card = checkpoint.load(folder)
    served = Served(net.eval(), card.temperature).eval()
    names = ["pictures", "probabilities", "is_digit"]
    with atomic(path) as temporary, warnings.catch_warnings():
        # The newer exporter needs onnxscript, one more package than a network of convolutions is worth.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            served,
            (torch.zeros(2, 28, 28, dtype=torch.uint8),),
            str(temporary),
            dynamo=False,
            opset_version=OPSET,
            input_names=names[:1],
            output_names=names[1:],
            dynamic_axes={name: {0: "n"} for name in names},
        )
