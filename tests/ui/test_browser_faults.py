"""What goes wrong around an open page, in a real Chromium: a message each time, and nothing that was drawn is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from model.synthesis.render import example_strokes
from tests.support.pad import Pad


def test_the_network_goes_in_mid_stroke_and_comes_back(visit: Callable[..., Any]) -> None:
    pad = Pad(visit())
    (line,) = [[point for stroke in example_strokes(3, seed=1) for point in stroke]]
    first, *others = pad.places(line)
    mouse = pad.page.mouse
    mouse.move(*first)
    mouse.down()
    for number, place in enumerate(others):
        if number == len(others) // 2:
            pad.page.context.set_offline(True)
        mouse.move(*place)
    mouse.up()
    pad.page.wait_for_selector('.draw [data-role="note"]:not([hidden])')
    assert "Your drawing is kept" in pad.part("note").inner_text()
    ink = pad.dark_pixels()
    pad.page.context.set_offline(False)
    assert pad.settle() == "3"
    assert pad.part("note").is_hidden() and pad.dark_pixels() == ink > 0


def test_a_busy_server_is_asked_again(visit: Callable[..., Any]) -> None:
    page = visit()
    pad = Pad(page)
    words = "Many drawings are being read just now. Yours is kept and comes next."
    refused: list[Any] = []

    def busy(route: Any) -> None:
        if len(refused) >= 2:
            return route.continue_()
        refused.append(route)
        route.fulfill(status=200, content_type="application/json", body=json.dumps({"busy": words, "message": words}))

    page.route("**/component_server/", busy)
    pad.draw(example_strokes(4))
    page.wait_for_selector('.draw [data-role="note"]:not([hidden])')
    assert pad.part("note").inner_text() == words
    assert pad.settle() == "4" and pad.part("note").is_hidden()


def photo_tab(page: Any) -> Any:
    page.get_by_role("tab", name="Photo").click()
    page.wait_for_selector(".photo[data-ready=true]")
    return page.locator(".photo")


def test_a_refused_camera_is_said(visit: Callable[..., Any]) -> None:
    page = visit()  # a browser that nobody allowed the camera, on a machine without one
    box = photo_tab(page)
    box.get_by_role("button", name="Camera").click()
    page.get_by_text("No camera: it is refused, missing or in use.").wait_for()


def test_an_empty_clipboard_is_said(visit: Callable[..., Any]) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    page.evaluate("navigator.clipboard.writeText('no picture')")
    box = photo_tab(page)
    box.get_by_role("button", name="Paste").click()
    page.get_by_text("There is no picture in the clipboard.").wait_for()
