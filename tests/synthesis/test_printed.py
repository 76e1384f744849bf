"""Printed characters: which ones, their labels, and the pictures."""

import numpy as np
import pytest

from model.synthesis import printed
from model.synthesis.printed import characters, printed_batch


def test_what_a_person_may_take_for_a_digit_is_no_character():
    known = characters("DejaVuSans")
    assert len(known) == len(set(known)) > 1500
    assert set("ABCDEFGHJKLMNPQRTUVWXYacdefhjkmnprtuvwx") <= set(known)
    assert not set("OoIlSsZzbgqiy/|0123456789") & set(known)
    assert not set("ЗбΛΟ∅") & set(known) and {"Ж", "Ω", "∑", "→", "ᔕ"} <= set(known)


@pytest.mark.parametrize("font", [family + style for family, styles in printed.FAMILIES.items() for style in styles])
def test_every_font_has_letters_and_all_digits(font):
    assert len([c for c in characters(font) if c.isascii() and c.isalpha()]) >= 36
    for digit in "0123456789":
        assert printed.mask_of(font, digit).size > 200


def test_a_batch_is_labelled_and_in_the_convention():
    pictures, labels = printed_batch(np.random.default_rng(0), 400)
    assert pictures.shape == (400, 28, 28) and pictures.dtype == np.uint8
    assert (np.bincount(labels, minlength=11)[:10] > 0).all() and 0.7 < (labels == 10).mean() < 0.92
    ink = pictures / 255.0
    assert (ink.max(axis=(1, 2)) > 0.5).all()
    rows, columns = ink.max(axis=2) > 0, ink.max(axis=1) > 0
    assert (np.maximum(rows.sum(axis=1), columns.sum(axis=1)) <= 20).all()
    middle = (ink.sum(axis=2) @ (np.arange(28) + 0.5)) / ink.sum(axis=(1, 2))
    assert np.abs(middle - 14).max() < 1.5


def test_the_same_seed_prints_the_same():
    one, other, third = (printed_batch(np.random.default_rng(seed), 60) for seed in (3, 3, 4))
    assert np.array_equal(one[0], other[0]) and np.array_equal(one[1], other[1])
    assert not np.array_equal(one[0], third[0])


def test_printed_digits_look_like_their_label():
    """Each digit's mean picture is nearest to the mean of its own label's other half."""
    pictures, labels = printed_batch(np.random.default_rng(1), 3000)
    halves = [
        np.stack([pictures[start::2][labels[start::2] == digit].mean(axis=0).ravel() for digit in range(10)])
        for start in (0, 1)
    ]
    distance = ((halves[0][:, None] - halves[1][None]) ** 2).sum(axis=2)
    assert (distance.argmin(axis=1) == np.arange(10)).all()


def test_a_pair_holds_both_characters():
    left, right = printed.mask_of("DejaVuSans", "H"), printed.mask_of("DejaVuSans", "a")
    both = printed._beside(left, right, 3)
    assert both.shape == (len(left), left.shape[1] + 3 + right.shape[1])
    assert int((both > 0).sum()) == int((left > 0).sum()) + int((right > 0).sum())
    assert printed._beside(left, right, -4).shape[1] == left.shape[1] - 4 + right.shape[1]
