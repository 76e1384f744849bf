"""The page on screens of every size, on paper, in the colours of the system, and its addresses, in a real Chromium."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from model.synthesis.render import example_strokes
from tests.support.app import Server
from tests.support.pad import Pad

SCREENS = [
    (320, 568),
    (360, 640),
    (390, 844),
    (768, 1024),
    (1024, 1366),
    (568, 320),
    (667, 375),
    (844, 390),
    (601, 601),
    (800, 800),
    (1024, 768),
    (1280, 720),
    (1366, 600),
    (1920, 1080),
    (2560, 1440),
]
ZOOMED = [(320, 256), (640, 400)]  # 1280 × 1024 and × 800 at 400% and 200%


@pytest.fixture(scope="module")
def two_rows(browser: Any, server: Server) -> Iterator[Pad]:
    """A pad with 123 above 456."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.goto(server.url)
    page.wait_for_selector(".draw[data-ready=true]")
    pad = Pad(page)
    box = pad.canvas.bounding_box()
    for number, digit in enumerate((1, 2, 3, 4, 5, 6)):
        row, column = divmod(number, 3)
        for line in example_strokes(digit, seed=1):
            places = [
                (box["x"] + box["width"] * (column + 0.25 + x / 2) / 3, box["y"] + box["height"] * (row + y) / 2)
                for x, y in line[::2]
            ]
            page.mouse.move(*places[0])
            page.mouse.down()
            for place in places[1:]:
                page.mouse.move(*place)
            page.mouse.up()
    assert pad.settle() == "123\n456"
    yield pad
    context.close()


def edges(pad: Pad, name: str) -> dict[str, float]:
    return pad.page.locator(f".draw {name}").first.evaluate("(node) => node.getBoundingClientRect().toJSON()")


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: "{}x{}".format(*screen))
def test_pad_and_answer_are_in_view(two_rows: Pad, screen: tuple[int, int]) -> None:
    width, height = screen
    two_rows.page.set_viewport_size({"width": width, "height": height})
    two_rows.page.evaluate("scrollTo(0, 0)")
    for name in (".surface", ".answer"):
        found = edges(two_rows, name)
        assert found["left"] >= 0 and found["right"] <= width, f"{name} {found}"
        assert found["top"] >= 0 and found["bottom"] <= height, f"{name} {found}"
    surface = edges(two_rows, ".surface")
    assert surface["width"] >= min(250, 0.4 * width), "large enough to draw on"
    assert surface["width"] / surface["height"] == pytest.approx(4 / 3, abs=0.02)
    assert surface["height"] < 0.85 * height or surface["right"] < 0.85 * width, "room to scroll the page beside it"


@pytest.mark.parametrize("screen", [*SCREENS, *ZOOMED], ids=lambda screen: "{}x{}".format(*screen))
def test_rows_are_rows_and_nothing_is_clipped(two_rows: Pad, screen: tuple[int, int]) -> None:
    two_rows.page.set_viewport_size({"width": screen[0], "height": screen[1]})
    answer, sentence = edges(two_rows, ".answer"), edges(two_rows, ".sub")
    digits = two_rows.page.locator(".draw .char").evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect().toJSON())"
    )
    first, second = digits[:3], digits[3:]
    assert max(one["top"] for one in first) < min(one["top"] for one in second)
    assert max(one["bottom"] for one in first) <= min(one["bottom"] for one in second) - 5
    for one in digits:
        assert one["left"] >= answer["left"] - 1 and one["right"] <= answer["right"] + 1
        assert one["top"] >= answer["top"] - 8 and one["bottom"] <= sentence["top"] + 8
    assert edges(two_rows, ".steps li:last-child")["right"] <= edges(two_rows, ".sees")["right"] + 1
    wide = two_rows.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1], "nothing to scroll sideways"


def test_a_printed_page_shows_the_drawing_and_the_answer(two_rows: Pad) -> None:
    two_rows.page.set_viewport_size({"width": 1280, "height": 800})
    two_rows.page.emulate_media(media="print")
    two_rows.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    try:
        assert two_rows.part("text").is_visible()
        assert two_rows.part("clear").is_hidden()
        two_rows.part("marks").evaluate("(canvas) => { canvas.style.background = '#fff'; }")  # as Chromium prints it
        picture = np.asarray(Image.open(io.BytesIO(two_rows.part("surface").screenshot())).convert("L"))
        assert (picture < 80).mean() > 0.02, "the ink is there"
    finally:
        two_rows.part("marks").evaluate("(canvas) => { canvas.style.background = ''; }")
        two_rows.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        two_rows.page.emulate_media(media="screen")
    assert two_rows.page.locator(".draw .printed").count() == 0


def test_bars_and_pressed_tools_show_in_the_colours_of_the_system(visit: Callable[..., Any]) -> None:
    pad = Pad(visit(forced_colors="active"))
    pad.draw(example_strokes(7))
    assert pad.settle() == "7"
    colours = (
        """(node) => [getComputedStyle(node).backgroundColor, getComputedStyle(node.parentNode).backgroundColor]"""
    )
    for name in (".bar.best .fill", '[data-role="pen"]'):
        own, around = pad.page.locator(f".draw {name}").evaluate(colours)
        assert own != around, name
    for name in (".paper", ".key", ".frame", ".track"):
        outline = "(node) => getComputedStyle(node).outlineStyle"
        assert pad.page.locator(f".draw {name}").first.evaluate(outline) == "solid", f"{name} has an edge"
    mark = "(node) => getComputedStyle(node, '::after').backgroundColor"
    selected, other = (pad.page.get_by_role("tab", selected=is_so).first.evaluate(mark) for is_so in (True, False))
    assert selected != other, "the tab that is open is marked"


def test_keys_are_heard_on_the_whole_tab_but_not_while_typing(visit: Callable[..., Any]) -> None:
    pad = Pad(visit())
    keys = pad.page.keyboard
    pad.draw([[[0.5, 0.15], [0.5, 0.85]]])
    ink = pad.dark_pixels()
    pad.part("clear").click()
    assert pad.dark_pixels() == 0
    keys.press("Control+z")
    assert pad.dark_pixels() == ink, "the button has the focus"
    pad.page.evaluate("document.activeElement.blur()")
    keys.press("Control+z")
    assert pad.dark_pixels() == 0
    keys.press("Control+y")
    assert pad.dark_pixels() == ink
    pad.page.evaluate("document.body.append(Object.assign(document.createElement('input'), { id: 'typing' }))")
    pad.page.locator("#typing").focus()
    keys.press("Control+z")
    keys.press("Delete")
    assert pad.dark_pixels() == ink
    pad.page.locator("#typing").evaluate("(node) => node.remove()")
    pad.page.get_by_role("tab", name="Photo").click()
    keys.press("Delete")
    pad.page.get_by_role("tab", name="Draw").click()
    assert pad.dark_pixels() == ink, "another tab was open"


def test_an_empty_pad_gives_the_pen_back(visit: Callable[..., Any]) -> None:
    pad = Pad(visit())
    assert pad.part("eraser").is_disabled()
    for empty in ("clear", "erase"):
        pad.draw([[[0.5, 0.3], [0.5, 0.6]]])
        pad.part("eraser").click()
        if empty == "clear":
            pad.part("clear").click()
        else:
            pad.part("width").fill("44")
            pad.draw([[[0.5, 0.1], [0.5, 0.9]]])
            pad.part("width").fill("16")
        assert pad.part("pen").get_attribute("aria-pressed") == "true"
        pad.draw([[[0.3, 0.5], [0.7, 0.5]]])
        assert pad.dark_pixels() > 0
        pad.clear()


def test_a_press_in_the_rounded_corner_draws(visit: Callable[..., Any]) -> None:
    pad = Pad(visit())
    box, mouse = pad.canvas.bounding_box(), pad.page.mouse
    mouse.move(box["x"] + 1, box["y"] + 1)
    mouse.down()
    mouse.move(box["x"] + 120, box["y"] + 120)
    mouse.up()
    assert pad.dark_pixels() > 500


def test_a_screen_reader_hears_the_keyboards_pen_and_the_bars(visit: Callable[..., Any]) -> None:
    pad = Pad(visit())
    pad.canvas.focus()
    pad.page.keyboard.press("Shift+ArrowUp")
    assert pad.part("spoken").inner_text() == "50% across, 42% down"
    pad.page.keyboard.press("Space")
    assert pad.part("spoken").inner_text() == "Pen down, 50% across, 42% down"
    pad.page.keyboard.press("Shift+ArrowDown")
    pad.page.keyboard.press("Space")
    assert pad.part("spoken").inner_text().startswith("Pen up")
    pad.settle()
    items = pad.page.get_by_role("list", name="How likely each digit is").get_by_role("listitem")
    texts = [" ".join(text.split()) for text in items.all_inner_texts()]
    assert [text.split()[0] for text in texts] == [str(digit) for digit in range(10)]
    assert all(text.endswith("%") for text in texts)


def test_tabs_have_addresses_and_back_stays_on_the_page(visit: Callable[..., Any]) -> None:
    page = visit()

    def shown() -> str:
        return page.locator('[role="tab"][aria-selected="true"]').inner_text()

    for name in ("Photo", "Model"):
        page.get_by_role("tab", name=name).click()
        page.wait_for_function("(name) => location.hash === '#' + name", arg=name.lower())
    page.reload()
    page.locator('[role="tab"][aria-selected="true"]', has_text="Model").wait_for()
    page.go_back()
    page.locator('[role="tab"][aria-selected="true"]', has_text="Photo").wait_for()
    page.go_back()
    page.locator('[role="tab"][aria-selected="true"]', has_text="Draw").wait_for()
    page.go_forward()
    page.locator('[role="tab"][aria-selected="true"]', has_text="Photo").wait_for()
    page.evaluate("location.hash = '#mistakes/4-9'")
    page.locator('[role="tab"][aria-selected="true"]', has_text="Mistakes").wait_for()
    assert shown() == "Mistakes" and page.evaluate("location.hash") == "#mistakes/4-9"
    assert page.wrong == []
