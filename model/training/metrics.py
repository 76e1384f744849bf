"""infer() -> logits once; accuracy, intervals, confusion matrix and calibration are all read from them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch

from model.card import Bin, Validation
from model.network import CLASSES


def infer(
    net: torch.nn.Module, images: np.ndarray, batch_size: int | None = None, *, features: bool = False
) -> np.ndarray:
    """(N, 28, 28) uint8 pictures -> (N, 10 or 11) float32 logits, or (N, D) `features` before the last layer.

    Batches are by default small enough for the CPU's cache (a third faster than 512), or large enough for a GPU.
    """
    device = next(net.parameters()).device
    batch_size = batch_size or (128 if device.type == "cpu" else 4096)
    training = net.training
    net.eval()
    run: Callable[[torch.Tensor], torch.Tensor] = getattr(net, "features") if features else net  # noqa: B009
    parts = []
    with torch.inference_mode():
        for start in range(0, len(images), batch_size):
            ink = torch.from_numpy(images[start : start + batch_size])[:, None].to(device).to(torch.float32) / 255
            parts.append(run(ink.contiguous(memory_format=torch.channels_last)).cpu().numpy())
    net.train(training)
    return np.concatenate(parts) if parts else np.zeros((0, CLASSES), np.float32)


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """(N, 10) probabilities of (N, 10 or more) logits, of which the first ten columns are the classes."""
    scaled = logits[:, :CLASSES].astype(np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    exponentials = np.exp(scaled)
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def confusion(labels: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """(10, 10) counts, true digit by row, predicted digit by column."""
    return np.bincount(labels * CLASSES + predicted, minlength=CLASSES * CLASSES).reshape(CLASSES, CLASSES)


def reliability(confidence: np.ndarray, hit: np.ndarray, bins: int = 15) -> list[Bin]:
    """The figures of each of `bins` equal ranges of confidence that holds samples."""
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        Bin(
            low=b / bins,
            high=(b + 1) / bins,
            n=int((which == b).sum()),
            confidence=float(confidence[which == b].mean()),
            accuracy=float(hit[which == b].mean()),
        )
        for b in range(bins)
        if (which == b).any()
    ]


def calibration_error(confidence: np.ndarray, hit: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error (Naeini et al. 2015): mean |confidence - accuracy| over the samples, by bin."""
    rows = reliability(confidence, hit, bins)
    return sum(row.n * abs(row.confidence - row.accuracy) for row in rows) / max(1, len(hit))


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """Temperature with the least negative log-likelihood (Guo et al. 2017), by golden-section search in its log."""

    def loss(log_temperature: float) -> float:
        chosen = softmax(logits, math.exp(log_temperature))[np.arange(len(labels)), labels]
        return float(-np.log(np.maximum(chosen, 1e-12)).mean())

    low, high = math.log(0.1), math.log(10.0)
    golden = (math.sqrt(5) - 1) / 2
    for _ in range(40):
        left, right = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, right) if loss(left) < loss(right) else (left, high)
    return math.exp((low + high) / 2)


def auroc(positive: np.ndarray, negative: np.ndarray) -> float:
    """Chance that a random positive scores above a random negative, equals counted half (Mann and Whitney 1947)."""
    values, inverse = np.unique(np.concatenate([positive, negative]), return_inverse=True)
    above = np.bincount(inverse[: len(positive)], minlength=len(values))
    below = np.bincount(inverse[len(positive) :], minlength=len(values))
    less = np.cumsum(below) - below
    return float((above * (less + below / 2)).sum() / (len(positive) * len(negative)))


def report(probabilities: np.ndarray, labels: np.ndarray) -> Validation:
    """What the card says of a validation set: (N, 10) calibrated probabilities, (N,) labels."""
    predicted, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    hit = predicted == labels
    return Validation(
        confusion(labels, predicted).tolist(), calibration_error(confidence, hit), reliability(confidence, hit)
    )
