"""Fixtures that the tests of the page share: the shipped network, the app as a real process, a real Chromium."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from model.synthesis.render import example_strokes
from tests.support import pages
from tests.support.app import CHROMIUM, QUIET, ROOT, SIZES, FakeReader, Server


@pytest.fixture
def fake_reader() -> FakeReader:
    return FakeReader()


@pytest.fixture(scope="session")
def weights() -> Path:
    """The folder of the shipped network."""
    if not (ROOT / "assets" / "card.json").exists():
        pytest.skip("assets/card.json is missing: train a network and publish it with train.py --publish")
    return ROOT / "assets"


@pytest.fixture(scope="session")
def handwriting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with two rows of digits, 358 and 0479, drawn by the tests."""

    def drawn(rng: np.random.Generator, digit: int) -> pages.Glyph:
        return [np.asarray(stroke, float) for stroke in example_strokes(digit, seed=int(rng.integers(9)))]

    composed = pages.compose(np.random.default_rng(4), drawn, ["358", "0479"], pages.Page(size=(500, 700), digit=90))
    file = tmp_path_factory.mktemp("pages") / "handwriting.png"
    Image.fromarray(composed.image).save(file)
    return file


@pytest.fixture(scope="session")
def server(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app with the shipped network, in a process of its own."""
    running = Server(tmp_path_factory.mktemp("server") / "log")
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A real, headless Chromium."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Any, server: Server) -> Iterator[Callable[..., Any]]:
    """visit("phone", color_scheme="dark") opens the page with a context of its own and gives the Playwright page.

    `page.outside` lists the requests that left this machine, `page.wrong` what the console called an error.
    """
    contexts = []

    def open_page(size: str = "desktop", **options: Any) -> Any:
        context = browser.new_context(viewport=SIZES[size], has_touch=size == "phone", **options)
        contexts.append(context)
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.outside, page.wrong = [], []
        page.on(
            "request", lambda request: None if inside(request.url, server.url) else page.outside.append(request.url)
        )
        page.on("pageerror", lambda error: page.wrong.append(str(error)))
        page.goto(server.url)
        page.wait_for_selector(".draw[data-ready=true]")
        return page

    yield open_page
    for context in contexts:
        context.close()


def inside(url: str, server: str) -> bool:
    """Whether an address is the server's own, or no address at all (data:, blob:)."""
    return url.startswith((server + "/", "data:", "blob:", server.replace("http", "ws")))
