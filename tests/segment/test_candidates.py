"""Ink to digits: grouping on the pad, cuts through touching digits, rows, and the choice among candidates."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from model.ink.canvas import drawing_ink, render_strokes
from model.ink.normalise import normalise, unevenness
from model.segment import context
from model.segment.candidates import Candidate, twins
from model.segment.cuts import seams
from model.segment.decode import choose
from model.segment.dots import is_dot
from model.segment.propose import propose_drawing, propose_photo
from model.segment.rows import rows_of
from model.synthesis.render import example_strokes, styles, synthetic_batch


def canvas(
    *placed: tuple[int, float, float, float], brush: float = 12, size: tuple[int, int] = (280, 280)
) -> np.ndarray:
    """Ink of digits given as (digit, left, top, side of its square in pixels)."""
    strokes = [
        {"points": [[left + x * side, top + y * side] for x, y in stroke], "width": brush}
        for digit, left, top, side in placed
        for stroke in example_strokes(digit)
    ]
    return drawing_ink(render_strokes(strokes))


def lines(*strokes: list[list[float]], width: float = 12) -> np.ndarray:
    return drawing_ink(render_strokes([{"points": stroke, "width": width} for stroke in strokes]))


def read(candidates: list[Candidate], liked: dict[tuple[int, int], float] | None = None) -> list[tuple[int, ...]]:
    """Boxes chosen by a network that takes everything for a digit, or as much as `liked` says of (first, last)."""
    is_digit = np.array([(liked or {}).get((c.first, c.last), 0.95 if liked is None else 0.02) for c in candidates])
    probabilities = np.full((len(candidates), 10), 0.002)
    probabilities[:, 5] = 0.982
    return [candidates[choice.candidate].box for choice in choose(candidates, probabilities, is_digit)]


def test_an_empty_pad_has_no_candidates():
    assert propose_drawing(np.zeros((280, 280), np.float32)) == []
    assert propose_photo(np.zeros((280, 280), np.float32)) == []
    assert choose([], np.zeros((0, 10)), np.zeros(0)) == []


@pytest.mark.parametrize(("digit", "style"), [(digit, style) for digit in range(10) for style in styles(digit)])
def test_one_digit_of_any_style_stays_one(digit: int, style: str):
    strokes = [
        {"points": [[20 + 240 * x, 20 + 240 * y] for x, y in stroke], "width": 14}
        for stroke in example_strokes(digit, style)
    ]
    candidates = propose_drawing(drawing_ink(render_strokes(strokes)))
    whole = (0, max(candidate.last for candidate in candidates))
    assert any((candidate.first, candidate.last) == whole for candidate in candidates)
    if len(candidates) > 1:
        assert len(read(candidates, {whole: 0.9})) == 1
    assert len({candidate.group for candidate in candidates}) == 1


@pytest.mark.parametrize(
    ("name", "strokes"),
    [
        ("the bar of a 5", [[[120, 60], [110, 130], [170, 150], [160, 220], [100, 220]], [[120, 60], [190, 50]]]),
        ("a bar with a gap", [[[110, 80], [105, 130], [170, 150], [160, 220], [100, 220]], [[125, 66], [195, 56]]]),
        ("a crossed 7", [[[80, 60], [190, 60], [120, 230]], [[100, 140], [190, 135]]]),
        ("a slashed 0", [[[140, 40], [80, 140], [140, 240], [200, 140], [140, 40]], [[210, 50], [70, 230]]]),
        ("a 4 in two strokes", [[[110, 50], [80, 150], [200, 150]], [[180, 60], [170, 230]]]),
    ],
)
def test_strokes_of_one_digit_belong_together(name: str, strokes: list):
    assert len(read(propose_drawing(lines(*strokes)))) == 1, name


def test_digits_with_a_gap_are_digits_of_their_own_in_reading_order():
    boxes = read(propose_drawing(canvas((4, 0, 70, 130), (2, 140, 75, 130))))
    assert len(boxes) == 2 and boxes[0][2] <= boxes[1][0]


def test_two_rows_on_the_pad():
    ink = canvas((1, 0, 0, 120), (2, 130, 5, 120), (3, 5, 140, 120), (4, 130, 145, 120))
    boxes = read(propose_drawing(ink))
    assert len(boxes) == 4
    assert max(box[3] for box in boxes[:2]) <= min(box[1] for box in boxes[2:])


def test_specks_beside_a_digit_are_left_out():
    ink = canvas((6, 60, 60, 160))
    alone = read(propose_drawing(ink))
    ink[20:24, 20:24] = ink[250, 255] = ink[140, 262:266] = 1
    assert read(propose_drawing(ink)) == alone


def test_the_network_decides_between_one_4_and_two_digits():
    strokes = [[[100, 60], [90, 150], [150, 150]], [[170, 70], [170, 230]]]
    candidates = propose_drawing(lines(*strokes))
    assert {(c.first, c.last) for c in candidates} == {(0, 1), (1, 2), (0, 2)}
    assert len(read(candidates, {(0, 2): 0.95, (1, 2): 0.9})) == 1
    assert len(read(candidates, {(0, 1): 0.95, (1, 2): 0.95})) == 2


def test_touching_digits_are_cut_where_the_network_reads_two():
    ink = canvas((3, 20, 60, 150), (5, 105, 60, 150), brush=14)
    candidates = propose_photo(ink)
    pieces = max(candidate.last for candidate in candidates)
    assert len({candidate.group for candidate in candidates}) == 1 and pieces > 1
    ends = {candidate.last for candidate in candidates} - {pieces}
    middle = min(ends, key=lambda k: abs(_right(candidates, k) - 140))
    assert len(read(candidates, {(0, middle): 0.95, (middle, pieces): 0.95})) == 2
    assert len(read(candidates, {(0, pieces): 0.95})) == 1


def test_ink_whose_strokes_are_known_is_not_cut():
    ink = canvas((0, 10, 60, 150), (0, 120, 60, 150), brush=14)
    assert any(candidate.cut for candidate in propose_drawing(ink))
    layer = ((0, 0, ink.shape[1], ink.shape[0]), ink)
    assert [candidate.cut for candidate in propose_drawing(ink, [layer])] == [False]


def test_zeros_that_share_a_wall_both_have_it():
    """Cut apart, one of two touching rings would stay open; each gets the stroke between them."""
    ink = np.zeros((120, 240), np.float32)
    for x in (80, 150):
        cv2.ellipse(ink, (x, 60), (35, 42), 0, 0, 360, 1.0, 7)
    candidates = propose_photo(ink)
    paper = {id(c): np.pad(c.ink < 0.5, 1, constant_values=True).astype(np.uint8) for c in candidates}
    closed = [c for c in candidates if cv2.connectedComponents(paper[id(c)])[0] == 3]  # ink, outside and one inside
    left = [c for c in closed if c.first == 0 and 70 <= c.box[2] - c.box[0] <= 95]
    right = [c for c in closed if c.first > 0 and 70 <= c.box[2] - c.box[0] <= 95]
    pairs = [(a, b) for a in left for b in right if a.last == b.first]
    assert pairs, [(c.first, c.last, c.box) for c in candidates]
    assert all(a.box[2] > b.box[0] for a, b in pairs)


def test_a_digit_under_the_arm_of_the_next_stays_its_own():
    """A 7's tip that reaches over a 0 does not make one sign of both."""
    ring = [[60 + 32 * np.cos(a), 150 + 45 * np.sin(a)] for a in np.linspace(0, 2 * np.pi, 40)]
    candidates = propose_photo(lines(ring, [[78, 70], [160, 75], [140, 230]], width=10))
    assert {(c.first, c.last) for c in candidates} == {(0, 1), (1, 2), (0, 2)}
    assert len(read(candidates, {(0, 1): 0.95, (1, 2): 0.95, (0, 2): 0.2})) == 2


def _right(candidates: list[Candidate], last: int) -> int:
    return max(candidate.box[2] for candidate in candidates if candidate.last == last)


def test_a_seam_goes_through_the_thin_bridge():
    mask = np.zeros((60, 100), bool)
    mask[5:55, 5:40] = mask[5:55, 60:95] = mask[29:32, 40:60] = True
    paths = seams(mask)
    assert paths
    cheapest, ink = min(paths, key=lambda seam: seam[1])
    assert cheapest.min() >= 40 and cheapest.max() <= 60 and ink < 1


def test_the_ink_of_a_candidate_is_its_own():
    ink = canvas((4, 0, 70, 130), (2, 140, 75, 130))
    for candidate in propose_drawing(ink):
        left, top, right, bottom = candidate.box
        assert candidate.ink.shape == (bottom - top, right - left)
    singles = [candidate for candidate in propose_drawing(ink) if candidate.last - candidate.first == 1]
    assert sum(float(c.ink.sum()) for c in singles) == pytest.approx(float(ink.sum()), rel=0.02)


@pytest.mark.parametrize("slope", [-10, -4, 0, 4, 10])
def test_sloping_rows_with_scatter(slope: int):
    rng = np.random.default_rng(abs(slope))
    boxes, expected = [], []
    for row in range(3):
        for column in range(7):
            x = 100 + 70 * column
            y = 300 + 90 * row + np.tan(np.deg2rad(slope)) * x + rng.uniform(-8, 8)
            boxes.append((int(x), int(y), int(x) + 30, int(y) + 45))
            expected.append(row)
    assert rows_of(boxes) == expected


def test_rows_of_one_and_of_none():
    assert rows_of([]) == [] and rows_of([(3, 4, 20, 40)]) == [0]


def test_a_word_of_letters_takes_its_lookalikes_with_it():
    boxes = [(20 * k, 0, 20 * k + 15, 30) for k in range(4)]
    candidates = [Candidate(box, np.ones((30, 15), np.float32), k, 0, 1, 0.0) for k, box in enumerate(boxes)]
    probabilities = np.full((4, 10), 0.1)
    alone = choose(candidates[:1], probabilities[:1], np.array([0.9]))
    word = choose(candidates, probabilities, np.array([0.9, 0.1, 0.05, 0.1]))
    number = choose(candidates, probabilities, np.array([0.9, 0.95, 0.9, 0.97]))
    assert alone[0].is_digit == pytest.approx(0.9)
    assert all(choice.is_digit < 0.5 for choice in word)
    assert all(choice.is_digit > 0.85 for choice in number)


def test_a_page_of_fragments_alone_has_no_digits():
    crumb = Candidate((0, 0, 4, 4), np.ones((4, 4), np.float32), 0, 0, 1, 0.0, fragment=True)
    assert choose([crumb], np.full((1, 10), 0.1), np.array([0.9])) == []


def test_scores_of_another_list_are_refused():
    candidates = propose_drawing(canvas((7, 60, 60, 160)))
    with pytest.raises(ValueError, match="score the list that was proposed"):
        choose(candidates, np.zeros((0, 10)), np.zeros(0))


def test_a_blot_with_a_thin_tail_speaks_against_a_digit_and_a_pen_does_not():
    rng = np.random.default_rng(0)
    blot = np.zeros((140, 100), np.float32)
    cv2.circle(blot, (50, 45), 40, 1.0, -1)
    cv2.line(blot, (50, 80), (50, 135), 1.0, 3)
    assert context.odds_of_stroke(unevenness(normalise(_crop(blot))), _crop(blot)) < -3
    pictures, _ = synthetic_batch(rng, 200)
    large = [cv2.resize(picture / np.float32(255), (112, 112), interpolation=cv2.INTER_CUBIC) for picture in pictures]
    odds = [context.odds_of_stroke(unevenness(normalise(ink)), ink) for ink in large]
    assert sum(value < -1 for value in odds) <= 6


def test_evidence_decides_where_the_network_is_unsure():
    changed = context.with_evidence(np.array([0.6, 0.999, 0.999]), np.array([-3.0, -3.0, 0.0]))
    assert changed[0] < 0.1 and changed[1] > 0.9 and changed[2] == pytest.approx(0.999)


@pytest.mark.parametrize("radius", [4, 9, 40])
def test_a_dot_has_no_form(radius: int):
    dot, stroke = np.zeros((2, 160, 160), np.float32)
    cv2.circle(dot, (80, 80), radius, 1.0, -1)
    cv2.line(stroke, (80, 80 - radius), (80, 80 + radius), 1.0, radius)
    assert is_dot(_crop(dot)) and not is_dot(_crop(stroke))
    assert is_dot(np.zeros((28, 28), np.float32))


@pytest.mark.parametrize("width", range(1, 40))
def test_a_dot_of_any_size_is_told_by_the_widest_disc_in_it(width: int) -> None:
    for length in (width, round(1.4 * width), round(1.6 * width), 2 * width + 1, 4 * width):
        ink = np.zeros((width + 4, length + 4), np.float32)
        cv2.line(ink, (2 + width // 2, 2 + width // 2), (2 + length - width // 2, 2 + width // 2), 1, width)
        crop = _crop(ink)
        mask = cv2.copyMakeBorder((crop >= 0.5).astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
        widest = 2 * float(cv2.distanceTransform(mask, cv2.DIST_L2, 5).max())
        assert is_dot(crop) == (max(crop.shape) <= 1.5 * widest)


def test_candidates_of_one_ink_are_twins() -> None:
    ink = np.ones((30, 15), np.float32)
    other = ink.copy()
    other[0, 0] = 0.5
    box, aside = (0, 0, 15, 30), (1, 0, 16, 30)
    found = [
        Candidate(at, own, 0, 0, 1, 0.0) for at, own in ((box, ink), (box, other), (aside, ink), (box, ink.copy()))
    ]
    assert twins(found) == [0, 1, 2, 0] and twins([]) == []


def _crop(ink: np.ndarray) -> np.ndarray:
    left, top, width, height = cv2.boundingRect((ink >= 0.5).view(np.uint8))
    return ink[top : top + height, left : left + width]


def test_what_the_edge_of_a_page_cuts_off_is_less_sure():
    boxes = [(10, 10, 20, 30), (0, 10, 20, 30), (580, 660, 600, 700)]
    once = context.EVIDENCE.cut_off
    assert list(context.odds_of_place(boxes, (700, 600))) == [0, -once, -2 * once]


def test_a_page_of_digits_lends_trust_and_a_page_of_letters_takes_it():
    digits, letters = np.array([0.9, 0.9, 0.9, 0.5]), np.array([0.1, 0.1, 0.1, 0.5])
    assert context._with_prior(digits)[3] > 0.6 and context._with_prior(letters)[3] < 0.4
    assert np.allclose(context._with_prior(np.array([0.2, 0.5, 0.8])), [0.2, 0.5, 0.8])


@pytest.mark.parametrize(("parts", "read"), [((0.9, 0.1), 1), ((0.95, 0.97), 2)])
def test_a_letter_is_not_taken_apart_for_one_part_that_looks_like_a_digit(parts: tuple[float, float], read: int):
    ink = np.ones((30, 40), np.float32)
    whole = Candidate((0, 0, 40, 30), ink, 0, 0, 2, 0.0)
    halves = [Candidate((20 * k, 0, 20 * k + 20, 30), ink, 0, k, k + 1, -0.5, cut=True) for k in range(2)]
    chosen = choose([whole, *halves], np.tile(np.eye(10)[1], (3, 1)), np.array([0.02, *parts]))
    assert len(chosen) == read
