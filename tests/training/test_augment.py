"""Augmentation: seeded, bounded, and it changes what it says and nothing else."""

import pytest
import torch

from model.training import augment


def bars(count: int = 32) -> torch.Tensor:
    """(count, 1, 28, 28) ink: an upright bar, 3 pixels wide."""
    ink = torch.zeros(count, 1, 28, 28)
    ink[:, :, 5:23, 13:16] = 1
    return ink


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_the_same_seed_draws_the_same_batch_and_another_one_another():
    one, same, other = (augment.augment(bars(), seeded(seed)) for seed in (1, 1, 2))
    assert torch.equal(one, same) and not torch.equal(one, other)


def test_ink_stays_within_0_and_1_and_every_sample_is_its_own():
    out = augment.augment(bars(64), seeded(), corrupted=0.9)
    assert out.shape == (64, 1, 28, 28) and out.min() >= 0 and out.max() <= 1 and out.isfinite().all()
    assert len({sample.numpy().tobytes() for sample in out}) == 64


def test_no_strength_leaves_the_digit_where_it_is():
    out = augment.warp(bars(), seeded(), rotation=0, scale=0, shear=0, shift=0, elastic=0)
    assert torch.allclose(out, bars(), atol=1e-4)


def test_stroke_width_goes_both_ways():
    mass = augment.change_stroke_width(bars(200), seeded()).sum(dim=(1, 2, 3)) / bars(1).sum()
    assert mass.min() < 0.85 and mass.max() > 1.3


@pytest.mark.parametrize("change", augment.CORRUPTIONS)
def test_every_corruption_changes_the_picture_but_keeps_its_shape(change):
    out = change(bars(), seeded())
    assert out.shape == bars().shape and out.isfinite().all() and not torch.allclose(out, bars())


def test_only_a_share_is_corrupted():
    changed = (augment.corrupt(bars(400), seeded(), 0.25) != bars(400)).flatten(1).any(dim=1).float().mean()
    assert 0.1 < changed < 0.35


def test_spoilt_digits_are_pairs_and_turned_digits():
    images = torch.arange(10, dtype=torch.uint8)[:, None, None, None] * 20 + torch.zeros(
        10, 1, 28, 28, dtype=torch.uint8
    )
    out = augment.spoilt_digits(images, torch.arange(10), 40, seeded())
    assert out.shape == (40, 1, 28, 28)
    turned = {int(value) // 20 for value in out[20:].amax(dim=(1, 2, 3))}
    assert turned <= {3, 4, 7, 9} and turned
