"""What a training minimises, and how fast: the loss of a batch and the learning rate of a step."""

from __future__ import annotations

import math

import torch.nn.functional as F
from torch import Tensor

from model.network import CLASSES
from model.training.config import TrainConfig


def learning_rate(config: TrainConfig, step: int, steps: int) -> float:
    """The rate of a `step` of `steps`: "constant", "step" (times 0.7 after each epoch), or "cosine".

    The last is a linear warm-up, then a cosine down to 0 (Loshchilov and Hutter 2017).
    """
    peak = config.peak_learning_rate
    if config.schedule == "constant":
        return peak
    if config.schedule == "step":
        return peak * 0.7 ** (step * config.epochs // steps)
    warmup_steps = max(1, int(steps * config.warmup))
    if step < warmup_steps:
        return peak * (step + 1) / warmup_steps
    return peak * 0.5 * (1 + math.cos(math.pi * (step - warmup_steps) / max(1, steps - warmup_steps)))


def check_finite(loss: float, epoch: int, peak: float) -> None:
    """Raises ValueError when the loss of an `epoch`, counted from 0, is no longer a number; peak: the learning rate."""
    if not math.isfinite(loss):
        raise ValueError(
            f"training: the loss is {loss} in epoch {epoch + 1}, expected a number; it diverged: "
            f"use a --peak-learning-rate below {peak:g}"
        )


def loss_of(config: TrainConfig, logits: Tensor, labels: Tensor) -> Tensor:
    """Mean loss of (N, 10 or 11) logits; label 10 is "not a digit".

    Digits: cross-entropy. Not digits: the classes are pulled to equal probabilities (Hendrycks et al. 2019, outlier
    exposure). Column 10, where there is one, learns which is which by binary cross-entropy.
    """
    is_digit = labels < CLASSES
    classes = logits[:, :CLASSES]
    smoothing = config.label_smoothing
    loss = F.cross_entropy(classes[is_digit], labels[is_digit], label_smoothing=smoothing, reduction="sum")
    if not is_digit.all():
        uniform = F.log_softmax(classes[~is_digit], dim=1).mean(dim=1).sum()
        loss = loss - config.non_digit_loss_weight * uniform
    if logits.shape[1] > CLASSES:
        truth = is_digit.to(logits.dtype)
        detection = F.binary_cross_entropy_with_logits(logits[:, CLASSES], truth, reduction="sum")
        loss = loss + config.is_digit_loss_weight * detection
    return loss / len(labels)
