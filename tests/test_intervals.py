"""Wilson's interval against published values."""

import pytest

from model.intervals import wilson


@pytest.mark.parametrize(("hits", "n", "low", "high"), [(0, 10, 0.0, 0.2775), (95, 100, 0.8882, 0.9785), (0, 0, 0, 1)])
def test_wilsons_interval_as_published(hits, n, low, high):
    assert wilson(hits, n) == pytest.approx((low, high), abs=2e-3)


def test_more_samples_narrow_it_and_it_holds_the_share():
    low, high = wilson(99, 100)
    narrow_low, narrow_high = wilson(990, 1000)
    assert 0 <= low < narrow_low < 0.99 < narrow_high < high <= 1
