"""How far a measured share may be from the true one."""

from __future__ import annotations

import math
from collections.abc import Sequence


def wilson(hits: float, n: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's 95% interval of a share of n samples (Wilson 1927), `hits` of which were right; (0, 1) when n is 0."""
    if n <= 0:
        return 0.0, 1.0
    share = hits / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def mean_interval(shares: Sequence[tuple[float, int]], z: float = 1.96) -> tuple[float, float]:
    """95% interval of the mean of independent (share, n), each of equal weight, by the normal approximation."""
    mean = sum(share for share, _ in shares) / len(shares)
    half = z * math.sqrt(sum(share * (1 - share) / n for share, n in shares)) / len(shares)
    return max(0.0, mean - half), min(1.0, mean + half)
