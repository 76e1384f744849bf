"""Strokes drawn by code: templates, styles, and pictures in MNIST's convention."""

from __future__ import annotations

import numpy as np
import pytest

from model.ink.normalise import NOT_A_DIGIT
from model.synthesis import negatives, paths, render
from model.synthesis.handwriting import digit_strokes
from model.synthesis.render import PEN
from model.synthesis.strokes import Strokes
from model.synthesis.styles import library
from model.synthesis.variation import VARIATION, reduced

DIGITS = range(10)


def extent(inked: np.ndarray) -> np.ndarray:
    """(N,) pixels from the first to the last True of each row, both included."""
    return inked.shape[1] - inked.argmax(axis=1) - inked[:, ::-1].argmax(axis=1)


def longest_sides(pictures: np.ndarray) -> np.ndarray:
    inked = pictures > 85
    return np.maximum(extent(inked.any(axis=1)), extent(inked.any(axis=2)))


def middles(pictures: np.ndarray) -> np.ndarray:
    """(N, 2) x and y of the centre of mass, in pixels."""
    ink = pictures.astype(float)
    mass = ink.sum(axis=(1, 2))
    return np.stack([ink.sum(axis=axis) @ np.arange(28) / mass for axis in (1, 2)], 1)


@pytest.mark.parametrize("digit", DIGITS)
def test_each_digit_has_styles_of_its_own(digit: int) -> None:
    names = render.styles(digit)
    assert len(names) >= 3
    assert len(set(names)) == len(names)
    assert all(style.looks_like == str(digit) for style in library().digits[digit])


def test_styles_that_mnist_hardly_has_are_there() -> None:
    wanted = {0: "slashed", 1: "long-flag", 2: "loop", 3: "flat", 4: "open-round", 5: "bar-detached"}
    wanted |= {6: "hook", 7: "crossed", 8: "middle", 9: "curly"}
    assert all(style in render.styles(digit) for digit, style in wanted.items())


def test_every_template_is_drawable() -> None:
    known = [*library().symbols, *(style for styles in library().digits for style in styles)]
    assert len(known) > 300
    for style in known:
        points = style.curve @ style.controls[0]
        assert points.shape == (paths.POINTS, 2), style.name
        assert np.abs(points - 0.5).max() < 0.95, style.name
        assert (~style.down).sum() == style.stroke[-1], style.name
        assert np.allclose(style.curve.sum(axis=1), 1, atol=1e-4), style.name
        assert set(style.looks_like) <= set("0123456789"), style.name


def test_a_curve_passes_through_its_points() -> None:
    (bend,) = paths.family("M0 0 R50 80 100 0")
    drawn = bend.curve @ bend.controls[0]
    nearest = np.linalg.norm(drawn[:, None] - bend.controls[0], axis=2).min(axis=0)
    assert nearest.max() < 0.03
    (line,) = paths.family("M0 0 L100 0")
    assert np.allclose(line.curve @ line.controls[0], np.linspace([0, 0], [1, 0], paths.POINTS), atol=1e-5)


@pytest.mark.parametrize("path", ["", "10 10 L20 20", "M10 L20 20", "M10 10 L", "M10 10 L20 20 30"])
def test_a_path_that_is_none(path: str) -> None:
    with pytest.raises(ValueError, match=r"parsing a path: got .*expected"):
        paths.family(path)


def test_extremes_with_other_commands_become_templates_of_their_own() -> None:
    family = paths.family("M0 0 L9 9 ; M0 0 R5 7 9 9 ; M1 0 L9 8", "v", 3.0)
    assert [(len(one.controls), one.weight) for one in family] == [(2, 2.0), (1, 1.0)]


@pytest.mark.parametrize("non_digit", [0.0, 1.0])
def test_pictures_keep_the_convention(non_digit: float) -> None:
    pictures, labels = render.synthetic_batch(np.random.default_rng(1), 600, non_digit=non_digit)
    assert pictures.shape == (600, 28, 28)
    assert (pictures.dtype, labels.dtype) == (np.uint8, np.int64)
    assert (pictures.max(axis=(1, 2)) > 100).all()
    if not non_digit:
        assert np.abs(longest_sides(pictures) - 20).max() <= 1
        assert np.abs(middles(pictures) - 14).max() <= 1
    assert np.abs(np.median(longest_sides(pictures)) - 20) <= 1
    assert np.abs(np.median(middles(pictures), axis=0) - 14).max() <= 1


def test_edges_are_soft_and_strokes_of_a_natural_width() -> None:
    rng = np.random.default_rng(2)
    strokes = digit_strokes(rng, np.ones(400, int), {1: ["plain"]})
    width = np.clip(rng.normal(*PEN.usual, 400), PEN.least, PEN.most)
    pictures = render.render(strokes, width, rng.uniform(*PEN.soft, 400), normalised=rng.random(400) < PEN.any_share)
    widths = (pictures.sum(axis=2) / 255)[:, 10:18].mean(axis=1)
    assert 2.2 < np.median(widths) < 3.2
    assert widths.min() > 1.2
    grey = ((pictures > 20) & (pictures < 235)).sum() / (pictures > 20).sum()
    assert 0.3 < grey < 0.9


def test_a_straight_line_of_known_width() -> None:
    """Drawn at 3 pixels with hard edges, a vertical line covers 3 pixels of each of its rows."""
    points = np.linspace([0.0, 0.0], [0.0, 1.0], paths.POINTS, dtype=np.float32)[None]
    line = Strokes(points, np.ones((1, paths.POINTS - 1), bool))
    picture = render.render(line, np.array([3.0], np.float32), np.array([0.01], np.float32))[0]
    assert ((picture > 127).sum(axis=1)[6:22] == 3).all()
    assert (picture > 127).any(axis=1).sum() == 20


def test_same_seed_same_pictures() -> None:
    first, again, other = (render.synthetic_batch(np.random.default_rng(s), 80, non_digit=0.5) for s in (7, 7, 8))
    assert np.array_equal(first[0], again[0])
    assert np.array_equal(first[1], again[1])
    assert not np.array_equal(first[0], other[0])


def test_labels_and_shares() -> None:
    _, labels = render.synthetic_batch(np.random.default_rng(3), 1000, non_digit=0.25)
    assert (labels == NOT_A_DIGIT).sum() == 250
    assert set(labels) == set(range(11))
    assert len(render.synthetic_batch(np.random.default_rng(3), 0)[0]) == 0
    with pytest.raises(ValueError, match="share"):
        render.synthetic_batch(np.random.default_rng(3), 10, non_digit=1.5)


def test_unknown_style() -> None:
    with pytest.raises(ValueError, match=r"drawing a 7: got the styles .*barred.* expected some of .*crossed"):
        digit_strokes(np.random.default_rng(0), np.array([7]), {7: ["barred"]})


def test_no_such_digit() -> None:
    with pytest.raises(ValueError, match="got 10, expected 0 to 9"):
        digit_strokes(np.random.default_rng(0), np.array([10]))


def test_non_digits_are_never_lookalikes(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []

    def spy(templates, which, rng):
        drawn.extend(templates[index] for index in which)
        return of_templates(templates, which, rng)

    of_templates = negatives.of_templates
    monkeypatch.setattr(negatives, "of_templates", spy)
    render.synthetic_batch(np.random.default_rng(4), 2000, non_digit=1.0)
    names = {style.name for style in drawn}
    assert {"A", "smiley", "arrow-right", "shin"} <= names
    assert not [style.name for style in drawn if style.looks_like]
    assert {style.name for style in library().symbols if style.looks_like} >= set("OolISsZzBbgqD") | {"bar", "slash"}


@pytest.mark.parametrize("kind", [kind for kind, _ in negatives.KINDS], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("count", [1, 40])
def test_kinds_of_non_digits(kind, count: int) -> None:
    points, down = kind(np.random.default_rng(5), count)
    assert points.shape == (count, paths.POINTS, 2)
    assert down.shape == (count, paths.POINTS - 1)
    assert np.isfinite(points).all()
    assert down.any(axis=1).all()
    narrow = np.full(count, 2.5, np.float32)
    pictures = render.render(Strokes(points, down), narrow, narrow / 2)
    inked = (pictures > 127).mean(axis=(1, 2))
    assert 0.01 < np.median(inked) < 0.45
    assert count == 1 or len(np.unique(pictures, axis=0)) > 0.9 * count or kind is negatives.dots


def test_half_a_zero_is_shorter_than_a_zero() -> None:
    whole = digit_strokes(np.random.default_rng(6), np.zeros(50, int), {0: ["plain"]})
    halves = negatives.halves(np.random.default_rng(6), 200)
    lengths = [
        np.median((np.linalg.norm(np.diff(drawn.points, axis=1), axis=2) * drawn.down).sum(axis=1))
        for drawn in (halves, whole)
    ]
    assert lengths[0] < 0.75 * lengths[1]


@pytest.mark.parametrize("digit", DIGITS)
def test_examples_fit_a_page_and_repeat(digit: int) -> None:
    for style in render.styles(digit):
        example = render.example_strokes(digit, style, seed=1)
        values = np.array([point for line in example for point in line])
        assert values.min() >= 0
        assert values.max() <= 1
        assert all(len(line) > 1 for line in example)
        assert example == render.example_strokes(digit, style, seed=1)
        assert example != render.example_strokes(digit, style, seed=2)


def test_samples_are_polylines() -> None:
    rng = np.random.default_rng(9)
    some = digit_strokes(rng, np.array([5, 7]), {5: ["bar-detached"], 7: ["crossed"]}, reduced(VARIATION, 1.0))
    assert [len(some.polylines(index)) for index in (0, 1)] == [2, 2]
    for strokes in (digit_strokes(rng, rng.integers(10, size=30)), negatives.non_digit_strokes(rng, 30)):
        for index in range(30):
            lines = strokes.polylines(index)
            assert lines
            assert all(line.ndim == 2 and line.shape[1] == 2 and len(line) > 1 for line in lines)
