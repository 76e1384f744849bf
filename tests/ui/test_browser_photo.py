"""The Photo tab in a real Chromium: upload, boxes, details, corrections, CSV, errors, keys, both sizes."""

from __future__ import annotations

import base64
import csv
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture
def tab(visit: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """tab("phone", …) opens the page at the Photo tab."""

    def open_tab(size: str = "desktop", **options: Any) -> Any:
        page = visit(size, accept_downloads=True, **options)
        page.get_by_role("tab", name="Photo").click()
        page.wait_for_selector(".photo[data-ready=true]")
        return page

    yield open_tab


def send(page: Any, file: Path | dict[str, Any]) -> None:
    page.set_input_files("#photo-input input[type=file]", file)


def read(page: Any, file: Path) -> str:
    """Uploads a page and gives its reading once it is there."""
    send(page, file)
    page.wait_for_selector(".photo[data-state=read][data-busy=false]")
    return page.locator(".photo [data-role=text]").inner_text()


def test_a_page_is_read_and_corrected(tab: Callable[..., Any], handwriting: Path) -> None:
    page = tab()
    text = read(page, handwriting)
    rows = text.split("\n")
    boxes = page.locator(".photo .box:not(.no)")
    assert len(rows) == 2 and boxes.count() == sum(map(len, rows)) >= 6
    assert [boxes.nth(i).inner_text().rstrip("?") for i in range(boxes.count())] == list(text.replace("\n", ""))

    boxes.nth(1).hover()  # shows it
    label = page.locator(".photo [data-role=label]")
    assert label.inner_text() == rows[0][1]
    picture = page.locator(".photo [data-role=pixels]")
    assert picture.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [28, 28]
    assert "pixelated" in picture.evaluate("image => getComputedStyle(image).imageRendering")
    assert page.locator(".photo .bar .value").count() == 10

    boxes.nth(1).click()  # keeps it, while the pointer goes to the right digit
    boxes.nth(0).hover()
    right = str((int(rows[0][1]) + 1) % 10)
    page.locator(".photo .bar").nth(int(right)).click()
    rows[0] = rows[0][0] + right + rows[0][2:]
    assert page.locator(".photo [data-role=text]").inner_text() == "\n".join(rows)
    assert page.locator(".photo .box.by").count() == 1 and label.inner_text() == right
    assert page.locator(".photo tbody tr").nth(1).inner_text().split()[:3] == ["1", right, "corrected"]

    page.locator(".photo tbody tr").nth(0).click()  # a row of the table does the same
    page.locator(".photo [data-role=drop]").click()
    rows[0] = rows[0][1:]
    assert page.locator(".photo [data-role=text]").inner_text() == "\n".join(rows)
    check_csv(page, rows)
    assert page.wrong == [] and page.outside == []


def check_csv(page: Any, rows: list[str]) -> None:
    with page.expect_download() as download:
        page.locator(".photo [data-role=csv]").click()
    assert download.value.suggested_filename == "digits.csv"
    table = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8"))))
    assert [(line["row"], line["digit"]) for line in table] == [
        (str(number), digit) for number, row in enumerate(rows, start=1) for digit in row
    ]
    assert table[0]["checked"] == "corrected" and table[0]["certainty"] == ""
    for line in table[1:]:
        assert 0 <= float(line["certainty"]) <= 1 and line["checked"] == ""
        assert 0 <= int(line["left"]) < int(line["right"]) <= 700
        assert 0 <= int(line["top"]) < int(line["bottom"]) <= 500


def test_labels_of_digits_at_the_top_edge_stay_on_the_picture(
    tab: Callable[..., Any], handwriting: Path, tmp_path: Path
) -> None:
    with Image.open(handwriting) as image:
        top = int(np.nonzero((np.asarray(image.convert("L")) < 100).any(axis=1))[0][0])
        image.crop((0, max(0, top - 5), *image.size)).save(tmp_path / "cut.png")
    page = tab("phone")
    read(page, tmp_path / "cut.png")
    tops = """(labels) => labels.map((label) => label.getBoundingClientRect().top
        - label.closest('.stage').getBoundingClientRect().top)"""
    assert min(page.locator(".photo .found .box:not(.no) span").evaluate_all(tops)) >= -0.5


def test_keys_alone_correct_a_digit(tab: Callable[..., Any], handwriting: Path) -> None:
    page = tab()
    first = read(page, handwriting).split("\n")[0]
    boxes = page.locator(".photo .box")
    assert boxes.and_(page.locator("[tabindex='0']")).count() == 1, "one stop for the tab key"
    boxes.nth(0).focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.index") == "1"
    page.keyboard.press(first[1])
    assert "confirmed" in boxes.nth(1).get_attribute("aria-label")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Delete")
    assert page.locator(".photo [data-role=text]").inner_text().split("\n")[0] == first[1:]


def correct_first(page: Any) -> tuple[str, str]:
    """Makes the first digit another one; the text before and after."""
    text = page.locator(".photo [data-role=text]")
    before = text.inner_text()
    page.locator(".photo .box").first.click()
    page.locator(".photo .bar").nth((int(before[0]) + 1) % 10).click()
    return before, text.inner_text()


def test_corrections_are_undone_and_redone(tab: Callable[..., Any], handwriting: Path) -> None:
    page = tab()
    read(page, handwriting)
    text = page.locator(".photo [data-role=text]")
    before, after = correct_first(page)
    assert before != after
    page.locator("h1").click()  # wherever the focus is
    page.keyboard.press("Control+z")
    assert text.inner_text() == before and page.locator(".photo .box.by").count() == 0
    page.keyboard.press("Control+z")  # there is nothing more
    page.keyboard.press("Control+Shift+z")
    assert text.inner_text() == after
    page.get_by_role("button", name="Undo").click()
    assert text.inner_text() == before and page.get_by_role("button", name="Undo").is_disabled()
    page.get_by_role("button", name="Redo").click()
    assert text.inner_text() == after


def test_the_correction_comes_next_in_tab_order(tab: Callable[..., Any], handwriting: Path) -> None:
    page = tab()
    read(page, handwriting)
    page.locator(".photo .box").first.focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.detail') !== null")


def test_a_photo_is_turned_and_read_again(tab: Callable[..., Any], handwriting: Path) -> None:
    page = tab()
    text = read(page, handwriting)
    ratio = "Number(document.querySelector('.photo [data-role=stage]').style.getPropertyValue('--ratio'))"
    assert page.evaluate(ratio) == pytest.approx(700 / 500)
    for turn in (1, 2, 3, 4):
        page.get_by_role("button", name="Rotate").click()
        wanted = 500 / 700 if turn % 2 else 700 / 500
        page.wait_for_function(f"Math.abs({ratio} - {wanted}) < .01")
        page.wait_for_selector(".photo[data-busy=false]")
    assert page.locator(".photo [data-role=text]").inner_text() == text


DROP = """([selector, name, type, bytes, kind]) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], name, { type }));
    const options = { dataTransfer: data, clipboardData: data, bubbles: true, cancelable: true };
    const event = kind === 'paste' ? new ClipboardEvent(kind, options) : new DragEvent(kind, options);
    return document.querySelector(selector).dispatchEvent(event);
}"""


@pytest.mark.parametrize(("kind", "at"), [("drop", ".photo .status"), ("drop", "body"), ("paste", "body")])
def test_the_whole_tab_takes_a_photo(kind: str, at: str, tab: Callable[..., Any], handwriting: Path) -> None:
    page = tab()
    code = base64.b64encode(handwriting.read_bytes()).decode()
    if kind == "drop":
        assert page.evaluate(DROP, [at, "a.png", "image/png", code, "dragover"]) is False, "it may be dropped here"
    page.evaluate(DROP, [at, "a.png", "image/png", code, kind])
    page.wait_for_selector(".photo[data-state=read][data-busy=false]")
    assert len(page.locator(".photo [data-role=text]").inner_text().split()) == 2


def test_what_is_no_photo_or_too_large_is_said_before_it_is_sent(tab: Callable[..., Any]) -> None:
    page = tab()
    said = page.locator(".photo [data-role=status]")
    send(page, {"name": "notes.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"})
    assert said.inner_text().startswith("“notes.pdf” is not a picture. JPEG, PNG,")
    send(page, {"name": "huge.jpg", "mimeType": "image/jpeg", "buffer": bytes(21_000_000)})
    assert said.inner_text() == "“huge.jpg” has 21 MB, and photos up to 20 MB are read. Send a smaller one."


def test_a_slow_upload_shows_how_far_it_is(tab: Callable[..., Any], tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(200, 255, (600, 800, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "large.png")
    page = tab()
    client = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 400_000}
    client.send("Network.emulateNetworkConditions", slow)
    send(page, tmp_path / "large.png")
    page.get_by_text(re.compile(r"Uploading … \d+%")).wait_for()
    assert page.locator(".photo progress").is_visible()
    client.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})
    page.wait_for_selector(".photo[data-busy=false]", timeout=60_000)
    assert page.locator(".photo progress").is_hidden()


def test_without_a_network_it_says_so_and_reads_once_it_is_back(tab: Callable[..., Any], handwriting: Path) -> None:
    page = tab()
    status = page.locator(".photo [data-role=status]")
    page.context.set_offline(True)
    send(page, handwriting)
    status.get_by_text("The connection is lost.").wait_for()
    page.context.set_offline(False)
    page.wait_for_selector(".photo[data-state=read][data-busy=false]")
    assert "7 digits in 2 rows" in status.inner_text()
    page.context.set_offline(True)
    page.locator(".thumb").first.click()
    status.get_by_text("The connection is lost.").wait_for()
    page.context.set_offline(False)
    page.get_by_text("in 3 rows").wait_for()


def test_an_answer_to_an_older_photo_is_dropped(tab: Callable[..., Any], handwriting: Path) -> None:
    page = tab()
    page.wait_for_selector(".photo [data-role=arrival]:not([hidden])")
    held: list[Any] = []
    page.route("**/component_server/", lambda route: route.continue_() if held else held.append(route))
    send(page, handwriting)
    page.wait_for_function("document.querySelector('.photo .status').textContent === 'Reading …'")
    while not held:
        page.wait_for_timeout(20)
    page.locator(".thumb").first.click()
    page.get_by_text("in 3 rows").wait_for()
    held[0].continue_()
    page.wait_for_timeout(500)
    assert "in 3 rows" in page.locator(".photo [data-role=status]").inner_text()
    assert page.locator(".photo").get_attribute("data-busy") == "false"


def test_an_example_is_shown_until_there_is_a_photo(tab: Callable[..., Any], handwriting: Path) -> None:
    page = tab()
    page.wait_for_selector(".photo [data-role=arrival]:not([hidden])")
    assert page.locator(".photo .arrival .box").count() == 18
    assert len(page.locator("[data-role=sample-text]").inner_text().split()) == 3
    read(page, handwriting)
    assert page.locator(".photo [data-role=arrival]").is_hidden()


BAD = {
    "text": {"name": "page.png", "mimeType": "image/png", "buffer": b"no picture at all"},
    "empty": {"name": "page.png", "mimeType": "image/png", "buffer": b""},
}


@pytest.mark.parametrize("kind", BAD)
def test_an_error_keeps_the_result(kind: str, tab: Callable[..., Any], handwriting: Path) -> None:
    page = tab()
    text = read(page, handwriting)
    send(page, BAD[kind])
    page.get_by_text("The previous result is still shown.").wait_for()
    said = page.locator(".photo [data-role=status]").inner_text()
    assert "came" in said or "empty" in said
    assert page.locator(".photo [data-role=text]").inner_text() == text
    assert page.locator(".photo").get_attribute("data-busy") == "false"


def test_a_page_without_digits_is_said_plainly(tab: Callable[..., Any], tmp_path: Path) -> None:
    Image.new("RGB", (300, 200), "white").save(tmp_path / "blank.png")
    page = tab()
    send(page, tmp_path / "blank.png")
    page.wait_for_selector(".photo[data-state=none]")
    assert "No digits found" in page.locator(".photo [data-role=status]").inner_text()
    assert page.locator(".photo [data-role=listing]").is_hidden()
    assert "Click a digit" not in page.locator(".photo [data-role=legend]").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_examples_and_details_on_a_phone(scheme: str, tab: Callable[..., Any]) -> None:
    page = tab("phone", color_scheme=scheme)
    page.locator(".thumb").first.click()
    page.wait_for_selector(".photo[data-state=read]")
    page.locator(".photo .box:not(.no)").first.tap()
    detail = page.locator(".photo [data-role=detail]").bounding_box()
    assert detail["y"] + detail["height"] <= 844 + 1, "the detail is on the screen with the box that was tapped"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator(".thumb").nth(1).click()
    page.wait_for_function("document.querySelector('.photo').dataset.busy === 'false'")
    assert page.wrong == [] and page.outside == []


def test_copy(tab: Callable[..., Any], handwriting: Path) -> None:
    page = tab(permissions=["clipboard-read", "clipboard-write"])
    text = read(page, handwriting)
    page.locator(".photo [data-role=copy]").click()
    page.get_by_text("Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == text


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_labels_and_contrast(size: str, scheme: str, tab: Callable[..., Any]) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not here: npm install --no-save axe-core")
    page = tab(size, color_scheme=scheme)
    page.locator(".thumb").first.click()
    page.wait_for_selector(".photo[data-state=read]")
    page.locator(".photo .box").first.click()
    page.locator(".photo .bar").first.click()
    page.locator(".photo .box").nth(1).click()
    page.locator(".photo [data-role=drop]").click()
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run().then(({ violations }) => violations)")
    assert not found, "\n".join(f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"])
