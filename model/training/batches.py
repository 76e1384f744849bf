"""What the network is shown: the CSV's digits, mixed with strokes of our own drawing and with what is no digit."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from model.ink.normalise import to_picture
from model.network import CLASSES
from model.synthesis.printed import printed_batch
from model.synthesis.render import synthetic_batch
from model.training import augment
from model.training.config import TrainConfig


class Batches:
    """The samples of each epoch: CSV digits in random order, mixed with synthetic digits and with non-digits."""

    def __init__(self, config: TrainConfig, images: np.ndarray, labels: np.ndarray, device: torch.device) -> None:
        self.config, self.device = config, device
        self.images = torch.from_numpy(images)[:, None].to(device)  # (N, 1, 28, 28) uint8
        self.labels = torch.from_numpy(labels).to(device)
        normalised = images
        if config.normalised:
            normalised = np.stack([to_picture(image.astype(np.float32) / 255) for image in images])
        self.normalised = torch.from_numpy(normalised)[:, None].to(device)
        self.synthetic = round(config.batch_size * config.synthetic)
        self.non_digits = round(config.batch_size * config.non_digits)
        self.real = max(1, config.batch_size - self.synthetic - self.non_digits)
        self.steps = -(-len(images) // self.real)
        self._drawn: tuple[int, Tensor, Tensor] | None = None

    def epoch(self, number: int) -> Any:
        """Yields (N, 1, 28, 28) float ink, augmented, and (N,) labels on the device; the same for the same number."""
        generator = torch.Generator().manual_seed(self.config.seed * 1_000_003 + number)
        order = torch.randperm(len(self.images), generator=generator).to(self.device)
        extra, extra_labels = self._extra(number // max(1, self.config.renewal))
        extra_order = torch.randperm(len(extra), generator=generator).to(self.device)
        each = self.synthetic + self.non_digits
        for step in range(self.steps):
            chosen = order[step * self.real : (step + 1) * self.real]
            use_normalised = (torch.rand(len(chosen), generator=generator) < self.config.normalised).to(self.device)
            real = torch.where(use_normalised[:, None, None, None], self.normalised[chosen], self.images[chosen])
            others = extra_order[step * each : (step + 1) * each]
            ink = torch.cat([real, extra[others]]).to(torch.float32) / 255
            if self.config.strength or self.config.corrupted:
                ink = augment.augment(ink, generator, strength=self.config.strength, corrupted=self.config.corrupted)
            ink = ink.contiguous(memory_format=torch.channels_last)
            yield ink, torch.cat([self.labels[chosen], extra_labels[others]])

    def _extra(self, renewal: int) -> tuple[Tensor, Tensor]:
        """Synthetic digits, non-digits and printed characters for one epoch, drawn anew for each `renewal`."""
        if self._drawn is None or self._drawn[0] != renewal:
            rng = np.random.default_rng((self.config.seed, renewal))
            digits = synthetic_batch(rng, self.synthetic * self.steps)
            spoilt = self.non_digits * self.steps // 5
            drawn = self.non_digits * self.steps - spoilt
            printed = printed_batch(rng, round(drawn * self.config.printed))
            others = synthetic_batch(rng, drawn - len(printed[1]), non_digit=1.0)
            generator = torch.Generator().manual_seed(self.config.seed * 7919 + renewal)
            turned = augment.spoilt_digits(self.images.cpu(), self.labels.cpu(), spoilt, generator)
            parts = [
                (torch.from_numpy(images)[:, None], torch.from_numpy(of)) for images, of in (digits, others, printed)
            ]
            parts.append((turned.round().to(torch.uint8), torch.full((len(turned),), CLASSES)))
            images, labels = (torch.cat(side) for side in zip(*parts, strict=True))
            self._drawn = renewal, images.to(self.device), labels.to(self.device)
        return self._drawn[1], self._drawn[2]
