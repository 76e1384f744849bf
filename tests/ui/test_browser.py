"""The page in a real Chromium: the Draw tab, and what holds for the whole page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from model.synthesis.render import example_strokes
from tests.support.app import ROOT, SIZES, Server
from tests.support.pad import Pad

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def desktop(browser: Any, server: Server) -> Iterator[Any]:
    """One page for the tests that leave nothing behind but ink."""
    context = browser.new_context(viewport=SIZES["desktop"])
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.goto(server.url)
    page.wait_for_selector(".draw[data-ready=true]")
    yield page
    context.close()


@pytest.fixture
def pad(desktop: Any) -> Pad:
    """An empty pad with the pen in hand."""
    pad = Pad(desktop)
    pad.part("pen").click()
    pad.clear()
    return pad


ONE = [[[0.5, 0.15], [0.5, 0.85]]]


def test_each_digit_drawn_with_the_mouse(pad: Pad) -> None:
    read = {}
    for digit in range(10):
        pad.draw(example_strokes(digit, seed=1))
        read[digit] = pad.settle()
        assert pad.part("text").inner_text().strip() == read[digit] or pad.state() == "unsure"
        pad.clear()
    assert read == {digit: str(digit) for digit in range(10)}


def test_each_digit_drawn_with_a_finger(visit: Callable[..., Any]) -> None:
    pad = Pad(visit("phone"))
    read = {}
    for digit in range(10):
        pad.touch(example_strokes(digit, seed=2))
        read[digit] = pad.settle()
        pad.clear()
    assert read == {digit: str(digit) for digit in range(10)}


def test_the_bars_move_while_the_pen_moves(pad: Pad) -> None:
    line = [point for stroke in example_strokes(3, seed=1) for point in stroke]
    bars = set()
    first, *others = pad.places(line)
    pad.page.mouse.move(*first)
    pad.page.mouse.down()
    for place in others:
        pad.page.mouse.move(*place)
        pad.page.wait_for_timeout(20)
        bars.add(pad.part("bars").inner_text())
    assert pad.root.get_attribute("data-answer"), "the pen is still down"
    pad.page.mouse.up()
    assert pad.settle() == "3"
    assert len(bars) > 3


def test_ten_fixed_rows(pad: Pad) -> None:
    pad.draw(example_strokes(8))
    pad.settle()
    assert pad.page.locator(".draw .bar b").all_inner_texts() == [str(digit) for digit in range(10)]
    shares = [float(text.removesuffix("%")) for text in pad.page.locator(".draw .bar .value").all_inner_texts()]
    assert sum(shares) == pytest.approx(100, abs=5)


def test_several_digits_boxed_and_copied(visit: Callable[..., Any]) -> None:
    pad = Pad(visit(permissions=["clipboard-read", "clipboard-write"]))
    for at, digit in enumerate((2, 0, 5)):
        pad.draw(example_strokes(digit), middle=0.18 + 0.32 * at, size=0.4)
    assert pad.settle() == "205"
    marks = pad.part("marks").evaluate(
        "(c) => new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size"
    )
    assert marks > 4, "each digit has its box on the pad"
    assert pad.page.locator(".draw .char").all_inner_texts() == ["2", "0", "5"]
    pad.page.locator(".draw .char").nth(1).click()
    assert pad.page.locator(".draw .bar.best b").inner_text() == "0"
    pad.part("copy").click()
    assert pad.page.evaluate("navigator.clipboard.readText()") == "205"


def test_nothing_a_scribble_and_a_doubtful_digit_are_answers_of_their_own(pad: Pad) -> None:
    assert pad.state() == "empty"
    assert pad.part("text").inner_text() == "Draw a digit"
    zigzag = [[[0.1 + 0.05 * i, 0.2 + 0.6 * (i % 2)] for i in range(17)]]
    pad.draw(zigzag)
    assert pad.state() == "no"
    assert pad.part("text").inner_text() == "Not a digit"
    assert pad.settle() == ""


def test_undo_redo_clear_and_their_keys(pad: Pad) -> None:
    pad.draw([[[0.3, 0.2], [0.3, 0.8]], [[0.7, 0.2], [0.7, 0.8]]])
    two = pad.dark_pixels()
    pad.part("undo").click()
    one = pad.dark_pixels()
    assert 0 < one < two
    pad.part("redo").click()
    assert pad.dark_pixels() == two
    pad.canvas.focus()
    for key, ink in (("Control+z", one), ("Control+z", 0), ("Control+y", one), ("Control+Shift+z", two)):
        pad.page.keyboard.press(key)
        assert pad.dark_pixels() == ink, key
    assert pad.part("redo").is_disabled()
    pad.page.keyboard.press("Delete")
    assert pad.dark_pixels() == 0 and pad.part("clear").is_disabled()
    pad.part("undo").click()
    assert pad.dark_pixels() == two, "clear can be undone"


def test_eraser_and_pen_width(pad: Pad) -> None:
    pad.draw(ONE)
    thin = pad.dark_pixels()
    pad.part("eraser").click()
    pad.draw([[[0.3, 0.5], [0.7, 0.5]]])
    assert 0 < pad.dark_pixels() < thin
    pad.part("pen").click()
    pad.clear()
    pad.part("width").fill("32")
    pad.draw(ONE)
    assert pad.dark_pixels() > 1.7 * thin
    pad.part("width").fill("16")


def test_drawing_with_the_keyboard(pad: Pad) -> None:
    pad.canvas.focus()
    keys = pad.page.keyboard
    for key in [*["Shift+ArrowUp"] * 3, "Space", *["Shift+ArrowDown"] * 6, "Space"]:
        keys.press(key)
    assert pad.settle() == "1"
    keys.press("Control+z")
    assert pad.state() == "empty"


def test_what_the_network_sees(pad: Pad) -> None:
    pad.draw(example_strokes(4))
    pad.settle()
    size = "(image) => [image.naturalWidth, image.naturalHeight]"
    assert pad.part("pixels").evaluate(size) == [28, 28]
    assert 60 <= max(pad.part("normalised").evaluate(size)) <= 84
    assert pad.part("pixels").evaluate("(image) => getComputedStyle(image).imageRendering") == "pixelated"


def test_why_paints_for_and_against(pad: Pad) -> None:
    pad.draw(example_strokes(9))
    pad.settle()
    pad.press("Why?")
    pad.page.wait_for_selector(".draw[data-why=shown]")
    red = """(c) => { const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        for (let i = 0; i < d.length; i += 4) if (d[i + 3] > 100 && d[i] > 150 && d[i + 2] < 90) return true; }"""
    assert pad.part("marks").evaluate(red), "what spoke for the answer is red, over the drawing"
    pad.press("Why?")
    assert not pad.part("marks").evaluate(red)


def test_show_me_each_digit(pad: Pad) -> None:
    for digit in range(10):
        pad.press(f"Show me a {digit}")
        pad.page.wait_for_function(
            "(digit) => document.querySelector('.draw').dataset.answer === digit"
            " && document.querySelector('.draw').dataset.settled === 'true'",
            arg=str(digit),
        )
    pad.part("undo").click()
    assert pad.settle() == "8", "one step back is the example before"


def test_a_sample_from_another_tab(pad: Pad) -> None:
    pad.page.evaluate(
        """() => { const sample = new Uint8Array(784);
            for (let y = 4; y < 24; y++) sample.fill(255, 28 * y + 13, 28 * y + 16);
            const detail = btoa(String.fromCharCode(...sample));
            window.dispatchEvent(new CustomEvent('pad:picture', { detail })); }"""
    )
    assert pad.settle() == "1"
    assert pad.dark_pixels() > 0


def test_two_fingers_do_not_draw_and_the_page_scrolls_beside_the_pad(visit: Callable[..., Any]) -> None:
    pad = Pad(visit("phone"))
    client = pad.page.context.new_cdp_session(pad.page)

    def fingers(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    places = pad.places([[0.3, 0.3], [0.4, 0.4], [0.6, 0.6], [0.2, 0.5], [0.8, 0.8]])
    fingers("touchStart", places[0])
    fingers("touchMove", places[1])
    fingers("touchStart", *places[1:3])
    fingers("touchMove", *places[3:])
    fingers("touchEnd")
    assert pad.dark_pixels() == 0
    assert pad.page.evaluate("scrollY") == 0
    assert pad.canvas.evaluate("(c) => getComputedStyle(c).touchAction") == "none"
    assert pad.root.evaluate("(c) => getComputedStyle(c).touchAction") == "auto"
    width = pad.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1], "nothing to scroll sideways"


def test_ink_survives_tabs_sizes_and_a_new_load(visit: Callable[..., Any]) -> None:
    pad = Pad(visit())
    pad.draw(example_strokes(2))
    assert pad.settle() == "2"
    ink = pad.dark_pixels()
    pad.page.get_by_role("tab", name="Photo").click()
    pad.page.get_by_role("tab", name="Draw").click()
    assert pad.dark_pixels() == ink
    pad.page.set_viewport_size(SIZES["phone"])
    pad.page.wait_for_function("document.querySelector('.draw [data-role=ink]').width < 400")
    assert 0 < pad.dark_pixels() < ink
    pad.page.reload()
    pad.page.wait_for_selector(".draw[data-ready=true]")
    assert pad.settle() == "2"


@pytest.mark.parametrize("ratio", [1, 2, 3])
def test_the_pad_is_sharp_at_any_pixel_ratio(visit: Callable[..., Any], ratio: int) -> None:
    pad = Pad(visit("phone", device_scale_factor=ratio))
    shown = pad.canvas.evaluate("(c) => c.getBoundingClientRect().width")
    assert pad.canvas.evaluate("(c) => c.width") == pytest.approx(shown * ratio, abs=1)


def test_white_paper_and_black_ink_in_the_dark(visit: Callable[..., Any]) -> None:
    pad = Pad(visit(color_scheme="dark"))
    pad.draw(ONE)
    at = "(c, [x, y]) => [...c.getContext('2d').getImageData(c.width * x, c.height * y, 1, 1).data].slice(0, 3)"
    assert pad.canvas.evaluate(at, [0.05, 0.05]) == [255, 255, 255]
    assert max(pad.canvas.evaluate(at, [0.5, 0.5])) < 40
    ground = pad.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(map(int, re.findall(r"\d+", ground)[:3])) < 120


def test_nothing_moves_while_drawing(pad: Pad) -> None:
    where = """() => [...document.querySelectorAll('.draw :is(canvas, .bars, .bar, .tool, .key, .steps, .answer)')]
        .map((node) => JSON.stringify(node.getBoundingClientRect()))"""
    before = pad.page.evaluate(where)
    for at, digit in enumerate((4, 7, 1)):
        pad.draw(example_strokes(digit), middle=0.18 + 0.32 * at, size=0.4)
        pad.settle()
        assert pad.page.evaluate(where) == before


def test_an_answer_that_comes_too_late_is_ignored(visit: Callable[..., Any]) -> None:
    page = visit()
    pad = Pad(page)
    held: list[Any] = []

    def hold(route: Any) -> None:
        """The first question is answered long after the second."""
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route("**/component_server/", hold)
    pad.draw(ONE)
    page.wait_for_selector('.draw [data-role="note"]:not([hidden])')
    pad.part("clear").click()
    pad.draw(example_strokes(3))
    assert pad.settle() == "3"
    assert pad.part("note").is_hidden()
    with page.expect_response("**/component_server/"):
        held[0].continue_()
    page.wait_for_timeout(300)
    assert pad.settle() == "3"


def test_a_stopped_server_keeps_the_ink_and_a_started_one_reads_it(
    visit: Callable[..., Any], server: Server, tmp_path: Path
) -> None:
    pad = Pad(visit())
    pad.draw(example_strokes(6))
    assert pad.settle() == "6"
    server.stop()
    try:
        pad.part("clear").click()
        pad.draw(example_strokes(5))
        pad.page.wait_for_selector('.draw [data-role="note"]:not([hidden])')
        assert "connection is lost" in pad.part("note").inner_text()
        ink = pad.dark_pixels()
        assert ink > 0
    finally:
        server.start()
    pad.page.wait_for_selector(".draw[data-settled=true][data-answer='5']", timeout=60_000)
    assert pad.part("note").is_hidden()
    assert pad.dark_pixels() == ink


def test_a_lost_connection_comes_back_by_itself(visit: Callable[..., Any]) -> None:
    pad = Pad(visit())
    pad.page.context.set_offline(True)
    pad.draw(example_strokes(4))
    pad.page.wait_for_selector('.draw [data-role="note"]:not([hidden])')
    pad.page.context.set_offline(False)
    assert pad.settle() == "4"
    assert pad.part("note").is_hidden()


def test_a_full_pad_says_so(pad: Pad) -> None:
    pad.page.evaluate(
        """() => { const stroke = { points: [[320, 80], [320, 400]], width: 16, erase: false };
            sessionStorage.setItem('digit-pad', JSON.stringify({ steps: Array(200).fill({ stroke }), done: 200 })); }"""
    )
    pad.page.reload()
    pad.page.wait_for_selector(".draw[data-ready=true]")
    assert pad.settle() == "1"
    pad.draw([[[0.2, 0.5], [0.8, 0.5]]])
    assert pad.settle() == "1", "the stroke is not taken"
    assert "full" in pad.part("note").inner_text()
    pad.clear()
    assert pad.part("note").is_hidden()


def test_the_page_is_light(visit: Callable[..., Any]) -> None:
    page = visit()
    sent = page.evaluate(
        "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
        ".reduce((sum, { transferSize }) => sum + transferSize, 0)"
    )
    assert 50_000 < sent < 450_000


def test_the_whole_page_loads_nothing_from_outside(visit: Callable[..., Any]) -> None:
    page = visit()
    places = set()
    for name in page.get_by_role("tab").all_inner_texts():
        page.get_by_role("tab", name=name).click()
        page.wait_for_timeout(300)
        places.add(page.evaluate("[...document.querySelectorAll('[role=tab]')].map((tab) => tab.offsetLeft).join()"))
    assert len(places) == 1, "the tabs stay where they are"
    assert page.get_by_role("heading", level=1).count() == 1
    assert page.outside == []
    assert page.wrong == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_labels_and_contrast(visit: Callable[..., Any], size: str, scheme: str) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not here: npm install --no-save axe-core")
    pad = Pad(visit(size, color_scheme=scheme))
    pad.draw(example_strokes(7))
    pad.settle()
    pad.page.add_script_tag(path=AXE)
    found = pad.page.evaluate("axe.run().then(({ violations }) => violations)")
    assert not found, "\n".join(f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"])
