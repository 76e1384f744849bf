"""What a visitor does most, in Chromium, Firefox and WebKit; each starts once, and has one page for all journeys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from model.synthesis.render import example_strokes
from tests.support import engines
from tests.support.app import SIZES, Server
from tests.support.pad import Pad
from tests.support.wire import Wire

# selenium's own class for WebKitGTK calls selenium in a way that selenium has given up
pytestmark = pytest.mark.filterwarnings("ignore:setting remote_server_addr in RemoteConnection:DeprecationWarning")


@pytest.fixture(scope="module")
def wire(server: Server) -> Iterator[Wire]:
    """Between the browser and the server."""
    with Wire(server.port) as wire:
        yield wire
        wire.shutdown()


@pytest.fixture(scope="module", params=["chromium", "firefox", "webkit"])
def page(request: pytest.FixtureRequest, wire: Wire) -> Iterator[Any]:
    """The page in one of the browsers; it skips where that one is not installed."""
    if request.param == "chromium":
        context = request.getfixturevalue("browser").new_context(viewport=SIZES["desktop"])
        context.set_default_timeout(1000 * engines.PATIENCE)
        page = context.new_page()
        page.goto(wire.url)
        yield page
        context.close()
        return
    with {"firefox": engines.firefox, "webkit": engines.webkit}[request.param]() as page:
        page.goto(wire.url)
        yield page


@pytest.fixture
def pad(page: Any, wire: Wire) -> Iterator[Pad]:
    """An empty pad on the Draw tab."""
    go(page, wire, "draw")
    page.wait_for_selector(".draw[data-ready=true]")
    pad = Pad(page)
    pad.clear()
    yield pad
    wire.mend()


def go(page: Any, wire: Wire, tab: str) -> None:
    page.goto(f"{wire.url}/#{tab}")


def test_a_digit_is_drawn_and_read(pad: Pad) -> None:
    pad.draw(example_strokes(3, seed=1))
    assert pad.settle() == "3"
    assert pad.part("text").inner_text().strip() == "3"
    assert pad.page.locator(".draw .bar.best b").inner_text() == "3"


def test_several_digits(pad: Pad) -> None:
    for at, digit in enumerate((2, 0, 5)):
        pad.draw(example_strokes(digit), middle=0.18 + 0.32 * at, size=0.4)
    assert pad.settle() == "205"
    pad.page.locator(".draw .char:nth-child(2)").click()
    assert pad.page.locator(".draw .bar.best b").inner_text() == "0"


def test_undo_redo_and_clear(pad: Pad) -> None:
    pad.draw([[[0.3, 0.2], [0.3, 0.8]], [[0.7, 0.2], [0.7, 0.8]]])
    two = pad.dark_pixels()
    pad.part("undo").click()
    assert 0 < pad.dark_pixels() < two
    pad.part("redo").click()
    assert pad.dark_pixels() == two
    pad.part("clear").click()
    assert pad.dark_pixels() == 0 and pad.state() == "empty"


def test_a_photo_is_uploaded_and_read(page: Any, wire: Wire, handwriting: Path) -> None:
    go(page, wire, "photo")
    page.wait_for_selector(".photo[data-ready=true]")
    page.set_input_files("#photo-input input[type=file]", handwriting)
    page.wait_for_selector(".photo[data-state=read][data-busy=false]")
    first, second = page.locator(".photo [data-role=text]").inner_text().split("\n")
    assert len(first) >= 2 and len(second) >= 3


def test_a_mistake_is_opened_and_tried_on_the_pad(pad: Pad, wire: Wire) -> None:
    go(pad.page, wire, "mistakes")
    pad.page.wait_for_selector(".misread[data-ready=true]")
    pad.page.locator(".misread .m-tile:first-child").click()
    pad.page.wait_for_selector(".misread dialog[open] [data-role=heats][data-state=shown]")
    pad.page.locator(".misread [data-role=try]").click()
    pad.page.wait_for_selector(".draw canvas")
    assert pad.settle() != ""
    assert pad.dark_pixels() > 0


def test_offline_and_back(pad: Pad, wire: Wire) -> None:
    wire.cut()
    pad.draw(example_strokes(4))
    pad.page.wait_for_selector('.draw [data-role="note"]:not([hidden])')
    assert "connection is lost" in pad.part("note").inner_text()
    ink = pad.dark_pixels()
    wire.mend()
    assert pad.settle() == "4"
    assert pad.dark_pixels() == ink > 0
