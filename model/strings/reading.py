"""StringReader: how likely each span of a string's ink is one digit, by the string network's answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import torch

from model.layers import fused
from model.network import CLASSES
from model.strings.network import BLANK, COARSEST, HEIGHT, STRIDE, StringNet

WIDEST = 16 * HEIGHT  # pixels that are shown: longer strings are compressed
STEP = 8 * COARSEST  # pixels: oneDNN keeps memory for each width that it meets, so there are few
TRIM = 0.1  # of a span at either end, where strokes of its neighbours reach into it


class Spans(NamedTuple):
    """What N spans of a string hold, as probabilities."""

    one: np.ndarray  # (N, 10) exactly this digit
    none: np.ndarray  # (N,) no digit


class StringReader:
    """Looks at strings with one network. Deterministic, thread-safe, no state between calls."""

    def __init__(self, net: StringNet) -> None:
        self._net = fused(net).requires_grad_(False).to(memory_format=torch.channels_last)

    def spans(self, ink: np.ndarray, bounds: Sequence[tuple[int, int]]) -> Spans:
        """What lies between the columns (left, right) of a string's ink, (h, w) float32 cropped to what is written."""
        columns = self.columns(ink)
        ratio = columns.shape[1] / ink.shape[1]
        ends = np.array(bounds, float)
        trim = TRIM * (ends[:, 1] - ends[:, 0])
        first = np.clip(np.floor((ends[:, 0] + trim) * ratio), 0, columns.shape[1] - 1).astype(int)
        last = np.maximum(np.ceil((ends[:, 1] - trim) * ratio).astype(int), first + 1)
        return spans_of(columns, first, last)

    def columns(self, ink: np.ndarray) -> np.ndarray:
        """(CLASSES + 1, T) float64 probabilities of the columns of ink (h, w) float32, its whole width in T columns."""
        width = int(np.clip(round(ink.shape[1] * HEIGHT / ink.shape[0]), STRIDE, WIDEST))
        shown = torch.zeros(1, 1, HEIGHT, -(-width // STEP) * STEP)
        how = cv2.INTER_AREA if ink.shape[0] > HEIGHT else cv2.INTER_LINEAR
        shown[0, 0, :, :width] = torch.from_numpy(cv2.resize(ink, (width, HEIGHT), interpolation=how))
        with torch.inference_mode():
            logits = self._net(shown.contiguous(memory_format=torch.channels_last))[0]
        return torch.softmax(logits[:, : -(-width // STRIDE)].double(), dim=0).numpy()


def spans_of(columns: np.ndarray, first: np.ndarray, last: np.ndarray) -> Spans:
    """What the columns `first` to `last` (exclusive), (N,) each, hold: CTC's paths of one digit and of none, summed.

    columns: (CLASSES + 1, T) probabilities. After the forward variables of Graves et al. (2006).
    """
    none = np.ones(len(first))
    at, after = np.zeros((len(first), CLASSES)), np.zeros((len(first), CLASSES))  # paths within the digit, behind it
    for column in range(int(first.min()), int(last.max())):
        inside = (first <= column) & (column < last)
        blank, digits = columns[BLANK, column], columns[:BLANK, column]
        after[inside] = (after[inside] + at[inside]) * blank
        at[inside] = (at[inside] + none[inside, None]) * digits
        none[inside] *= blank
    return Spans(at + after, none)


def best_path(columns: np.ndarray) -> list[int]:
    """The digits of the most probable path: (CLASSES + 1, T) -> labels, repeats taken together and blanks left out."""
    path = columns.argmax(axis=0)
    first = np.append(True, path[1:] != path[:-1])
    return [int(label) for label in path[first] if label != BLANK]
