"""Several networks as one, and several copies of a picture: means that can be written down by hand."""

import numpy as np
import pytest
import torch

from model import __main__ as command_line
from model.synthesis.render import synthetic_batch
from model.training import augment, ensemble


class Says(torch.nn.Module):
    """Always the same probabilities."""

    def __init__(self, probabilities: list[float]) -> None:
        super().__init__()
        self.logits = torch.nn.Parameter(torch.tensor(probabilities).log()[None])

    def forward(self, ink: torch.Tensor) -> torch.Tensor:
        return self.logits.expand(len(ink), -1)


def test_the_mean_is_of_probabilities_and_each_keeps_its_temperature():
    first, second = [0.91] + [0.01] * 9, [0.01] * 9 + [0.91]
    images = np.zeros((3, 28, 28), np.uint8)
    same = ensemble.probabilities([(Says(first), 1.0), (Says(second), 1.0)], images)
    np.testing.assert_allclose(same, np.tile((np.array(first) + second) / 2, (3, 1)), atol=1e-6)
    unsure = ensemble.probabilities([(Says(first), 1.0), (Says(second), 1000.0)], images)
    np.testing.assert_allclose(unsure[0], (np.array(first) + 0.1) / 2, atol=1e-3)


@pytest.mark.parametrize(("right", "down"), [(1, 0), (-1, 0), (0, 1), (0, -2)])
def test_a_move_is_a_roll(right, down):
    ink = torch.zeros(1, 1, 28, 28)
    ink[..., 8:20, 9:19] = torch.rand(12, 10, generator=torch.Generator().manual_seed(0))
    moved = augment.move(ink, 0.0, right, down)
    torch.testing.assert_close(moved, ink.roll((down, right), (2, 3)), atol=1e-4, rtol=0)


def test_a_quarter_turn_is_clockwise():
    ink = torch.zeros(1, 1, 28, 28)
    ink[..., 4:10, 12:16] = 1
    torch.testing.assert_close(augment.move(ink, 90.0, 0, 0), ink.rot90(-1, (2, 3)), atol=1e-3, rtol=0)


def test_copies_are_the_picture_itself_and_six_that_are_near():
    images, _ = synthetic_batch(np.random.default_rng(0), 5)
    views = ensemble.copies(images)
    assert len(views) == 7 and views[0] is images
    for view in views[1:]:
        assert view.shape == images.shape and view.dtype == np.uint8
        assert np.abs(view.astype(float).sum() / images.sum() - 1) < 0.05 and (view != images).any()


def test_several_networks_read_no_single_picture(tmp_path, capsys):
    with pytest.raises(SystemExit):
        command_line.main(["a.png", "--weights", str(tmp_path), str(tmp_path)])
    assert "--csv only" in capsys.readouterr().err
