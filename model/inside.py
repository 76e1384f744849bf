"""What a network makes of one picture, from the ink to the scores: every layer's maps, and what speaks for a digit."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from model.ink.normalise import SIDE
from model.layers import Layer, layers


@dataclass(frozen=True, eq=False)
class Inside:
    """One picture's way through a network. The scores are the logits of the ten digits, and where the network has it,
    of "this is a digit" after them."""

    layers: list[Layer]
    maps: list[np.ndarray]  # of each layer: (channels, side, side) float32 activations
    changes: list[np.ndarray]  # the same less the activations of an empty sheet: what the ink changed
    scores: np.ndarray  # (10 or 11,) float32
    places: np.ndarray  # (10 or 11, S, S) float32: what each place of the last maps adds to each score
    votes: np.ndarray  # (C,) int: the digit that each of the last maps adds most to, compared with the other digits
    last: int  # the number of the layer that `places` and `votes` are of: the last one with maps

    @property
    def rest(self) -> np.ndarray:
        """(10 or 11,) float32: what of the scores no place adds; behind a linear head its bias, the same for every
        picture."""
        return self.scores - self.places.sum(axis=(1, 2))


class InsideView:
    """Looks inside a network. It works on a copy, so that readings that run meanwhile are not disturbed."""

    def __init__(self, net: nn.Module) -> None:
        self._net = copy.deepcopy(net).eval().requires_grad_(False)
        self.layers = layers(self._net)
        self._last = max((i for i, layer in enumerate(self.layers) if layer.side > 1), default=0)
        self._lock = threading.Lock()
        self._given: dict[int, Tensor] = {}
        for number, layer in enumerate(self.layers):
            layer.output.register_forward_hook(self._keep(number))
        self._empty = [given.detach().numpy() for given in self._pass(np.zeros((SIDE, SIDE), np.float32))[0]]

    def look(self, picture: np.ndarray) -> Inside:
        """(28, 28) uint8, ink bright on 0 -> what the network makes of it.

        What a place adds to a score is its activations times the slope of the score: for a linear head exactly its
        weights times the activations, which with the bias add up to the score.
        """
        if picture.shape != (SIDE, SIDE):
            raise ValueError(f"looking inside: got a picture of shape {picture.shape}, expected ({SIDE}, {SIDE})")
        with self._lock:
            given, logits = self._pass(picture.astype(np.float32) / 255)
            last = given[self._last]
            slopes = [torch.autograd.grad(score, last, retain_graph=True)[0] for score in logits[0]]
        maps = [one.detach().numpy() for one in given]
        added = torch.cat(slopes).numpy() * maps[self._last]  # (scores, C, S, S), or (scores, C)
        added = added.reshape(*added.shape[:2], *_square(added))
        by_map = added[:10].sum(axis=(2, 3))
        return Inside(
            layers=self.layers,
            maps=[_maps(one) for one in maps],
            changes=[_maps(one - empty) for one, empty in zip(maps, self._empty, strict=True)],
            scores=logits[0].detach().numpy(),
            places=added.sum(axis=1),
            votes=(by_map - by_map.mean(axis=0)).argmax(axis=0),
            last=self._last,
        )

    def _keep(self, number: int) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        def keep(module: nn.Module, _: tuple[Tensor, ...], out: Tensor) -> None:
            self._given[number] = out

        return keep

    def _pass(self, ink: np.ndarray) -> tuple[list[Tensor], Tensor]:
        """What each layer gives for one picture, and the logits (1, 10 or 11), ready to be differentiated."""
        with torch.inference_mode(False), torch.enable_grad():
            logits = self._net(torch.from_numpy(ink)[None, None].requires_grad_())
            return [self._given[number] for number in range(len(self.layers))], logits


def _square(given: np.ndarray) -> tuple[int, int]:
    return (given.shape[2], given.shape[3]) if given.ndim == 4 else (1, 1)


def _maps(given: np.ndarray) -> np.ndarray:
    """(1, C, S, S) or (1, C) -> (C, S, S)"""
    return given.reshape(given.shape[1], *_square(given))
