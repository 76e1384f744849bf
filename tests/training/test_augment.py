"""Augmentation: seeded, bounded, and it changes what it says and nothing else."""

from dataclasses import replace

import pytest
import torch

from model.training import augment, corruptions, filters
from model.training.spoilt import spoilt_digits


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
    out = augment.warp(bars(), seeded(), augment.RANGES.times(0))
    assert torch.allclose(out, bars(), atol=1e-4)


@pytest.mark.parametrize(
    ("only", "least", "most"),
    [
        ({"aspect": 0.4, "aspect_share": 1.0}, 0.62, 1.45),
        ({"scale": 0.14}, 0.84, 1.16),
        ({"rotation": 13.0}, 0.9, 1.2),
        ({"shift": 2.2}, 0.9, 1.1),
        ({"elastic": 1.3}, 0.6, 1.5),
    ],
)
def test_a_range_is_reached_and_not_exceeded(only: dict[str, float], least: float, most: float):
    """The width of a block of 12 pixels, as a share of what it was."""
    block = torch.zeros(300, 1, 28, 28)
    block[:, :, 8:20, 8:20] = 1
    out = augment.warp(block, seeded(), replace(augment.RANGES.times(0), **only))
    width = out[:, 0, 11:17].clamp(0, 1).sum(dim=2).mean(dim=1) / 12
    assert least <= width.min() and width.max() <= most
    assert out.sub(block).abs().amax(dim=(1, 2, 3)).median() > 0.05


def test_most_samples_keep_their_aspect():
    ring = torch.zeros(400, 1, 28, 28)
    ring[:, :, 7:21, 7:21] = 1
    ranges = replace(augment.RANGES.times(0), aspect=0.4, aspect_share=0.2)
    changed = (augment.warp(ring, seeded(), ranges) - ring).abs().amax(dim=(1, 2, 3)) > 0.01
    assert 0.1 < changed.float().mean() < 0.3


def test_a_gap_is_short_and_in_the_ink():
    ranges = replace(augment.RANGES, gap_share=0.5)
    lost = (bars(300) - augment.interrupt(bars(300), seeded(), ranges))[:, 0]
    some = lost.flatten(1).sum(dim=1)
    assert 0.4 < (some > 0).float().mean() < 0.6 and lost.min() >= 0
    assert some.max() < 14 and some[some > 0].min() > 1
    assert torch.equal(augment.interrupt(bars(), seeded(), augment.RANGES.times(0)), bars())


def test_neighbours_are_combined_as_pooling_does():
    ink = torch.rand(5, 1, 28, 28, generator=seeded())
    pool = torch.nn.functional.max_pool2d
    assert torch.equal(filters.grown(ink), pool(ink, 3, 1, 1))
    assert torch.equal(filters.shrunk(ink), -pool(-ink, 3, 1, 1))
    torch.testing.assert_close(filters.blurred(ink), torch.nn.functional.avg_pool2d(ink, 3, 1, 1))
    bicubic = torch.nn.functional.interpolate(ink[..., :7, :7], size=28, mode="bicubic", align_corners=True)
    torch.testing.assert_close(filters.enlarged(ink[..., :7, :7], 28), bicubic, atol=1e-5, rtol=0)


def test_stroke_width_goes_both_ways():
    mass = augment.change_stroke_width(bars(200), seeded()).sum(dim=(1, 2, 3)) / bars(1).sum()
    assert mass.min() < 0.85 and mass.max() > 1.3


@pytest.mark.parametrize("change", corruptions.CORRUPTIONS)
def test_every_corruption_changes_the_picture_but_keeps_its_shape(change):
    out = change(bars(), seeded())
    assert out.shape == bars().shape and out.isfinite().all() and not torch.allclose(out, bars())


def test_only_a_share_is_corrupted():
    changed = (corruptions.corrupt(bars(400), seeded(), 0.25) != bars(400)).flatten(1).any(dim=1).float().mean()
    assert 0.1 < changed < 0.35


def test_spoilt_digits_are_pairs_and_turned_digits():
    images = torch.arange(10, dtype=torch.uint8)[:, None, None, None] * 20 + torch.zeros(
        10, 1, 28, 28, dtype=torch.uint8
    )
    out = spoilt_digits(images, torch.arange(10), 40, seeded())
    assert out.shape == (40, 1, 28, 28)
    turned = {int(value) // 20 for value in out[20:].amax(dim=(1, 2, 3))}
    assert turned <= {3, 4, 7, 9} and turned
