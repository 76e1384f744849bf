"""What a network's layers are said to be, beside what its modules do."""

from __future__ import annotations

import pytest
import torch

from model.layers import fused, layers
from model.network import NETWORKS, count_weights


@pytest.mark.parametrize("name", NETWORKS)
def test_layers_add_up_to_the_network_and_are_what_it_gives(name: str) -> None:
    net = NETWORKS[name]().eval()
    found = layers(net)
    assert sum(layer.weights for layer in found) == count_weights(net)
    given: dict[torch.nn.Module, torch.Size] = {}
    for layer in found:
        layer.output.register_forward_hook(lambda module, _, out: given.update({module: out.shape}))
    logits = net(torch.zeros(1, 1, 28, 28))
    for layer in found:
        assert given[layer.output] in ((1, layer.channels, layer.side, layer.side), (1, layer.channels)), layer.words
    assert found[-1].channels == logits.shape[1] and found[-1].words.startswith("fully connected: ten digits")


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_whose_batch_norms_are_fused_gives_the_same(name: str) -> None:
    torch.manual_seed(0)
    net = NETWORKS[name]().train()
    net(torch.rand(8, 1, 28, 28))  # so that its batch norms are not those of the beginning
    faster, ink = fused(net), torch.rand(3, 1, 28, 28)
    assert net.training and not any(isinstance(part, torch.nn.BatchNorm2d) for part in faster.modules())
    torch.testing.assert_close(faster(ink), net.eval()(ink), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_value_of_a_map_depends_on_the_pixels_that_are_said(name: str) -> None:
    net = NETWORKS[name]().eval()
    for weight in net.parameters():
        torch.nn.init.constant_(weight, 0.1)  # so that no ReLU is closed
    for layer in [layer for layer in layers(net) if layer.side > 1]:
        maps: list[torch.Tensor] = []
        hook = layer.output.register_forward_hook(lambda _, __, out, maps=maps: maps.append(out))
        ink = torch.rand(1, 1, 28, 28, requires_grad=True)
        net(ink)
        hook.remove()
        place = layer.side // 2
        (slope,) = torch.autograd.grad(maps[0][0, 0, place, place], ink)
        middle = layer.start + place * layer.step
        first, last = middle - (layer.field - 1) / 2, middle + (layer.field - 1) / 2
        seen = torch.nonzero(slope[0, 0].abs().amax(dim=0))[:, 0]
        assert first <= seen.min() and seen.max() <= last, layer.words
        if not any(isinstance(part, torch.nn.MaxPool2d) for part in net.modules()):
            assert seen.min() == max(first, 0) and seen.max() == min(last, 27), layer.words
