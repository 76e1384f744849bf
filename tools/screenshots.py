"""The README's pictures of the page, drawn by a real Chromium: `python -m tools.screenshots`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import cv2
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from model.synthesis.render import example_strokes
from tests.support.app import CHROMIUM, QUIET, ROOT, SIZES, Server
from tests.support.pad import Pad

NUMBER = "2059"
PICTURES = {"screenshot-draw.png": ("desktop", "light"), "screenshot-phone.png": ("phone", "dark")}


def main() -> None:
    """Writes PICTURES into docs/."""
    if CHROMIUM is None:
        sys.exit("drawing screenshots: no Chromium here; install one, for example with: apt install chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder) / "log")
        server.start()
        try:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
            for name, (size, scheme) in PICTURES.items():
                page = browser.new_page(viewport=SIZES[size], color_scheme=scheme)
                page.goto(server.url)
                page.wait_for_selector(".draw[data-ready=true]")
                pad = Pad(page, every=1)
                pad.part("width").fill("12")
                for at, digit in enumerate(NUMBER):
                    pad.draw(example_strokes(int(digit), seed=3), middle=0.14 + 0.24 * at, size=0.36)
                pad.settle()
                page.mouse.move(0, 0)
                page.wait_for_timeout(300)
                page.screenshot(path=ROOT / "docs" / name, full_page=size == "phone")
                shrink(ROOT / "docs" / name)
                page.close()
            photo(browser.new_page(viewport=SIZES["desktop"]), server.url)
            browser.close()
        finally:
            server.stop()


def photo(page: Page, url: str) -> None:
    """Writes docs/screenshot-photo.png: an example page on the Photo tab."""
    page.goto(url)
    page.wait_for_selector(".draw[data-ready=true]")
    page.get_by_role("tab", name="Photo").click()
    page.click(".thumb[data-name=squares]")
    page.wait_for_selector(".photo[data-state=read]")
    page.locator(".photo .box:not(.no)").nth(5).click()
    page.mouse.move(0, 0)
    page.wait_for_timeout(300)
    path = ROOT / "docs" / "screenshot-photo.png"
    page.screenshot(path=path)
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(160, dither=Image.Dither.NONE).save(path, optimize=True)


def shrink(path: Path) -> None:
    """Writes the PNG again with the strongest compression."""
    cv2.imwrite(str(path), cv2.imread(str(path)), [cv2.IMWRITE_PNG_COMPRESSION, 9])


if __name__ == "__main__":
    main()
