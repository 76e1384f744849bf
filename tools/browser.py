"""The app and a Chromium that looks at it, for the programs that need both."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.support.app import CHROMIUM, QUIET, Server


@contextmanager
def app_and_browser(name: str) -> Iterator[tuple[Server, Browser]]:
    """The running app and a browser; both are ended afterwards. Exits with a sentence where there is no Chromium."""
    if CHROMIUM is None:
        sys.exit(f"{name}: no Chromium was found; install one, for example with: apt install chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder) / "log")
        server.start()
        try:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
            yield server, browser
            browser.close()
        finally:
            server.stop()
