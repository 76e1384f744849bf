"""Correcting in a real Chromium: on Draw, on Photo, the tab that lists it, and a page where it is off."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model.review import corrections
from model.synthesis.render import example_strokes
from tests.support.app import ROOT, SIZES, Server
from tests.support.pad import Pad

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"


def kept(server: Server) -> list[tuple[int | None, int | None, str]]:
    found, damaged = corrections.load(server.corrections)
    assert damaged == []
    return [(one.read, one.correct, one.source) for one in found]


def test_one_of_several_digits_is_corrected_and_listed(visit: Callable[..., Any], server: Server) -> None:
    page = visit()
    pad, before = Pad(page), kept(server)
    for at, digit in enumerate((2, 0, 5)):
        pad.draw(example_strokes(digit), middle=0.18 + 0.32 * at, size=0.4)
    assert pad.settle() == "205"
    pad.press("Wrong?")
    assert "Your click stores this 28 × 28 picture" in pad.part("fix-said").inner_text()
    page.locator(".draw .which").nth(1).click()
    assert pad.part("fix-title").inner_text() == "Read as 0. What is it?"
    assert page.locator('.draw .fix-keys [data-label="0"]').is_disabled()
    assert kept(server) == before, "nothing is stored without a click"
    pad.press("It is a 6")
    page.wait_for_selector(".draw .fix[data-stored=true]")
    assert kept(server) == [*before, (0, 6, "draw")]
    pad.draw([[[0.9, 0.2], [0.9, 0.8]]])
    assert pad.part("fix").is_hidden(), "another drawing, another question"
    page.get_by_role("tab", name="Corrections").click()
    page.wait_for_selector(f".corrected[data-count='{len(before) + 1}']")
    assert page.locator(".corrected li span").first.inner_text() == "0 → 6"
    assert page.wrong == [] and page.outside == []


def test_keys_alone_and_escape(visit: Callable[..., Any], server: Server) -> None:
    page = visit()
    pad, before = Pad(page), kept(server)
    pad.draw(example_strokes(7))
    assert pad.settle() == "7"
    pad.part("wrong").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.dataset.label") == "0"
    page.keyboard.press("Escape")
    assert pad.part("fix").is_hidden() and page.evaluate("document.activeElement.dataset.role") == "wrong"
    assert kept(server) == before


def test_a_photo_keeps_its_correction_only_when_asked(visit: Callable[..., Any], server: Server) -> None:
    page = visit()
    before = kept(server)
    page.get_by_role("tab", name="Photo").click()
    page.locator(".thumb").first.click()
    page.wait_for_selector(".photo[data-state=read]")
    page.locator(".photo .box.sure").first.click()
    read = int(page.locator(".photo [data-role=label]").inner_text())
    assert page.locator(".photo [data-role=keep]").is_hidden()
    page.locator(".photo .bar").nth((read + 1) % 10).click()
    page.locator(".photo [data-role=keep-ask]").click()
    assert "Your click stores" in page.locator(".photo [data-role=keep-said]").inner_text()
    assert kept(server) == before
    page.locator(".photo [data-role=keep-store]").click()
    page.get_by_text("Stored.").wait_for()
    assert kept(server) == [*before, (read, (read + 1) % 10, "photo")]
    assert page.wrong == []


def test_a_lost_connection_is_said_and_the_correction_stored_when_it_is_back(visit: Callable[..., Any]) -> None:
    page = visit()
    pad = Pad(page)
    pad.draw(example_strokes(7))
    pad.settle()
    pad.press("Wrong?")
    page.context.set_offline(True)
    pad.press("It is a 1")
    page.get_by_text("The connection is lost. It is tried again until it is back.").wait_for()
    assert pad.part("fix").get_attribute("data-stored") == "false"
    page.context.set_offline(False)
    page.wait_for_selector('.draw [data-role="fix"][data-stored=true]')


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_labels_contrast_and_width(visit: Callable[..., Any], size: str, scheme: str) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not here: npm install --no-save axe-core")
    page = visit(size, color_scheme=scheme)
    pad = Pad(page)
    pad.draw(example_strokes(7))
    pad.settle()
    pad.press("Wrong?")
    page.add_script_tag(path=AXE)
    for place in ("Draw", "Corrections"):
        page.get_by_role("tab", name=place).click()  # on a phone as well, all tabs are there
        page.wait_for_timeout(300)
        found = page.evaluate("axe.run().then(({ violations }) => violations)")
        assert not found, "\n".join(f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"])
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_where_it_is_off_nothing_of_it_is_shown(browser: Any, weights: Path, tmp_path: Path) -> None:
    off = Server(tmp_path / "log", DIGIT_CORRECTIONS="0")
    off.start()
    page = browser.new_page()
    try:
        page.goto(off.url)
        page.wait_for_selector(".draw[data-ready=true]")
        pad = Pad(page)
        pad.draw(example_strokes(7))
        assert pad.settle() == "7"
        page.wait_for_timeout(500)
        assert pad.part("wrong").is_hidden()
        assert "Corrections" not in page.get_by_role("tab").all_inner_texts()
        assert not off.corrections.exists()
    finally:
        page.close()
        off.stop()


def test_the_list_says_that_the_network_is_gone_and_recovers(visit: Callable[..., Any]) -> None:
    page = visit()
    page.context.set_offline(True)
    page.get_by_role("tab", name="Corrections").click()
    page.locator(".corrected").get_by_text("The connection is lost.").wait_for()
    page.context.set_offline(False)
    page.wait_for_selector(".corrected[data-ready=true]")
    assert "orrection" in page.locator(".corrected h2").inner_text()
    page.context.set_offline(True)
    page.get_by_role("tab", name="Model").click()
    page.locator(".report").get_by_text("The connection is lost.").wait_for()
    page.context.set_offline(False)
    page.wait_for_selector(".report[data-ready=true]")
    assert page.locator(".report svg").count() == 4
