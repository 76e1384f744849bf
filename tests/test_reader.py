"""DigitReader's contract, with a net of our own for what no weights decide and the shipped one for what they do."""

import threading

import numpy as np
import pytest
import torch

from model import DigitReader
from model.card import Card, Network
from model.ink import canvas
from model.network import DigitNet
from model.synthesis.render import example_strokes, styles
from tests.support.drawings import drawing


@pytest.fixture(scope="module")
def untrained() -> DigitReader:
    torch.manual_seed(0)
    return DigitReader(DigitNet((4, 6, 8)), Card(Network("digitnet"), threshold=0.0))


@pytest.fixture(scope="module")
def shipped() -> DigitReader:
    return DigitReader.load()


def test_probabilities_have_ten_columns_and_sum_to_1(untrained):
    pictures = np.random.default_rng(0).integers(0, 256, (9, 28, 28), np.uint8)
    probabilities = untrained.classify(pictures)
    assert probabilities.shape == (9, 10) and probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert untrained.classify(pictures[:0]).shape == (0, 10)


@pytest.mark.parametrize(
    "pictures", [np.zeros((28, 28), np.uint8), np.zeros((1, 28, 28)), np.zeros((1, 20, 28), np.uint8)]
)
def test_pictures_of_another_shape_are_refused(untrained, pictures):
    with pytest.raises(ValueError, match=r"classifying pictures: got .*expected uint8"):
        untrained.classify(pictures)


def test_a_digit_says_everything_that_the_contract_names(untrained):
    reading = untrained.read_drawing(drawing("3"))
    (digit,) = reading.digits
    assert digit.label == int(np.argmax(digit.probabilities)) and len(digit.probabilities) == 10
    assert sum(digit.probabilities) == pytest.approx(1, abs=1e-5) and 0 <= digit.is_digit <= 1
    assert digit.pixels.shape == (28, 28) and digit.pixels.dtype == np.uint8
    left, top, right, bottom = digit.box
    ink = np.argwhere(drawing("3") < 128)
    assert abs(left - ink[:, 1].min()) <= 2 and abs(bottom - ink[:, 0].max() - 1) <= 2 and top < bottom and left < right
    assert digit.row == 0 and reading.text == str(digit.label)


def test_a_digit_of_several_strokes_takes_one_pass_of_two_pictures(untrained, monkeypatch):
    """What it looks like at either stroke width; the ways to take it apart that come to the same are not looked at."""
    looked: list[int] = []
    score = untrained.score
    monkeypatch.setattr(untrained, "score", lambda pictures: looked.append(len(pictures)) or score(pictures))
    lines = [{"points": [[x * 280, y * 280] for x, y in line], "width": 14} for line in example_strokes(4)]
    assert len(lines) > 1
    reading = untrained.read_drawing(canvas.render_strokes(lines), strokes=lines)
    assert looked == [2] and reading.digits[0].box == untrained.read_drawing(canvas.render_strokes(lines)).digits[0].box


@pytest.mark.parametrize("empty", [np.full((280, 280), 255, np.uint8), np.zeros((50, 50, 4), np.uint8)])
def test_an_empty_pad_is_a_reading_without_digits(untrained, empty):
    for read in (untrained.read_drawing, untrained.read_photo):
        assert read(empty).digits == [] and read(empty).text == ""


@pytest.mark.parametrize("thing", [None, "a.png", 7, np.zeros((3, 3)), [1]])
def test_what_is_no_picture_raises(untrained, thing):
    for read in (untrained.read_drawing, untrained.read_photo):
        with pytest.raises(ValueError, match=r"got .*expected"):
            read(thing)


def test_below_the_threshold_a_digit_is_kept_but_not_in_the_text():
    torch.manual_seed(0)
    reading = DigitReader(DigitNet((4, 6, 8)), Card(Network("digitnet"), threshold=1.0)).read_drawing(drawing("3"))
    assert len(reading.digits) == 1 and not reading.digits[0].accepted and reading.text == ""


@pytest.mark.parametrize("digit", range(10))
def test_every_style_of_our_own_strokes_is_read(shipped, digit):
    """Each named style drawn neatly: at least nine in ten must be read right."""
    readings = []
    for style in styles(digit):
        strokes = [
            {"points": [[x * 280, y * 280] for x, y in stroke], "width": 14} for stroke in example_strokes(digit, style)
        ]
        readings.append(shipped.read_drawing(canvas.render_strokes(strokes)).text)
    assert readings.count(str(digit)) >= 0.9 * len(readings), dict(zip(styles(digit), readings, strict=True))


@pytest.mark.parametrize("text", ["42", "07", "1965", "2038"])
def test_several_digits_are_read_in_order(shipped, text):
    assert shipped.read_drawing(drawing(text)).text == text


@pytest.mark.parametrize(("brush", "side"), [(6, 280), (12, 280), (24, 280), (24, 560), (6, 140)])
def test_brush_and_size_change_no_reading(shipped, brush, side):
    assert [shipped.read_drawing(drawing(str(d), brush, side)).text for d in range(10)] == [str(d) for d in range(10)]


def test_a_speck_beside_a_digit_changes_nothing(shipped):
    canvas = drawing("5")
    canvas[20:24, 250:254] = 0
    assert shipped.read_drawing(canvas).text == "5"


@pytest.mark.parametrize("points", [[[40, 140], [240, 142]], [[140, 140]]])
def test_a_dash_and_a_dot_are_no_sure_digits(shipped, points):
    reading = shipped.read_drawing(canvas.render_strokes([{"points": points, "width": 14}]))
    assert all(not digit.accepted or digit.confidence < 0.9 for digit in reading.digits)


def ring(x: float, y: float, radius: float, start: float = 0.0, end: float = 2 * np.pi) -> list[list[float]]:
    return [[x + radius * np.cos(a), y + radius * np.sin(a)] for a in np.linspace(start, end, 30)]


@pytest.mark.parametrize("width", [6, 10, 16])
def test_a_smiley_is_no_digit_for_all_its_ring(shipped, width):
    strokes = [
        ring(140, 140, 90),
        [[110, 110], [110, 122]],
        [[170, 110], [170, 122]],
        ring(140, 145, 45, 0.3, np.pi - 0.3),
    ]
    reading = shipped.read_drawing(canvas.render_strokes([{"points": points, "width": width} for points in strokes]))
    assert reading.text == "" and len(reading.digits) == 1
    assert shipped.read_drawing(canvas.render_strokes([{"points": strokes[0], "width": width}])).text == "0"


def pad(*strokes: list[list[float]], width: float = 14, size: tuple[int, int] = (280, 480)) -> tuple[np.ndarray, list]:
    """The picture of strokes, and the strokes as the reader takes them."""
    parts = [{"points": points, "width": width} for points in strokes]
    return canvas.render_strokes(parts, size), parts


FALL_APART = {
    "two rings, one above the other": ("8", [ring(240, 82, 36), ring(240, 182, 44)]),
    "a loop, and a stem that stands apart": ("9", [ring(226, 100, 37), [[296, 70], [290, 150], [284, 224]]]),
    "a row of dots": ("0", [[[x, y], [x + 0.5, y]] for x, y in ring(240, 140, 62, 0, 1.85 * np.pi)[::2]]),
}


@pytest.mark.parametrize("known", [False, True], ids=["ink", "strokes"])
@pytest.mark.parametrize("name", FALL_APART)
def test_a_digit_that_falls_apart_is_one_digit(shipped, name, known):
    truth, strokes = FALL_APART[name]
    image, parts = pad(*strokes)
    assert shipped.read_drawing(image, strokes=parts if known else None).text == truth


@pytest.mark.parametrize("overlap", [0, 7, 14])
@pytest.mark.parametrize("text", ["00", "50", "88", "23"])
def test_digits_that_touch_are_told_apart_by_their_strokes(shipped, text, overlap):
    strokes, left = [], 60.0
    for digit in text:
        points = [np.array(stroke) * 150 for stroke in example_strokes(int(digit))]
        everything = np.concatenate(points)
        strokes += [(stroke - [everything[:, 0].min() - left, -60]).tolist() for stroke in points]
        left += float(np.ptp(everything[:, 0])) + 14 - overlap
    image, parts = pad(*strokes)
    assert shipped.read_drawing(image, strokes=parts).text == text


def test_erased_strokes_leave_nothing_to_read(shipped):
    image, parts = pad([[100, 60], [100, 220]], [[300, 60], [300, 220]])
    rubber = {"points": [[300, 40], [300, 240]], "width": 60, "erase": True}
    image = canvas.render_strokes([*parts, rubber], image.shape)
    assert shipped.read_drawing(image, strokes=[*parts, rubber]).text == "1"


@pytest.mark.parametrize("width", [8, 30, 80])
def test_a_dot_alone_and_a_row_of_three_are_no_digits(shipped, width):
    for places in ([140], [80, 240, 400]):
        image, parts = pad(*([[x, 140]] for x in places), width=width)
        for strokes in (None, parts):
            reading = shipped.read_drawing(image, strokes=strokes)
            assert reading.text == "" and reading.digits
            assert all(digit.reason for digit in reading.digits)


RULES = {
    "a box": [[140, 20], [340, 20], [340, 260], [140, 260], [140, 20]],
    "a divider": [[330, -20], [330, 300]],
    "a line to write on": [[-20, 262], [500, 262]],
}


@pytest.mark.parametrize("known", [False, True], ids=["ink alone", "with strokes"])
@pytest.mark.parametrize("name", RULES)
def test_a_frame_or_a_divider_is_no_part_of_a_drawn_digit(shipped, name, known):
    image, parts = pad([[190, 70], [230, 50], [270, 90], [190, 220], [280, 220]])
    image, parts = np.minimum(image, pad(RULES[name], width=4)[0]), parts + pad(RULES[name], width=4)[1]
    assert shipped.read_drawing(image, strokes=parts if known else None).text == "2"


SIGNS = {
    "a colon": [ring(240, 90, 6), [[240, 190], [246, 196]]],
    "a semicolon": [[[240, 106], [242, 106]], [[243, 160], [240, 185], [230, 196]]],
    "a question mark": [[[190, 80], [230, 50], [270, 90], [235, 130], [230, 170]], [[230, 220]]],
    "an exclamation mark": [[[230, 50], [228, 170]], [[228, 225]]],
}


@pytest.mark.parametrize("known", [False, True], ids=["ink alone", "with strokes"])
@pytest.mark.parametrize("name", SIGNS)
def test_a_mark_with_a_dot_above_or_below_is_no_digit(shipped, name, known):
    image, parts = pad(*SIGNS[name])
    assert shipped.read_drawing(image, strokes=parts if known else None).text == ""


def test_a_dot_beside_a_digit_is_none_of_its_own(shipped):
    image, _ = pad([[230, 50], [228, 225]], [[300, 222]])
    assert shipped.read_drawing(image).text == "1"


def test_a_dash_is_found_and_refused(shipped):
    reading = shipped.read_drawing(canvas.render_strokes([{"points": [[90, 140], [190, 141]], "width": 10}]))
    assert len(reading.digits) == 1 and reading.text == ""


def test_the_same_picture_gives_the_same_reading_in_any_thread(shipped):
    canvas = drawing("8")
    expected = shipped.read_drawing(canvas).digits[0].probabilities
    results: list[tuple[float, ...]] = []
    threads = [
        threading.Thread(target=lambda: results.append(shipped.read_drawing(canvas).digits[0].probabilities))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 8


def test_the_heat_map_lies_on_the_ink_and_within_1(shipped):
    digit = shipped.read_drawing(drawing("7")).digits[0]
    heat = shipped.why(digit.pixels, 7)
    assert heat.shape == (28, 28) and np.abs(heat).max() == pytest.approx(1)
    near_ink = np.asarray(digit.pixels > 60)
    assert np.abs(heat[near_ink]).mean() > 2 * np.abs(heat[:3]).mean()
    with pytest.raises(ValueError, match="explaining a reading"):
        shipped.why(np.zeros((5, 5), np.uint8), 3)


def test_noise_and_hatching_are_read_at_once_as_one_thing(shipped):
    """Thousands of specks must not become thousands of candidates: that would take the server down."""
    noise = np.random.default_rng(0).integers(0, 256, (600, 600), np.uint8)
    assert len(shipped.read_drawing(noise).digits) <= 1
    assert shipped.read_photo(noise).text == ""


def test_a_photo_asks_for_more_certainty_than_the_pad(monkeypatch):
    torch.manual_seed(0)
    reader = DigitReader(DigitNet((4, 6, 8)), Card(Network("digitnet"), threshold=0.0))

    def unsure(pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.full((len(pictures), 10), 0.1, np.float32), np.full(len(pictures), 0.3, np.float32)

    monkeypatch.setattr(reader, "score", unsure)
    assert reader.read_drawing(drawing("3")).text != "" and reader.read_photo(drawing("3")).text == ""


def test_the_network_meets_few_batch_sizes_whatever_is_read(untrained):
    """oneDNN keeps megabytes for each size: with any size the memory of a server grew by a gigabyte and more."""
    sizes = set()
    hook = untrained._net.register_forward_pre_hook(lambda _, given: sizes.add(len(given[0])))
    pictures = np.random.default_rng(1).integers(0, 256, (300, 28, 28), np.uint8)
    whole = untrained.classify(pictures)
    for count in range(1, 300, 7):
        np.testing.assert_allclose(untrained.classify(pictures[:count]), whole[:count], atol=1e-5)
    hook.remove()
    assert sizes <= {1 << power for power in range(8)}


def written(*lines, width=14):
    return [{"points": (np.array(line) * 220 + 30).tolist(), "width": width} for line in lines]


def test_a_digit_that_is_drawn_over_is_still_read(shipped):
    line = example_strokes(3)[0]
    strokes = written(line, line[: len(line) // 2], line[len(line) // 3 :], line[len(line) // 2 :])
    assert shipped.read_drawing(canvas.render_strokes(strokes), strokes=strokes).text == "3"


def test_an_8_of_many_strokes_is_less_sure_than_one_of_a_single_stroke(shipped):
    line = example_strokes(8)[0]
    parts = written(*[line[k : k + 9] for k in range(0, len(line) - 1, 8)])
    image = canvas.render_strokes(parts)
    alone, known = (shipped.read_drawing(image, strokes=some).digits[0].is_digit for some in (written(line), parts))
    assert known < alone
