"""Look inside, in a real Chromium: on the pad while it is drawn on, and of a sample of the Mistakes tab."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from model.synthesis.render import example_strokes
from tests.support.app import ROOT
from tests.support.pad import Pad

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"


def opened(visit: Callable[..., Any], size: str, **options: Any) -> Pad:
    """A pad with a 9 on it and the network open."""
    page = visit(size, **options)
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    pad = Pad(page)
    pad.draw(example_strokes(9, seed=2))
    assert pad.settle() == "9"
    assert not any("/later/" in url for url in page.asked), "nothing of it is loaded before it is opened"
    pad.part("look").click()
    page.locator('.draw .inside[data-shown^="9-"]').wait_for()
    assert sum("/later/" in url for url in page.asked) == 1
    return pad


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_network_opens_beside_the_pad_and_follows_the_drawing(visit: Callable[..., Any], size: str) -> None:
    pad = opened(visit, size)
    page = pad.page
    layers = page.locator(".draw .in-layers > li")
    assert layers.count() >= 5
    assert re.search(r"\d+ maps of \d+ × \d+", layers.first.inner_text())
    assert "What speaks for 9" in pad.part("in-speaks").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing to scroll sideways"
    layers.nth(3).scroll_into_view_if_needed()
    assert pad.canvas.bounding_box()["y"] >= -2, "the pad stays in view"

    before = layers.nth(1).locator(".in-all").evaluate("(canvas) => canvas.toDataURL()")
    pad.clear()
    page.get_by_text("Draw a digit, and its way through the network appears here.").wait_for()
    pad.draw(example_strokes(4, seed=1))
    assert pad.settle() == "4"
    page.locator('.draw .inside[data-shown^="4-"]').wait_for()
    assert layers.nth(1).locator(".in-all").evaluate("(canvas) => canvas.toDataURL()") != before

    pad.part("in-close").click()
    assert pad.part("inside").is_hidden() and pad.part("bars").is_visible()
    assert page.wrong == [] and page.outside == []


def test_a_map_is_shown_large_and_a_score_is_compared_with(visit: Callable[..., Any]) -> None:
    pad = opened(visit, "desktop")
    layer = pad.page.locator(".draw .in-layers > li").nth(1)
    every = layer.locator(".in-all")
    every.scroll_into_view_if_needed()
    box = every.bounding_box()
    every.hover(position={"x": box["width"] * 2.5 / 16, "y": 4})
    assert layer.get_attribute("data-map") == "2" and "Map 3," in layer.locator("figcaption").inner_text()
    pad.page.mouse.move(0, 0)
    assert layer.get_attribute("data-map") != "2" or "2" in layer.locator(".in-strongest").inner_text()
    every.click(position={"x": box["width"] * 4.5 / 16, "y": 4})
    pad.page.mouse.move(0, 0)
    assert layer.get_attribute("data-map") == "4", "a click keeps it"
    pad.page.keyboard.press("ArrowRight")
    assert layer.get_attribute("data-map") == "5"
    pad.page.locator('.draw [data-role="in-scores"] [data-digit="3"]').click()
    assert "What speaks for 3" in pad.part("in-speaks").inner_text()
    assert re.search(r"The score of 9 is [\d.]+ above that of 3", pad.part("in-sum").inner_text())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_labels_and_contrast_of_what_is_opened(visit: Callable[..., Any], scheme: str) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not here: npm install --no-save axe-core")
    pad = opened(visit, "desktop", color_scheme=scheme)
    pad.part("fool").click()
    pad.part("play-task").wait_for()
    pad.page.add_script_tag(path=str(AXE))
    found = pad.page.evaluate("axe.run().then(({ violations }) => violations)")
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


def test_a_mistake_shows_what_speaks_for_its_true_and_its_predicted_digit(visit: Callable[..., Any]) -> None:
    page = visit()
    page.get_by_role("tab", name="Mistakes").click()
    page.locator(".misread[data-ready=true] .m-tile").first.click()
    for sample in range(2):
        written, read = re.findall(r"\d", page.locator("#m-title").inner_text())[:2]
        if not sample:
            page.locator('.misread [data-role="look"]').click()
        page.locator(f'.misread .inside[data-shown="{written}-{read}"]').wait_for()
        words = page.locator('.misread [data-role="in-speaks"]').inner_text()
        assert f"What speaks for {written}" in words and f"What speaks for {read}" in words
        page.keyboard.press("ArrowRight")
    assert page.wrong == []
