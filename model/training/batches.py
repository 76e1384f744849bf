"""The training batches: the CSV's digits, mixed with digits drawn by code and with what is not a digit."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from model.ink.normalise import NOT_A_DIGIT, to_picture
from model.synthesis.printed import printed_batch
from model.synthesis.render import PEN, synthetic_batch
from model.training import augment
from model.training.config import TrainConfig
from model.training.spoilt import spoilt_digits

ORDER_SEED, SPOILT_SEED = 1_000_003, 7919  # primes that keep the seeds of epochs and drawings apart

Drawn = tuple[Tensor, Tensor]  # (N, 1, 28, 28) uint8 and (N,) labels, 10 for no digit


class Batches:
    """The samples of each epoch: CSV digits in random order, mixed with drawn digits and non-digits.

    The pictures of the next epoch are drawn in a thread beside the training; what is drawn depends on the seed alone.
    """

    def __init__(self, config: TrainConfig, images: np.ndarray, labels: np.ndarray, device: torch.device) -> None:
        self.config, self.device = config, device
        self.images = torch.from_numpy(images)[:, None].to(device)  # (N, 1, 28, 28) uint8
        self.labels = torch.from_numpy(labels).to(device)
        normalised = (
            [to_picture(image.astype(np.float32) / 255) for image in images] if config.normalised else [*images]
        )
        self.normalised = torch.from_numpy(np.stack(normalised))[:, None].to(device)
        self.synthetic = round(config.batch_size * config.synthetic)
        self.non_digits = round(config.batch_size * config.non_digits)
        self.real = max(1, config.batch_size - self.synthetic - self.non_digits)
        self.steps = -(-len(images) // self.real)
        self.ranges = config.ranges()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="drawing")
        self._drawings: dict[int, Future[Drawn]] = {}

    def epoch(self, number: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yields (N, 1, 28, 28) float ink, augmented, and (N,) labels on the device; the same for the same number."""
        generator = torch.Generator().manual_seed(self.config.seed * ORDER_SEED + number)
        order = torch.randperm(len(self.images), generator=generator).to(self.device)
        extra, extra_labels = self._extra(number)
        extra_order = torch.randperm(len(extra), generator=generator).to(self.device)
        each = self.synthetic + self.non_digits
        for step in range(self.steps):
            chosen = order[step * self.real : (step + 1) * self.real]
            use_normalised = (torch.rand(len(chosen), generator=generator) < self.config.normalised).to(self.device)
            real = torch.where(use_normalised[:, None, None, None], self.normalised[chosen], self.images[chosen])
            others = extra_order[step * each : (step + 1) * each]
            ink = torch.cat([real, extra[others]]).to(torch.float32) / 255
            if self.config.augmentation_strength or self.config.corrupted:
                ink = augment.augment(ink, generator, corrupted=self.config.corrupted, ranges=self.ranges)
            ink = ink.contiguous(memory_format=torch.channels_last)
            yield ink, torch.cat([self.labels[chosen], extra_labels[others]])

    def _extra(self, epoch: int) -> Drawn:
        """The drawn pictures of an epoch; begins to draw those that are wanted next."""
        refresh = epoch // self.config.synthetic_refresh_epochs
        last = (self.config.epochs - 1) // self.config.synthetic_refresh_epochs
        wanted = [one for one in (refresh, refresh + 1) if one <= max(last, refresh)]
        kept = {one: future for one, future in self._drawings.items() if one in wanted}
        self._drawings = {one: kept.get(one) or self._pool.submit(self._draw, one) for one in wanted}
        images, labels = self._drawings[refresh].result()
        return images.to(self.device), labels.to(self.device)

    def _draw(self, refresh: int) -> Drawn:
        """Digits, non-digits and printed characters drawn by code, and spoilt digits of the CSV."""
        rng = np.random.default_rng((self.config.seed, refresh))
        pen = replace(PEN, any_share=self.config.any_brush)
        digits = synthetic_batch(rng, self.synthetic * self.steps, pen=pen)
        spoilt = int(self.non_digits * self.steps * self.config.spoilt)
        drawn = self.non_digits * self.steps - spoilt
        printed = printed_batch(rng, round(drawn * self.config.printed))
        others = synthetic_batch(rng, drawn - len(printed[1]), non_digit=1.0, pen=pen)
        generator = torch.Generator().manual_seed(self.config.seed * SPOILT_SEED + refresh)
        turned = spoilt_digits(self.images.cpu(), self.labels.cpu(), spoilt, generator)
        parts = [(torch.from_numpy(images)[:, None], torch.from_numpy(of)) for images, of in (digits, others, printed)]
        parts.append((turned.round().to(torch.uint8), torch.full((len(turned),), NOT_A_DIGIT)))
        images, labels = (torch.cat(side) for side in zip(*parts, strict=True))
        return images, labels
