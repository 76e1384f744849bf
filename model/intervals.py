"""How far a measured share may be from the true one."""

from __future__ import annotations

import math
from collections.abc import Sequence

Z = 1.96  # standard deviations on either side of the mean that hold 95% of a normal distribution


def wilson(hits: float, n: int) -> tuple[float, float]:
    """Wilson's 95% interval of a share of n samples (Wilson 1927), `hits` of which were right; (0, 1) when n is 0."""
    if n <= 0:
        return 0.0, 1.0
    share = hits / n
    middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def mean_interval(shares: Sequence[tuple[float, int]]) -> tuple[float, float]:
    """95% interval of the mean of independent (share, n), each of equal weight, by the normal approximation."""
    mean = sum(share for share, _ in shares) / len(shares)
    half = Z * math.sqrt(sum(share * (1 - share) / n for share, n in shares)) / len(shares)
    return max(0.0, mean - half), min(1.0, mean + half)
