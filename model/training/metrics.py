"""infer() -> logits once; accuracy, intervals, confusion matrix and calibration are all read from them."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from model.network import CLASSES
from model.results import Bin, Validation
from model.review.gallery import confusion_matrix
from model.synthesis.render import synthetic_batch
from model.training.config import TrainConfig

CALIBRATION_SEED = 2**31  # beside the training's seed: no epoch draws with it
FEATURES = 256  # dimensions
BINS = 15  # of confidence, of equal width
UNVALIDATED = 4000  # drawn digits that calibrate a network which was trained on all rows


def infer(net: nn.Module, images: np.ndarray, batch_size: int | None = None) -> np.ndarray:
    """(N, 28, 28) uint8 pictures -> (N, 10 or 11) float32 logits.

    Batches are by default small enough for the CPU's cache (a third faster than 512), or large enough for a GPU.
    """
    device = next(net.parameters()).device
    batch_size = batch_size or (128 if device.type == "cpu" else 4096)
    training = net.training
    net.eval()
    parts = []
    with torch.inference_mode():
        for start in range(0, len(images), batch_size):
            ink = torch.from_numpy(images[start : start + batch_size])[:, None].to(device).to(torch.float32) / 255
            parts.append(net(ink.contiguous(memory_format=torch.channels_last)).cpu().numpy())
    net.train(training)
    return np.concatenate(parts) if parts else np.zeros((0, CLASSES), np.float32)


def infer_with_features(net: nn.Module, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The logits of `infer`, and (N, FEATURES) float32 features for comparing pictures with each other.

    They are a random projection (Johnson and Lindenstrauss 1984), which keeps distances, of what the network's last
    linear layer reads.
    """
    *_, last = (layer for layer in net.modules() if isinstance(layer, nn.Linear))
    projection = torch.randn(last.in_features, FEATURES, generator=torch.Generator().manual_seed(0))
    features: list[np.ndarray] = []
    hook = last.register_forward_pre_hook(lambda _, given: features.append((given[0].cpu() @ projection).numpy()))
    try:
        logits = infer(net, images)
        return logits, np.concatenate(features) if features else np.zeros((0, FEATURES), np.float32)
    finally:
        hook.remove()


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """(N, 10) probabilities of (N, 10 or more) logits, of which the first ten columns are the classes."""
    scaled = logits[:, :CLASSES].astype(np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    exponentials = np.exp(scaled)
    probabilities: np.ndarray = exponentials / exponentials.sum(axis=1, keepdims=True)
    return probabilities


def reliability(confidence: np.ndarray, hit: np.ndarray) -> list[Bin]:
    """The figures of each of BINS ranges of confidence that holds samples."""
    which = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return [
        Bin(
            low=b / BINS,
            high=(b + 1) / BINS,
            n=int((which == b).sum()),
            confidence=float(confidence[which == b].mean()),
            accuracy=float(hit[which == b].mean()),
        )
        for b in range(BINS)
        if (which == b).any()
    ]


def calibration_error(confidence: np.ndarray, hit: np.ndarray) -> float:
    """Expected calibration error (Naeini et al. 2015): mean |confidence - accuracy| over the samples, by bin.

    confidence: (N,) in [0, 1]; hit: (N,) bool, whether the reading was right.
    """
    rows = reliability(confidence, hit)
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


def report(probabilities: np.ndarray, labels: np.ndarray) -> Validation:
    """What the card says of a validation set: (N, 10) calibrated probabilities, (N,) labels."""
    predicted, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    hit = predicted == labels
    return Validation(
        confusion_matrix(labels, predicted).tolist(), calibration_error(confidence, hit), reliability(confidence, hit)
    )


class Calibration(NamedTuple):
    """What turns logits into answers."""

    temperature: float  # logits are divided by it
    threshold: float  # is_digit below which a picture is refused


def calibrate(config: TrainConfig, net: nn.Module, logits: np.ndarray, labels: np.ndarray) -> Calibration:
    """The calibration of `net` from its `logits` on validation digits, and from drawn ones that it never saw.

    The temperature is fitted on both together, so that confidence holds for drawings too, not on MNIST's look alone.
    The threshold is 0.5, or lower where that would refuse more than 1 - config.accepted of the validation digits; of
    the drawn ones where there is no validation.
    """
    rng = np.random.default_rng((config.seed, CALIBRATION_SEED))
    drawn, drawn_labels = synthetic_batch(rng, len(labels) or UNVALIDATED)
    drawn_logits = infer(net, drawn)
    own = logits if len(logits) else drawn_logits
    both = np.concatenate([logits, drawn_logits]) if len(logits) else drawn_logits
    temperature = fit_temperature(both[:, :CLASSES], np.concatenate([labels, drawn_labels]))
    if own.shape[1] == CLASSES:
        return Calibration(temperature, 0.5)
    is_digit = 1 / (1 + np.exp(-own[:, CLASSES]))
    return Calibration(temperature, float(min(0.5, np.quantile(is_digit, 1 - config.accepted))))
