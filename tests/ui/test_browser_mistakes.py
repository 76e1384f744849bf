"""The Mistakes and Model tabs in a real Chromium: an invented gallery of 2,000 mistakes, an empty one, a small card."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr
import numpy as np
import pytest
from gradio_client import Client

from model.card import Card
from model.review.gallery import Gallery, Sample
from tests.support.app import SIZES, FakeReader, free_port
from ui import corrections, draw, mistakes, page, report

COUNT, VALIDATION = 2000, 42_000
CARD = {
    "format": 2,
    "network": {"name": "digitnet"},
    "config": {"seed": 4711},
    "curves": [{"epoch": epoch, "loss": 1 / epoch, "accuracy": 0.9 + epoch / 99} for epoch in (1, 2, 3)],
}
PAGE = 120


def gallery(count: int = COUNT) -> Gallery:
    """Sample k is of digit k % 10, in row 2k of the CSV, with a picture of its own; the first is the surest."""
    confusion = np.diag([(VALIDATION - count) // 10] * 10)
    samples = []
    for k in range(count):
        true = k % 10
        predicted = (true + 1 + k // 10 % 9) % 10
        confidence = 0.99 - 0.6 * k / count if k else 0.9999
        probabilities = np.full(10, 0.01 * (1 - confidence))
        probabilities[predicted] = confidence
        probabilities[true] += 1 - probabilities.sum()
        picture = np.zeros((28, 28), np.uint8)
        picture[6:22, 10:14] = np.random.default_rng(k).integers(60, 256, (16, 4))
        near = ((40_000, 40_001, 40_002), (40_003,))
        fold = k % 5 if k % 2 else None
        samples.append(Sample(picture, true, predicted, tuple(probabilities), 2 * k, k % 50 == 0, *near, fold))
        confusion[true, predicted] += 1
    neighbours = {40_000 + i: np.full((28, 28), 50 * i, np.uint8) for i in range(4)} if count else {}
    return Gallery(tuple(samples), confusion, neighbours, tuple(escapes() if count == COUNT else ()))


def escapes() -> Iterator[Sample]:
    """Twelve samples that were read right, of digit k % 10 and nearly as the next one; the first is the least sure."""
    for k in range(12):
        p = np.zeros(10)
        p[k % 10], p[(k + 1) % 10] = 0.51 + k / 100, 0.49 - k / 100
        yield Sample(np.full((28, 28), 9 * k, np.uint8), k % 10, k % 10, tuple(p), 30_000 + k, False, (40_000,), (), 2)


@pytest.fixture(scope="module")
def urls() -> Iterator[dict[int, str]]:
    """Addresses of two pages, by the number of mistakes in their galleries."""
    running, found = [], {}
    for count in (COUNT, 0):
        with gr.Blocks(analytics_enabled=False) as blocks, gr.Tabs():
            with gr.Tab("Draw"):
                draw.build(FakeReader(), corrections.CorrectionService(FakeReader(), None, blocks))
            with gr.Tab("Mistakes"):
                mistakes.build(FakeReader(), gallery(count))
            with gr.Tab("Model"):
                report.build(Card.from_json(CARD))
        look = page.asset("static/document.css") + page.styles()
        options = {"theme": page.theme(), "head": f"<style>{look}</style>", "ssr_mode": False, "quiet": True}
        options |= {"server_name": "127.0.0.1", "server_port": free_port()}
        _, found[count], _ = blocks.launch(prevent_thread_lock=True, **options)
        running.append(blocks)
    yield found
    for blocks in running:
        blocks.close(verbose=False)


@pytest.fixture
def browse(browser: Any, urls: dict[int, str]) -> Iterator[Callable[..., Any]]:
    """browse(count, "phone") opens the tab and gives the Playwright page; no script may fail meanwhile."""
    contexts, wrong = [], []

    def open_tab(count: int = COUNT, size: str = "desktop", address: str = "") -> Any:
        context = browser.new_context(viewport=SIZES[size])
        context.set_default_timeout(20_000)
        contexts.append(context)
        tab = context.new_page()
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.goto(urls[count] + address)
        tab.wait_for_selector(".draw[data-ready=true]")
        tab.get_by_role("tab", name="Mistakes").click()
        tab.wait_for_selector(".misread[data-ready=true]")
        return tab

    yield open_tab
    for context in contexts:
        context.close()
    assert wrong == []


def count_line(tab: Any) -> str:
    return tab.locator("[data-role=count]").inner_text()


def captions(tab: Any) -> list[str]:
    return tab.locator(".m-tile").evaluate_all("tiles => tiles.map(tile => tile.innerText.trim())")


def focused_row(tab: Any) -> int:
    return int(tab.evaluate("document.activeElement.dataset.row"))


def test_two_thousand_open_quickly_and_in_pages(browse: Callable[..., Any]) -> None:
    tab = browse()
    assert count_line(tab) == "2,000 of 42,000 validation samples were misread, 4.76%"
    assert len(captions(tab)) == PAGE and captions(tab)[0] == "0 → 1 · over 99.9%"
    begun = time.perf_counter()
    tab.evaluate("document.querySelector('[data-role=later]').click()")
    tab.get_by_text("121–240 of 2,000").wait_for()
    assert time.perf_counter() - begun < 1
    for _ in range(15):
        tab.get_by_role("button", name="Next", exact=True).click()
    assert "1,921–2,000 of 2,000" in tab.locator("[data-role=range]").inner_text()
    assert len(captions(tab)) == 80
    assert tab.get_by_role("button", name="Next", exact=True).is_disabled()


def test_filter_by_cell_and_by_heading(browse: Callable[..., Any]) -> None:
    tab = browse()
    cell = tab.locator('[data-cell="3-7"]')
    shown = int(cell.inner_text())
    cell.click()
    assert count_line(tab).startswith(f"{shown} of ") and "samples of “3” were read as “7”" in count_line(tab)
    assert len(captions(tab)) == shown and all(caption.startswith("3 → 7 · ") for caption in captions(tab))
    assert cell.get_attribute("aria-pressed") == "true"
    assert [tab.locator(f"select[data-role={name}]").input_value() for name in ("true", "predicted")] == ["3", "7"]
    cell.click()  # once more takes it back
    assert count_line(tab).startswith("2,000 of 42,000")
    tab.locator('th button[data-true="5"]').click()
    assert count_line(tab) == "200 of 4,200 samples of “5” were misread, 4.76%"
    tab.locator('th button[data-predicted="8"]').click()
    assert "readings as “8” were wrong" in count_line(tab)
    assert all("→ 8 ·" in caption for caption in captions(tab))
    tab.get_by_role("button", name="Show all").click()
    assert count_line(tab).startswith("2,000 of 42,000")


def test_filter_and_sort_by_list(browse: Callable[..., Any]) -> None:
    tab = browse()
    tab.get_by_role("combobox", name="True digit").select_option("2")
    tab.get_by_role("combobox", name="Sorted by").select_option("row")
    tab.wait_for_function("document.querySelector('.misread').dataset.count === '200'")
    rows = tab.locator(".m-tile").evaluate_all("tiles => tiles.map(tile => Number(tile.dataset.row))")
    assert rows == [4 + 20 * i for i in range(PAGE)]
    tab.get_by_role("combobox", name="Sorted by").select_option("true")
    rows = tab.locator(".m-tile").evaluate_all("tiles => tiles.map(tile => Number(tile.dataset.row))")
    assert rows[0] == 2 * 1992  # the least sure of the wrong digit is the surest of the true one
    tab.get_by_role("combobox", name="Read as").select_option("2")
    assert "only misread ones are kept" in count_line(tab) and captions(tab) == []


def test_keyboard(browse: Callable[..., Any]) -> None:
    tab = browse()
    tab.locator(".m-tile").first.focus()
    tab.keyboard.press("ArrowRight")
    assert focused_row(tab) == 2
    tab.keyboard.press("ArrowDown")
    below = focused_row(tab)
    columns = (below - 2) // 2
    assert columns >= 4
    tab.keyboard.press("Enter")
    dialog = tab.get_by_role("dialog")
    assert dialog.get_attribute("data-row") == str(below)
    tab.keyboard.press("ArrowRight")
    assert dialog.get_attribute("data-row") == str(below + 2)
    tab.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    # the dialog's close event, which moves the focus, comes a moment after it has closed
    tab.wait_for_function("row => document.activeElement.dataset.row === row", arg=str(below + 2))
    tab.keyboard.press("End")
    assert focused_row(tab) == 2 * (COUNT - 1)
    tab.keyboard.press("Home")
    for _ in range(PAGE // columns):
        tab.keyboard.press("ArrowDown")
    assert focused_row(tab) == 2 * columns * (PAGE // columns)  # over the end of the page
    assert tab.locator(".m-tile[tabindex='0']").count() == 1


def test_one_sample(browse: Callable[..., Any]) -> None:
    tab = browse()
    first = tab.locator(".m-tile").first
    assert first.get_attribute("aria-label") == "0 → 1 · over 99.9%, row 0, label doubtful"
    first.click()
    dialog = tab.get_by_role("dialog")
    dialog.locator("[data-role=heats][data-state=shown]").wait_for()
    text = re.sub(r"\s+", " ", dialog.inner_text())
    said = "0 read as 1, over 99.9% sure", "Row 0 of the CSV", "The label itself is doubtful", "of “0”", "of “1”"
    for words in said:
        assert words in text
    assert dialog.locator(".bar").count() == 10
    assert dialog.locator(".bar .value").nth(1).inner_text() == "100%"
    assert dialog.locator(".m-near figure").count() == 4
    sizes = dialog.locator("[data-heat] img").evaluate_all("all => all.map(image => image.naturalWidth)")
    assert sizes == [28, 28]
    dialog.get_by_role("button", name="Next sample").click()
    assert "The label itself is doubtful" not in dialog.inner_text()
    assert dialog.get_by_role("button", name="Previous sample").is_enabled()


def test_narrow_escapes(browse: Callable[..., Any]) -> None:
    tab = browse()
    tab.get_by_role("combobox", name="Show").select_option("escapes")
    assert count_line(tab) == "12 narrow escapes: samples read right, but least surely"
    assert captions(tab)[:2] == ["0, not 1 · 51%", "1, not 2 · 52%"]
    tab.get_by_role("combobox", name="Nearly read as").select_option("2")
    assert count_line(tab) == "2 of 12 narrow escapes: samples nearly read as “2”"
    tab.locator(".m-tile").first.click()
    dialog = tab.get_by_role("dialog")
    dialog.locator("[data-role=heats][data-state=shown]").wait_for()
    text = dialog.inner_text()
    assert "1 read right, 52% sure; nearly read as 2" in text and "of “2”" in text
    assert "Read by the network of fold 3, which had not seen it" in text


def test_the_fold_that_misread_a_sample_is_named(browse: Callable[..., Any]) -> None:
    tab = browse()
    tab.locator(".m-tile").nth(1).click()
    dialog = tab.get_by_role("dialog")
    assert "Misread by the network of fold 2, which had not seen it" in dialog.inner_text()
    dialog.get_by_role("button", name="Previous sample").click()
    assert "fold" not in dialog.inner_text(), "a single network has none"


def test_filters_and_samples_have_addresses(browse: Callable[..., Any]) -> None:
    tab = browse(address="#mistakes/3-7")
    assert "samples of “3” were read as “7”" in count_line(tab)
    tab.locator('th button[data-predicted="8"]').click()
    assert tab.evaluate("location.hash") == "#mistakes/any-8"
    tab.locator(".m-tile").nth(2).click()
    row = tab.get_by_role("dialog").get_attribute("data-row")
    assert tab.evaluate("location.hash") == f"#mistakes/any-8/row-{row}"
    again = browse(address=tab.evaluate("location.hash"))
    assert again.get_by_role("dialog").get_attribute("data-row") == row
    again.get_by_role("button", name="Close").click()
    again.wait_for_function("location.hash === '#mistakes/any-8'")
    again.evaluate("location.hash = '#mistakes/escapes/row-30003'")  # as a link in a message would
    again.locator(".m-sample[data-row='30003']").wait_for()
    again.evaluate("location.hash = '#mistakes/nonsense/row-7777777'")
    again.get_by_text("2,000 of 42,000 validation samples were misread").wait_for()


def test_without_a_network_it_says_so_and_recovers(browser: Any, urls: dict[int, str]) -> None:
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(urls[COUNT])
    tab.wait_for_selector(".draw[data-ready=true]")
    context.set_offline(True)
    tab.get_by_role("tab", name="Mistakes").click()
    tab.locator(".misread").get_by_text("The connection is lost.").wait_for()
    context.set_offline(False)
    tab.wait_for_selector(".misread[data-ready=true]")
    assert count_line(tab).startswith("2,000 of 42,000")
    context.set_offline(True)
    tab.locator(".m-tile").first.click()
    dialog = tab.get_by_role("dialog")
    dialog.get_by_text("The connection is lost.").wait_for()
    context.set_offline(False)
    dialog.locator("[data-role=heats][data-state=shown]").wait_for()
    assert "connection" not in dialog.inner_text()
    context.close()


def test_try_it_on_the_pad(browse: Callable[..., Any]) -> None:
    tab = browse()
    tab.evaluate("addEventListener('pad:picture', ({detail}) => (window.handed = detail))")
    tab.locator(".m-tile").nth(7).click()
    tab.get_by_role("button", name="Try it on the pad").click()
    tab.wait_for_selector('.draw[data-answer="7"]')  # what the fake reader makes of everything
    assert tab.get_by_role("tab", name="Draw").get_attribute("aria-selected") == "true"
    handed = np.frombuffer(base64.b64decode(tab.evaluate("window.handed")), np.uint8).reshape(28, 28)
    assert (handed == gallery(10).samples[7].picture).all()


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_captions_and_counts_stay_within_their_places(browse: Callable[..., Any], size: str) -> None:
    places = browse(size=size).locator(".m-tile span, .m-matrix td")
    assert places.count() >= PAGE + 100
    assert places.evaluate_all("all => all.every(each => each.scrollWidth <= each.clientWidth + 1)")


def test_phone(browse: Callable[..., Any]) -> None:
    tab = browse(size="phone")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    assert tab.locator(".m-tile canvas").first.bounding_box()["width"] >= 84
    tab.locator(".m-tile").first.click()
    box = tab.get_by_role("dialog").bounding_box()
    assert box["x"] >= 0 and box["width"] <= 390
    tab.get_by_role("button", name="Close").click()
    tab.get_by_role("dialog").wait_for(state="hidden")


def test_empty_gallery_says_so(browse: Callable[..., Any]) -> None:
    tab = browse(0)
    assert count_line(tab) == "All 42,000 validation samples were read right"
    assert captions(tab) == []
    tab.locator('th button[data-true="5"]').click()
    assert count_line(tab) == "0 of 4,200 samples of “5” were misread, 0.00%"


def test_model_tab(browse: Callable[..., Any]) -> None:
    tab = browse(0, "phone")
    tab.get_by_role("tab", name="Model").click()
    tab.wait_for_selector(".report[data-ready=true]")
    assert tab.locator(".report figure svg").count() == 2  # the card has curves and no validation
    tab.get_by_text("all 1 settings").click()
    assert "4711" in tab.locator(".r-facts").last.inner_text()
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    size = tab.locator(".report figure svg text").first.evaluate(
        "text => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a"
    )
    assert size >= 9  # pixels on the screen


def test_api(urls: dict[int, str]) -> None:
    client = Client(urls[COUNT], verbose=False)
    found = client.predict(true=3, predicted=7, sort="row", api_name="/mistakes")
    expected = gallery().filter(true=3, predicted=7).sorted("row")
    assert [entry["row"] for entry in found] == [sample.row for sample in expected]
    assert found[0].keys() == {"row", "true", "predicted", "confidence", "probabilities", "is_doubtful", "fold"}
    assert len(client.predict(api_name="/mistakes")) == COUNT
    assert client.predict(api_name="/card")["config"] == CARD["config"]
    client.close()


def test_api_refuses_with_a_sentence() -> None:
    with pytest.raises(gr.Error, match="got true=12, expected a digit"):
        mistakes.api(gallery(10))(true=12)
    with pytest.raises(gr.Error, match="expected one of confidence, true, row"):
        mistakes.api(gallery(10))(sort="colour")
    with pytest.raises(gr.Error, match=r"no gallery of mistakes.*train\.py"):
        mistakes.api(None)()


def test_server_functions_answer_whatever_comes() -> None:
    every, explain, *_ = mistakes.server_functions(FakeReader(), gallery(3))
    assert len(every({})["samples"]) == 3
    assert explain({"number": 2}).keys() == {"true", "rival"}
    for wrong in (None, {}, {"number": 3}, {"number": -1}, {"number": "0"}, {"number": True}):
        assert "no such sample" in explain(wrong)["message"]
    every, explain, *_ = mistakes.server_functions(FakeReader(), None)
    assert "no gallery of mistakes" in every({})["message"] and "no such sample" in explain({"number": 0})["message"]


def test_heat_maps_that_fail_are_said(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(FakeReader):
        def why(self, picture: np.ndarray, label: int) -> np.ndarray:
            raise RuntimeError("out of memory")

    _, explain, *_ = mistakes.server_functions(Broken(), gallery(1))
    assert explain({"number": 0}) == {"message": "The heat maps could not be made."}
    assert "out of memory" in caplog.text
