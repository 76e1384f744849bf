"""The README's pictures of the page, drawn by a real Chromium: `python -m tools.screenshots`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page

from model.synthesis.render import example_strokes
from tests.support.app import SIZES
from tests.support.pad import Pad
from tools import ROOT, command_line
from tools.browser import app_and_browser

DOCS = ROOT / "docs"
NUMBER = "2059"
PICTURES: dict[str, tuple[str, Literal["light", "dark"]]] = {
    "screenshot-draw.png": ("desktop", "light"),
    "screenshot-phone.png": ("phone", "dark"),
}
COLOURS = 160  # of the palette that a screenshot is stored with


def main(arguments: Sequence[str] | None = None) -> None:
    """Writes the pictures into docs/."""
    command_line("screenshots", __doc__).parse_args(arguments)
    with app_and_browser("drawing screenshots") as (server, browser):
        for name, (size, scheme) in PICTURES.items():
            draw(browser.new_page(viewport=SIZES[size], color_scheme=scheme), server.url, DOCS / name)
        photo(browser, server.url, DOCS / "screenshot-photo.png")


def draw(page: Page, url: str, path: Path) -> None:
    """The pad with NUMBER on it; a narrow page from top to bottom."""
    open_page(page, url)
    pad = Pad(page, every=1)
    pad.part("width").fill("12")
    for at, digit in enumerate(NUMBER):
        pad.draw(example_strokes(int(digit), seed=3), middle=0.14 + 0.24 * at, size=0.36)
    pad.settle()
    save(page, path)


def photo(browser: Browser, url: str, path: Path) -> None:
    """An example page on the Photo tab, one of its digits looked at."""
    page = browser.new_page(viewport=SIZES["desktop"])
    open_page(page, url)
    page.get_by_role("tab", name="Photo").click()
    page.click(".thumb[data-name=squares]")
    page.wait_for_selector(".photo[data-state=read]")
    page.locator(".photo .box:not(.no)").nth(5).click()
    save(page, path)


def open_page(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector(".draw[data-ready=true]")


def save(page: Page, path: Path) -> None:
    """The page as a PNG with few colours, and the page closed."""
    page.mouse.move(0, 0)
    page.wait_for_timeout(300)
    narrow = page.viewport_size is not None and page.viewport_size["width"] < 600
    page.screenshot(path=path, full_page=narrow)
    page.close()
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    main()
