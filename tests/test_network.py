"""The network's shapes, its normalisation and its counts."""

import pytest
import torch

from model.network import NETWORKS, DigitNet, count_multiply_adds, count_weights


def test_eleven_logits_for_each_picture():
    net = DigitNet((8, 12, 16)).eval()
    assert net(torch.rand(5, 1, 28, 28)).shape == (5, 11)
    assert net.features(torch.rand(5, 1, 28, 28)).shape == (5, 16 * 49)


def test_mean_and_deviation_travel_with_the_weights():
    assert {"mean", "std"} <= set(DigitNet().state_dict())


def test_the_shipped_size_is_under_two_megabytes_as_float16():
    assert count_weights(DigitNet()) * 2 < 2_000_000


def test_counts_of_a_layer_by_hand():
    net = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3, padding=1), torch.nn.Flatten(), torch.nn.Linear(4 * 784, 10))
    assert count_weights(net) == (9 * 4 + 4) + (4 * 784 * 10 + 10)
    assert count_multiply_adds(net) == 9 * 4 * 784 + 4 * 784 * 10


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_every_network_by_name_gives_logits_of_ten_classes_or_eleven(name):
    assert NETWORKS[name]().eval()(torch.zeros(2, 1, 28, 28)).shape in ((2, 10), (2, 11))
