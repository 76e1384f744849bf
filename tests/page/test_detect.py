"""What the page network's answer becomes: boxes in the picture's pixels, seen at every scale that fits their size."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from model.page import detect
from model.page.detect import SEARCH, Found, Level, PageFinder, overlaps
from model.page.network import STRIDE, PageNet


class SeesBlocks(nn.Module):
    """A fake page network: says of each dark block of a light picture that a 7 as large as `side` pixels is there."""

    def __init__(self, side: float) -> None:
        super().__init__()
        self.side = side

    def forward(self, shown: torch.Tensor) -> torch.Tensor:
        dark = nn.functional.avg_pool2d((shown[:, :1] < -1).float(), STRIDE)
        maps = torch.zeros(len(shown), 16, *dark.shape[2:])
        maps[:, 0] = dark[:, 0] * 20 - 10
        maps[:, 8] = 9.0
        maps[:, 13:15] = float(np.log(self.side / STRIDE))
        return maps


def a_finder(side: float) -> PageFinder:
    finder = PageFinder(PageNet((4, 4, 6, 6, 6)))
    finder._net = SeesBlocks(side)
    return finder


def a_page(*corners: tuple[int, int], side: int = 4, shape: tuple[int, int] = (200, 300)) -> np.ndarray:
    """A light page with a dark block at each (left, top)."""
    page = np.full(shape, 230, np.uint8)
    for left, top in corners:
        page[top : top + side, left : left + side] = 20
    return page


def test_boxes_lie_where_the_digits_are() -> None:
    seen = a_finder(24.0).level(a_page((80, 40), (200, 120)), 1.0)
    assert len(seen.scores) == 2 and (seen.scores > 0.9).all()
    middles = (seen.boxes[:, :2] + seen.boxes[:, 2:]) / 2
    assert sorted(map(tuple, middles.round())) == [(82, 42), (202, 122)]
    np.testing.assert_allclose(seen.boxes[:, 2:] - seen.boxes[:, :2], 24, atol=0.01)
    assert (seen.classes.argmax(axis=1) == 7).all()
    np.testing.assert_allclose(seen.classes.sum(axis=1), 1, atol=1e-5)


def test_a_scaled_picture_gives_boxes_of_the_picture_as_given() -> None:
    seen = a_finder(24.0).level(a_page((80, 40), side=8), 0.5)
    np.testing.assert_allclose((seen.boxes[0, :2] + seen.boxes[0, 2:]) / 2, (84, 44), atol=1)
    np.testing.assert_allclose(seen.boxes[0, 2:] - seen.boxes[0, :2], 48, atol=0.01)


def test_nothing_is_seen_on_an_empty_page() -> None:
    marks = np.array([[10.0, 10, 30, 40]])
    found = a_finder(24.0).find(a_page(), marks)
    assert found.boxes.shape == (0, 4) and found.classes.shape == (0, 10) and not len(found.scores)


def test_marks_of_one_size_are_seen_at_two_scales() -> None:
    found = a_finder(30.0).find(a_page((80, 40)), np.array([[70.0, 25, 90, 55]]))
    assert len(found.scales) == 2
    assert found.scales[1] == pytest.approx(SEARCH.step * found.scales[0])
    assert found.fits(np.array([30.0])).all() and not found.fits(np.array([3.0])).any()


def test_the_largest_level_keeps_the_time_within_bounds() -> None:
    marks = np.array([[0.0, 0, 12, 16], [1980, 1480, 1992, 1496]])
    assert max(detect._scales(detect.sizes_of(marks), (1500, 2000))) ** 2 * 1500 * 2000 <= SEARCH.most_pixels + 1


def test_levels_agree_on_one_digit_and_share_its_score() -> None:
    classes = np.eye(10)[[3]]
    coarse = Level(np.array([[10.0, 10, 30, 40]]), np.array([0.8]), classes)
    fine = Level(np.array([[11.0, 10, 31, 41], [100, 10, 120, 40]]), np.array([0.6, 0.9]), np.eye(10)[[3, 5]])
    merged = detect._merged([coarse, fine], (0.8, 1.6))
    assert merged.scores == pytest.approx([0.45, 0.7])  # the second was seen at one of two levels that could see it
    assert merged.boxes[1, 0] == pytest.approx((10 * 0.64 + 11 * 0.36) / (0.64 + 0.36))
    assert merged.classes.argmax(axis=1).tolist() == [5, 3]


def test_overlap_of_boxes() -> None:
    some, others = np.array([[0.0, 0, 10, 10]]), np.array([[0.0, 0, 10, 10], [5, 0, 15, 10], [20, 20, 30, 30]])
    np.testing.assert_allclose(overlaps(some, others), [[1, 1 / 3, 0]])


def test_the_network_is_shown_few_sizes() -> None:
    """oneDNN keeps memory for each size that it meets."""
    sides = {detect._filled(side) for side in range(1, 2049)}
    assert len(sides) <= 20 and all(side % 64 == 0 for side in sides)
    assert all(detect._filled(side) >= side for side in range(1, 2049))


def test_found_keeps_what_levels_it_had() -> None:
    found = Found(np.zeros((0, 4)), np.zeros(0), np.zeros((0, 10)), (1.0,))
    assert found.fits(np.array([SEARCH.least, SEARCH.most, SEARCH.most + 1])).tolist() == [True, True, False]
