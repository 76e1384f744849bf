"""Which samples are worth looking at, and which others they resemble."""

from __future__ import annotations

import numpy as np

from model.network import CLASSES

NEAREST = 3  # neighbours of one digit


def doubtful_labels(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(N,) bool: whose label is doubtful by confident learning (Northcutt, Jiang and Chuang 2021).

    The threshold of a digit is the mean probability that samples with that label get for it. A sample's confident
    digit is the most probable of those that reach their threshold. Its label is doubtful when it has a confident digit
    and that is not the label: off the diagonal of the paper's confident joint. The probabilities (N, 10) must come
    from a network that was not trained on these samples, as those of validation samples do.
    """
    columns = np.arange(CLASSES)
    counts = np.bincount(labels, minlength=CLASSES)
    own = np.bincount(labels, weights=probabilities[np.arange(len(labels)), labels], minlength=CLASSES)
    thresholds = np.where(counts > 0, own / np.maximum(counts, 1), np.inf)
    reached = np.where(probabilities >= thresholds[columns], probabilities, -1.0)
    doubtful: np.ndarray = (reached.max(axis=1, initial=-1) >= 0) & (reached.argmax(axis=1) != labels)
    return doubtful


def least_sure(probabilities: np.ndarray, right: np.ndarray, count: int) -> np.ndarray:
    """Indices of the `count` samples that were read right with the smallest probability, the least sure first."""
    candidates = np.flatnonzero(right)
    order = np.argsort(probabilities[candidates].max(axis=1), kind="stable")
    return candidates[order[:count]]


def nearest(
    features: np.ndarray, labels: np.ndarray, pool: np.ndarray, folds: np.ndarray, shown: np.ndarray, digits: np.ndarray
) -> list[np.ndarray]:
    """For each index in `shown`, the NEAREST samples of its digit in `digits`, by cosine distance, nearest first.

    features (N, D); labels (N,); pool (N,) bool, what may be named; folds (N,), features of different ones cannot be
    compared; shown and digits (S,). A sample is not its own neighbour. Fewer come where there are no more.
    """
    found: list[np.ndarray] = [np.zeros(0, int)] * len(shown)
    groups = np.stack([digits, folds[shown]], axis=1)
    for digit, fold in np.unique(groups, axis=0):
        candidates = np.flatnonzero(pool & (labels == digit) & (folds == fold))
        here = np.flatnonzero((groups == (digit, fold)).all(axis=1))
        similarity = _unit(features[shown[here]]) @ _unit(features[candidates]).T  # (H, P)
        order = np.argsort(-similarity, axis=1, kind="stable")[:, : NEAREST + 1]
        for place, ranked in zip(here, candidates[order], strict=True):
            found[place] = ranked[ranked != shown[place]][:NEAREST]
    return found


def _unit(vectors: np.ndarray) -> np.ndarray:
    vectors = vectors.astype(np.float32)
    units: np.ndarray = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return units
