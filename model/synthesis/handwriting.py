"""Digits as people write them: a style of each digit, varied in every way that handwriting varies, many at once.

Every random number comes from the generator handed in: same seed, same strokes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from model.synthesis import variation
from model.synthesis.paths import Template, by_weight
from model.synthesis.strokes import Strokes, drawn_by_kind
from model.synthesis.styles import library
from model.synthesis.variation import LIMITS, VARIATION, Variation


def styles(digit: int) -> list[str]:
    """The names of the styles in which a digit can be drawn."""
    return list(dict.fromkeys(style.name for style in library().digits[digit]))


def draw(style: Template, rng: np.random.Generator, count: int, amounts: Variation = VARIATION) -> np.ndarray:
    """(count, P, 2) float32 pen points of one style: between its extremes, its parts varied, its corners rounded."""
    many, size = style.controls.shape[:2]
    mix = np.full((count, many), 1 / many)
    if amounts.shake:
        mix = rng.dirichlet(np.ones(many), count) * 1.2 - 0.2 / many  # a little beyond the extremes too
    points = np.tensordot(mix.astype(np.float32), style.controls, 1)  # (count, K, 2)
    points += amounts.shake * np.exp(0.4 * variation.normal(rng, count, 1, 1)) * variation.normal(rng, count, size, 2)
    limits = LIMITS[int(style.looks_like)] if style.looks_like.isdigit() else variation.OTHER_LIMITS
    points = variation.apart(points, style.stroke, rng, amounts, limits)
    points = variation.reaching(points, style.ends, rng, amounts)
    curve = style.curve @ points
    curve += min(1.0, amounts.shake * 50) * rng.random((count, 1, 1), np.float32) * (style.rounded @ points - curve)
    angular = rng.random(count) < amounts.polygon_share
    curve[angular] = style.straight @ points[angular]
    return variation.tails(curve, style.sizes, rng, amounts, limits)


def written(
    points: np.ndarray,
    rng: np.random.Generator,
    labels: Sequence[int] | np.ndarray = (),
    amounts: Variation = VARIATION,
) -> np.ndarray:
    """(N, P, 2) pen points as somebody would write them. labels: (N,) the digits that they must stay, if any."""
    limits = [LIMITS[label] for label in labels] or [variation.OTHER_LIMITS]
    points = variation.proportioned(points, rng, amounts, limits)
    square = np.array([b.boxed for b in limits]) & (rng.random(len(points)) < amounts.boxed_share)
    points[square] = variation.boxed(points[square], rng.uniform(0.3, 1, square.sum()))
    return variation.unsteady(variation.leaning(points, rng, amounts, limits), rng, amounts)


def penned(strokes: Strokes, rng: np.random.Generator, amounts: Variation = VARIATION) -> Strokes:
    """The drawings as pen or tablet left them: a share lifted, retraced, joined from few points, stepped or dotted."""
    faults: list[tuple[float, Callable[[Strokes], Strokes]]] = [
        (amounts.retrace_share, lambda some: variation.retraced(some, rng)),
        (amounts.lift_share, lambda some: variation.lifted(some, rng)),
        (amounts.coarse_share, lambda some: variation.coarse(some, rng.uniform(0.15, 0.36, len(some.down)))),
        (amounts.stepped_share, lambda some: variation.stepped(some, rng.uniform(0.07, 0.15, len(some.down)))),
        (amounts.dotted_share, lambda some: variation.dotted(some, rng.integers(2, 4, len(some.down)))),
    ]
    points, down = strokes.points.copy(), strokes.down.copy()
    for share, change in faults:
        rows = rng.random(len(points)) < share
        if rows.any():
            points[rows], down[rows] = change(Strokes(points[rows], down[rows]))
    return Strokes(points, down)


def digit_strokes(
    rng: np.random.Generator,
    labels: np.ndarray,
    chosen: Mapping[int, Sequence[str]] | None = None,
    amounts: Variation = VARIATION,
) -> Strokes:
    """Drawings of the digits in `labels` (N,), in their styles by weight or in the `chosen` ones of each digit.

    Raises ValueError for a label that is no digit or a style that a digit does not have.
    """

    def one_digit(digit: int, count: int) -> Strokes:
        known = _chosen(digit, chosen)
        return of_templates(known, by_weight(rng, known, count), rng, amounts)

    points, down = drawn_by_kind(labels, one_digit)
    return penned(Strokes(written(points, rng, labels, amounts), down), rng, amounts)


def of_templates(
    templates: Sequence[Template], which: np.ndarray, rng: np.random.Generator, amounts: Variation = VARIATION
) -> Strokes:
    """A drawing of the template at each index in `which` (N,)."""
    return drawn_by_kind(
        which,
        lambda index, count: Strokes(draw(templates[index], rng, count, amounts), templates[index].down),
    )


def _chosen(digit: int, chosen: Mapping[int, Sequence[str]] | None) -> list[Template]:
    if digit not in range(10):
        raise ValueError(f"drawing a digit: got {digit}, expected 0 to 9")
    known = library().digits[digit]
    names = None if chosen is None else chosen.get(digit)
    found = [style for style in known if names is None or style.name in names]
    if not found or (names is not None and not {style.name for style in found} >= set(names)):
        raise ValueError(f"drawing a {digit}: got the styles {names}, expected some of {styles(digit)}")
    return found
