"""What a network is made of, layer by layer: read from its modules, so it holds for every network that is trained."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from model.ink.normalise import SIDE

NUMBERS = ("no", "one", "two", "three", "four")


@dataclass(frozen=True)
class Layer:
    """A convolution, a block of them or a linear layer, with the normalisation, ReLU and pooling that follow it."""

    words: str
    channels: int  # how many maps it gives
    side: int  # of a square map, 1 for plain numbers
    weights: int
    multiply_adds: int  # for one picture
    field: int  # pixels of the picture, the side of the square that one value of a map depends on
    start: float  # pixels, the middle of that square for the first value of a row
    step: int  # pixels from it to the next
    output: nn.Module  # whose output the maps are


def steps(module: nn.Module) -> Iterator[nn.Module]:
    """The modules of a network in the order in which they run; blocks that are more than a sequence stay whole."""
    for child in module.children():
        if isinstance(child, nn.Sequential):
            yield from steps(child)
        else:
            yield child


def fused(net: nn.Module) -> nn.Module:
    """A copy of the network in evaluation mode whose batch norms are part of the convolutions before them.

    A tenth faster; its outputs differ from the network's by rounding.
    """
    faster = copy.deepcopy(net).eval()
    for module in [*faster.modules()]:
        if isinstance(module, nn.Sequential):
            for number, (first, second) in enumerate(pairwise([*module])):
                if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
                    module[number], module[number + 1] = fuse_conv_bn_eval(first, second), nn.Identity()
    return faster


def layers(net: nn.Module) -> list[Layer]:
    """The layers of a network of (1, 1, 28, 28) pictures, on whatever device its weights are."""
    groups: list[list[nn.Module]] = []
    for step in steps(net):
        if _with_weights(step):
            groups.append([])
        if groups:
            groups[-1].append(step)
    shapes = _shapes(net)
    found: list[Layer] = []
    place = (1, 0.0, 1)  # field, start and step of a pixel
    for number, group in enumerate(groups):
        output = ([step for step in group if len(shapes[step]) == 4] or group)[-1]
        channels, side = shapes[output][1], shapes[output][-1] if len(shapes[output]) == 4 else 1
        place = _seen(group, place) if side > 1 else (SIDE, (SIDE - 1) / 2, SIDE)
        leaves = [part for step in group for part in _with_weights(step)]
        found.append(
            Layer(
                words=_words(group, channels if number == len(groups) - 1 else None),
                channels=channels,
                side=side,
                weights=sum(weight.numel() for step in group for weight in step.parameters()),
                multiply_adds=sum(part.weight[0].numel() * shapes[part].numel() for part in leaves),
                field=place[0],
                start=place[1],
                step=place[2],
                output=output,
            )
        )
    return found


def _with_weights(module: nn.Module) -> list[nn.Conv2d | nn.Linear]:
    return [part for part in module.modules() if isinstance(part, nn.Conv2d | nn.Linear)]


def _shapes(net: nn.Module) -> dict[nn.Module, torch.Size]:
    """The shape of what each module gives for one picture."""
    found: dict[nn.Module, torch.Size] = {}

    def keep(module: nn.Module, _: tuple[Tensor, ...], out: Tensor) -> None:
        found[module] = out.shape

    hooks = [module.register_forward_hook(keep) for module in net.modules()]
    training = net.training
    net.eval()
    with torch.no_grad():
        net(torch.zeros(1, 1, SIDE, SIDE, device=next(net.parameters()).device))
    net.train(training)
    for hook in hooks:
        hook.remove()
    return found


def _seen(group: list[nn.Module], before: tuple[int, float, int]) -> tuple[int, float, int]:
    """Field, start and step of a layer's maps, from those of its input."""
    field, start, step = before
    for module in (part for whole in group for part in whole.modules()):
        if isinstance(module, nn.Conv2d | nn.MaxPool2d):
            size, padding, stride = (_one(value) for value in (module.kernel_size, module.padding, module.stride))
            field += (size - 1) * step
            start += ((size - 1) / 2 - padding) * step
            step *= stride
    return field, start, step


def _one(value: int | str | tuple[int, ...] | None) -> int:
    """A size that PyTorch keeps as a number or as two equal ones."""
    return int(value[0] if isinstance(value, tuple) else value or 0)


def _words(group: list[nn.Module], outputs: int | None) -> str:
    """What a layer does; `outputs` is how many numbers the last one gives."""
    first, *others = _with_weights(group[0])
    if isinstance(first, nn.Linear):
        meaning = {10: ": ten digits", 11: ": ten digits, and “is it a digit?”"}
        return "fully connected" + meaning.get(outputs or 0, "")
    size, stride = _one(first.kernel_size), _one(first.stride)
    words = f"{size}×{size} convolution"
    if others:
        words = f"residual block: {NUMBERS[1 + len(others)]} {words}s"
    if stride > 1:
        words += f", every {stride}{'nd' if stride == 2 else 'th'} pixel"
    pools = [_one(step.kernel_size) for step in group if isinstance(step, nn.MaxPool2d)]
    return words + "".join(f", the largest of each {pool}×{pool}" for pool in pools)
