"""The string network: its size, its columns, and what spans of them mean."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import torch

from model.network import count_weights
from model.stored import NetCard
from model.strings.network import BLANK, COARSEST, HEIGHT, STRIDE, STRINGS, StringNet
from model.strings.reading import WIDEST, StringReader, best_path, spans_of
from model.synthesis import strings as drawn

TINY = (4, 4, 6, 8)


def test_the_network_is_small(tmp_path: Path) -> None:
    net = StringNet()
    assert 200_000 <= count_weights(net) <= 400_000
    STRINGS.save(tmp_path, net, NetCard(net.arguments))
    assert (tmp_path / STRINGS.files[0]).stat().st_size <= 1_000_000


def test_every_second_pixel_has_a_column() -> None:
    assert StringNet(TINY)(torch.zeros(2, 1, HEIGHT, 24 * COARSEST)).shape == (2, 11, 24 * COARSEST // STRIDE)
    assert HEIGHT == drawn.HEIGHT


def test_a_column_sees_more_than_a_height_to_either_side() -> None:
    torch.manual_seed(0)
    net = StringNet().eval()
    ink = torch.rand(1, 1, HEIGHT, 8 * HEIGHT).requires_grad_()
    net(ink)[0, :, 4 * HEIGHT // STRIDE].abs().sum().backward()
    assert ink.grad is not None
    columns = ink.grad[0, 0].abs().sum(dim=0).nonzero()
    assert columns.min() < 3 * HEIGHT and columns.max() > 5 * HEIGHT


def test_ink_of_any_size_has_columns_of_probabilities() -> None:
    reader = StringReader(StringNet(TINY))
    for height, width in ((1, 1), (400, 3), (3, 400), (64, 128), (20, 20 * WIDEST)):
        columns = reader.columns(np.ones((height, width), np.float32))
        assert columns.shape[0] == BLANK + 1 and 1 <= columns.shape[1] <= WIDEST // STRIDE
        np.testing.assert_allclose(columns.sum(axis=0), 1, rtol=1e-5)


def test_spans_are_the_sums_over_all_paths() -> None:
    rng = np.random.default_rng(0)
    columns = rng.dirichlet(np.ones(BLANK + 1), 5).T
    for first, last in ((0, 5), (1, 4), (2, 3)):
        spans = spans_of(columns, np.array([first]), np.array([last]))
        one, none = np.zeros(10), 0.0
        for path in product(range(BLANK + 1), repeat=last - first):
            likely = np.prod([columns[label, first + place] for place, label in enumerate(path)])
            read = best_path(np.eye(BLANK + 1)[list(path)].T)
            if not read:
                none += likely
            elif len(read) == 1:
                one[read[0]] += likely
        np.testing.assert_allclose(spans.one[0], one)
        np.testing.assert_allclose(spans.none[0], none)


def test_repeats_of_the_best_path_are_one_digit() -> None:
    path = [BLANK, 3, 3, BLANK, 3, 7, 7, BLANK]
    assert best_path(np.eye(BLANK + 1)[path].T) == [3, 3, 7]
