"""PageFinder: the digits that the page network sees on a picture, at every size of writing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import torch

from model.layers import fused
from model.network import CLASSES
from model.page.contrast import CHANNELS, contrast
from model.page.network import DEEPEST, STRIDE, Answer, PageNet, answer_of

FINE_STEPS = 512  # pixels: up to here sides grow in steps of 64 pixels, then in steps of 128
FLAT = 1.3  # width by height from which a mark's width decides its size


@dataclass(frozen=True)
class Search:
    """At which scales a picture is looked at, and what counts as seen. Sizes are those of a mark at such a scale."""

    usual: float = 29.0  # pixels: the typical mark is looked at half a step larger and half a step smaller than this
    least: float = 16.0  # pixels: the smallest mark that the network was trained to find, with some room
    most: float = 54.0  # pixels: the largest such mark
    step: float = 2.0  # between the scales of two levels
    unseen: float = 0.15  # of the marks that need another level: fewer are not worth its time
    margin: float = 48.0  # pixels around the marks that are shown with them
    most_pixels: float = 0.9e6  # of a level: larger ones take longer than a picture may
    most_of_picture: float = 0.45  # of the picture's pixels that a level may have, for the same reason
    always: float = 0.12e6  # pixels that a level of any picture may have
    alike: float = 1.3  # times: levels whose scales differ less see the same
    faintest: float = 0.08  # score: less is not kept
    same: float = 0.5  # of the union of two boxes, shared: then two levels have seen one digit
    most_found: int = 2000  # on one level: more are texture


SEARCH = Search()


class Level(NamedTuple):
    """M digits that were seen at one scale, the surest first."""

    boxes: np.ndarray  # (M, 4) float: left, top, right, bottom in pixels of the picture
    scores: np.ndarray  # (M,) float, 0 to 1
    classes: np.ndarray  # (M, 10) float probabilities


class Found(NamedTuple):
    """M digits that were seen, the surest first."""

    boxes: np.ndarray  # (M, 4) float: left, top, right, bottom in pixels of the picture
    scores: np.ndarray  # (M,) float, 0 to 1: the mean over the levels at which the size is right
    classes: np.ndarray  # (M, 10) float probabilities
    scales: tuple[float, ...]  # of the levels that were looked at

    def fits(self, sizes: np.ndarray) -> np.ndarray:
        """(N,) bool: whether marks of these sizes, in pixels of the picture, can have been seen."""
        return np.asarray(_fitting(sizes, self.scales).any(axis=0))


def sizes_of(boxes: np.ndarray) -> np.ndarray:
    """(N,) size of boxes (N, 4) in pixels: their height, or for a flat one what its width allows."""
    return np.maximum(boxes[:, 3] - boxes[:, 1], (boxes[:, 2] - boxes[:, 0]) / FLAT)


def overlaps(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(N, M) share of the union that boxes (N, 4) and boxes (M, 4) have in common."""
    low = np.maximum(some[:, None, :2], others[None, :, :2])
    high = np.minimum(some[:, None, 2:], others[None, :, 2:])
    common = np.clip(high - low, 0, None).prod(axis=2)
    areas = [(boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]) for boxes in (some, others)]
    return common / np.maximum(areas[0][:, None] + areas[1][None] - common, 1e-6)


class PageFinder:
    """Finds digits on pictures with one network. Deterministic, thread-safe, no state between calls."""

    def __init__(self, net: PageNet) -> None:
        self._net = fused(net).requires_grad_(False).to(memory_format=torch.channels_last)

    def find(self, grey: np.ndarray, marks: np.ndarray) -> Found:
        """The digits on a grey picture (H, W) uint8, around and of the size of marks, boxes (N, 4) in its pixels."""
        left, top, right, bottom = _around(marks, grey.shape)
        part = grey[top:bottom, left:right]
        scales = _scales(sizes_of(marks), part.shape)
        seen = [self.level(part, scale) for scale in scales]
        merged = _merged(seen, scales)
        return Found(merged.boxes + np.array([left, top, left, top]), merged.scores, merged.classes, scales)

    def level(self, grey: np.ndarray, scale: float) -> Level:
        """What is seen of a grey picture (H, W) uint8 at one scale."""
        height, width = (max(1, round(side * scale)) for side in grey.shape)
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        small = grey if (height, width) == grey.shape else cv2.resize(grey, (width, height), interpolation=how)
        answer = self._answer(contrast(small))
        centre = 1 / (1 + np.exp(-answer.centre[0].numpy()))
        peaks = (centre >= cv2.dilate(centre, np.ones((3, 3), np.uint8))) & (centre > SEARCH.faintest)
        y, x = np.nonzero(peaks[: -(-height // STRIDE), : -(-width // STRIDE)])
        order = np.argsort(-centre[y, x], kind="stable")[: SEARCH.most_found]
        y, x = y[order], x[order]
        box = answer.box[0, :, y, x].numpy()
        middle, half = np.stack([x, y]) + 0.5 + box[:2], np.exp(box[2:]) / 2
        ratio = np.array([width / grey.shape[1], height / grey.shape[0]] * 2)
        boxes = np.concatenate([middle - half, middle + half]).T * STRIDE / ratio
        return Level(boxes, centre[y, x], torch.softmax(answer.classes[0, :, y, x], dim=0).numpy().T)

    def _answer(self, shown: np.ndarray) -> Answer:
        """The network's answer to one picture's contrast, filled up with nothing."""
        height, width = (_filled(side) for side in shown.shape[1:])
        filled = torch.zeros(1, CHANNELS, height, width)
        filled[0, :, : shown.shape[1], : shown.shape[2]] = torch.from_numpy(shown)
        with torch.inference_mode():
            return answer_of(self._net(filled.contiguous(memory_format=torch.channels_last)))


def _filled(side: int) -> int:
    """The side of the picture that the network is shown. oneDNN keeps a quarter of a megabyte for each size that it
    meets, so any size would let the memory grow without end."""
    step = 2 * DEEPEST if side <= FINE_STEPS else 4 * DEEPEST
    return -(-side // step) * step


def _around(marks: np.ndarray, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """The part of a picture (height, width) that holds all marks, with some margin."""
    margin = SEARCH.margin * float(np.median(sizes_of(marks))) / SEARCH.usual
    low = np.floor(np.maximum(marks[:, :2].min(axis=0) - margin, 0)).astype(int)
    high = np.ceil(np.minimum(marks[:, 2:].max(axis=0) + margin, shape[::-1])).astype(int)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def _scales(sizes: np.ndarray, shape: tuple[int, ...]) -> tuple[float, ...]:
    """The scales at which marks of these sizes can be seen on a picture (height, width), the coarsest first."""
    middle = SEARCH.usual / float(np.median(sizes))
    usual = [middle * SEARCH.step**-0.5, middle * SEARCH.step**0.5]
    unseen = ~_fitting(sizes, usual).any(axis=0)
    others = [usual[0] / SEARCH.step, usual[1] * SEARCH.step]
    useful = [scale for scale in others if (_fitting(sizes, [scale])[0] & unseen).mean() > SEARCH.unseen]
    pixels = max(SEARCH.always, min(SEARCH.most_pixels, SEARCH.most_of_picture * shape[0] * shape[1]))
    largest = float(np.sqrt(pixels / (shape[0] * shape[1])))
    finest_first = sorted((min(scale, largest) for scale in usual + useful), reverse=True)
    kept: list[float] = []
    for scale in finest_first:
        if not kept or scale * SEARCH.alike <= kept[-1]:
            kept.append(scale)
    return tuple(reversed(kept))


def _fitting(sizes: np.ndarray, scales: Sequence[float]) -> np.ndarray:
    """(levels, N) bool: whether a mark of each size can be seen at each scale."""
    scaled = np.asarray(sizes)[None] * np.asarray(scales)[:, None]
    return (scaled >= SEARCH.least) & (scaled <= SEARCH.most)


def _merged(levels: Sequence[Level], scales: Sequence[float]) -> Level:
    """What the levels have seen together: one entry for a digit, its score the mean over the levels that can see it."""
    number = np.repeat(np.arange(len(levels)), [len(level.scores) for level in levels])
    boxes, scores, classes = (np.concatenate(parts) for parts in zip(*levels, strict=True))
    order = np.argsort(-scores, kind="stable")
    boxes, scores, classes, number = boxes[order], scores[order], classes[order], number[order]
    same = overlaps(boxes, boxes) > SEARCH.same
    possible = np.maximum(_fitting(sizes_of(boxes), scales).sum(axis=0), 1)
    free = np.ones(len(boxes), bool)
    kept: list[tuple[np.ndarray, float, np.ndarray]] = []
    for index in range(len(boxes)):
        if not free[index]:
            continue
        members = [index]
        for other in np.flatnonzero(same[index] & free):
            if number[other] not in number[members]:
                members.append(int(other))
        free[members] = False
        weights = scores[members] ** 2 / (scores[members] ** 2).sum()
        score = min(1.0, float(scores[members].sum()) / possible[index])
        kept.append((weights @ boxes[members], score, weights @ classes[members]))
    if not kept:
        return Level(np.zeros((0, 4)), np.zeros(0), np.zeros((0, CLASSES)))
    return Level(*(np.array(part) for part in zip(*kept, strict=True)))
