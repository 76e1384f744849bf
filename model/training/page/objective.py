"""What the training of the page network minimises."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from model.page.network import answer_of
from model.training.page.batches import Batch
from model.training.page.config import PageConfig

BOX_EDGE = 0.1  # places: smaller errors of a box count by their square


def loss_of(config: PageConfig, maps: Tensor, batch: Batch) -> Tensor:
    """The loss of PageNet's (N, 16, h, w) answer to a batch: of centres, classes, boxes and ink, summed.

    Centres: the focal loss of Law and Deng (2018, "CornerNet"), by the number of centres. At the places of digits:
    cross-entropy of the classes and a smooth absolute error of the boxes. Ink: binary cross-entropy.
    """
    answer = answer_of(maps)
    crop, y, x, label = (batch.places[:, column].long() for column in range(4))
    box, weight = batch.places[:, 4:8], batch.places[:, 8]
    total = weight.sum().clamp(min=1)
    classes = answer.classes[crop, :, y, x]
    of_classes = F.cross_entropy(classes, label, reduction="none", label_smoothing=config.label_smoothing)
    of_boxes = F.smooth_l1_loss(answer.box[crop, :, y, x], box, reduction="none", beta=BOX_EDGE).sum(dim=1)
    of_ink = F.binary_cross_entropy_with_logits(answer.ink, batch.ink)
    return _of_centres(answer.centre, batch) + ((of_classes + of_boxes) * weight).sum() / total + of_ink


def _of_centres(logits: Tensor, batch: Batch) -> Tensor:
    probability = torch.sigmoid(logits)
    is_centre = (batch.heat == 1).float()
    hits = is_centre * (1 - probability) ** 2 * F.logsigmoid(logits)
    misses = (1 - is_centre) * batch.counted * (1 - batch.heat) ** 4 * probability**2 * F.logsigmoid(-logits)
    return -(hits + misses).sum() / is_centre.sum().clamp(min=1)
