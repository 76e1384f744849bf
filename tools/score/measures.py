"""What is measured, from plain arrays: nothing here knows the reader."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def auroc(digits: np.ndarray, others: np.ndarray) -> float:
    """Chance that a random digit scores above a random non-digit; ties count half (Mann and Whitney 1947)."""
    values = np.concatenate([digits, others])
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts + 1) / 2)[inverse]  # from 0, the mean among equals
    return float((ranks[: len(digits)].sum() - len(digits) * (len(digits) - 1) / 2) / (len(digits) * len(others)))


def matched(truth: str, read: str) -> int:
    """Length of the longest common subsequence: digits that were read right, in order."""
    row = [0] * (len(read) + 1)
    for a in truth:
        before = row[:]
        for j, b in enumerate(read):
            row[j + 1] = before[j] + 1 if a == b else max(before[j + 1], row[j])
    return row[-1]


def f1(right: int, wanted: int, given: int) -> float:
    """Harmonic mean of recall (right of wanted) and precision (right of given)."""
    return 2 * right / (wanted + given) if right else 0.0


def percentile(values: Sequence[float], share: float) -> float:
    return float(np.percentile(values, share)) if len(values) else 0.0
