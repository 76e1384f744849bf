"""StringTask: the string network learns from drawn strings where their digits stand, and which they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from model.strings.network import BLANK, COARSEST, HEIGHT, STRIDE, STRINGS, StringNet
from model.strings.reading import best_path
from model.synthesis.strings import String, strings
from model.training.drawn.task import Source
from model.training.strings.config import StringConfig

MEASURED = 1000  # strings of the final figures
STEP = 8 * COARSEST  # pixels: the widths of batches are multiples of this
ALIKE = 16  # batches that are made of strings of like widths
ROOM = 4  # columns between two digits from which one column beside their middles is theirs too


class Batch(NamedTuple):
    """Some strings, and the answers wanted from the network; T is W / STRIDE."""

    shown: Tensor  # (N, 1, HEIGHT, W) float32 ink, 0 to 1
    columns: Tensor  # (N, T) int64: the digit whose middle lies in a column, or BLANK
    labels: Tensor  # (L,) int64: the digits of all strings, one after the other
    lengths: Tensor  # (N,) int64: how many digits each string has


class StringTask:
    """As Task."""

    stored = STRINGS

    def draw(self, seed: Sequence[int], count: int, source: Source) -> list[String]:
        return strings(seed, count, *source)

    def order(self, config: StringConfig, shards: Sequence[list[String]], rng: np.random.Generator) -> np.ndarray:
        """By chance, but strings of about the same width stand in one batch: the rest of it is wasted."""
        widths = np.array([string.ink.shape[1] for shard in shards for string in shard])
        order = rng.permutation(len(widths))
        some = ALIKE * config.batch_size
        parts = [
            part[np.argsort(widths[part], kind="stable")] for part in np.split(order, range(some, len(order), some))
        ]
        batches = np.split(np.concatenate(parts), range(config.batch_size, len(order), config.batch_size))
        whole = [number for number, batch in enumerate(batches) if len(batch) == config.batch_size]
        return np.concatenate([batches[number] for number in rng.permutation(whole)])

    def batch(
        self, config: StringConfig, shards: Sequence[list[String]], chosen: np.ndarray, rng: np.random.Generator
    ) -> Batch:
        return batch_of([shards[index // config.crops][index % config.crops] for index in chosen])

    def network(self, config: StringConfig) -> StringNet:
        return StringNet(config.widths)

    def loss(self, config: StringConfig, answer: Tensor, batch: Batch) -> Tensor:
        """The string's negative log likelihood per digit by CTC (Graves et al. 2006, "Connectionist Temporal
        Classification"), and the cross-entropy of each column, which CTC alone would let stand anywhere."""
        likely = F.log_softmax(answer, dim=1)
        columns = torch.full_like(batch.lengths, answer.shape[2])
        of_string = F.ctc_loss(
            likely.permute(2, 0, 1), batch.labels, columns, batch.lengths, blank=BLANK, zero_infinity=True
        )
        return of_string + config.alignment * F.nll_loss(likely, batch.columns)

    def figures(self, net: StringNet, seed: Sequence[int], source: Source) -> dict[str, int | float]:
        """How many of MEASURED strings are read exactly by the best path alone."""
        exact = digits = 0
        for string in strings(seed, MEASURED, *source):
            batch = batch_of([string])
            with torch.inference_mode():
                exact += best_path(net(batch.shown)[0].numpy()) == string.labels.tolist()
            digits += len(string.labels)
        return {"strings": MEASURED, "digits": digits, "exact": exact}


def batch_of(made: Sequence[String]) -> Batch:
    """Strings side by side, filled up with paper."""
    width = -(-max(string.ink.shape[1] for string in made) // STEP) * STEP
    shown = np.zeros((len(made), 1, HEIGHT, width), np.float32)
    columns = np.full((len(made), width // STRIDE), BLANK, np.int64)
    for number, string in enumerate(made):
        shown[number, 0, :, : string.ink.shape[1]] = string.ink / np.float32(255)
        at = np.clip(string.middles / STRIDE, 0, columns.shape[1] - 1).astype(int)
        free = np.diff(at, prepend=-ROOM, append=columns.shape[1] + ROOM) >= ROOM
        for place, label, before, after in zip(at, string.labels, free[:-1], free[1:], strict=True):
            columns[number, max(0, place - before) : place + 1 + after] = label
    return Batch(
        torch.from_numpy(shown).contiguous(memory_format=torch.channels_last),
        torch.from_numpy(columns),
        torch.from_numpy(np.concatenate([string.labels for string in made])),
        torch.tensor([len(string.labels) for string in made]),
    )
