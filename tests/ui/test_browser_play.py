"""“Can you fool it?” and other networks beside the answer, in a real Chromium."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model.synthesis.render import example_strokes
from tests.support.app import Server
from tests.support.pad import Pad


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_a_game_from_a_prompt_to_the_line_to_copy(visit: Callable[..., Any], size: str) -> None:
    pad = Pad(visit(size))
    page = pad.page
    pad.draw([[[0.4, 0.4], [0.6, 0.6]]])
    pad.settle()
    pad.part("fool").click()
    pad.part("play-task").get_by_text("Draw a 4 that is open at the top.").wait_for()
    assert pad.dark_pixels() == 0 and pad.part("play-done").is_disabled(), "a fresh sheet"
    pad.draw(example_strokes(4, seed=1))
    assert pad.settle() == "4" and pad.part("play-said").inner_text() == "It reads 4."
    pad.part("play-done").click()
    assert pad.part("play-said").inner_text() == "Not fooled: it read 4." and pad.part("play-wrong").is_hidden()
    pad.part("play-done").click()
    assert pad.dark_pixels() == 0 and "nearly a 1" in pad.part("play-task").inner_text()
    pad.draw([[[0.5, 0.15], [0.5, 0.85]]])
    assert pad.settle() == "1"
    pad.part("play-done").click()
    assert pad.part("play-said").inner_text() == "You fooled it: it read 1."
    pad.part("play-wrong").click()
    assert pad.part("fix-title").inner_text() == "Read as 1. What is it?"
    pad.part("fix-close").click()
    pad.part("play-done").click()
    for _ in range(8):
        pad.part("play-skip").click()
    assert pad.part("play-task").inner_text() == "I fooled the digit reader 1 time in 2: a 7 was read as 1."
    pad.part("play-copy").click()
    pad.part("play-copy").filter(has_text="Copied").wait_for()
    pad.part("play-close").click()
    assert pad.part("play").is_hidden() and page.wrong == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_other_networks_stand_beside_the_answer(browser: Any, weights: Path, tmp_path: Path) -> None:
    server = Server(tmp_path / "log", COMPARE=str(weights))
    server.start()
    context = browser.new_context()
    context.set_default_timeout(20_000)
    try:
        page = context.new_page()
        page.goto(server.url)
        page.wait_for_selector(".draw[data-ready=true]")
        pad = Pad(page)
        pad.draw(example_strokes(4, seed=1))
        assert pad.settle() == "4"
        pad.part("compare").click()
        page.locator('.draw .others[data-shown="4"]').wait_for()
        assert pad.part("others-list").inner_text().split("\n")[0] == "4"
        assert "assets (digitnet)" in pad.part("others-list").inner_text()
        pad.clear()
        page.get_by_text("Draw a digit, and what they read appears here.").wait_for()
        pad.part("compare").click()
        assert pad.part("others").is_hidden()
    finally:
        context.close()
        server.stop()


def test_without_other_networks_nothing_is_offered(visit: Callable[..., Any]) -> None:
    assert Pad(visit()).part("compare").is_hidden()
