"""The Draw tab of an open page, as a visitor uses it: for the browser tests, the bench and the screenshots."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

Line = Sequence[Sequence[float]]


class Pad:
    """The Draw tab of an open page, as a visitor uses it."""

    def __init__(self, page: Any, every: int = 3) -> None:
        """every: of a long line, every third point is enough to be read, and is drawn in a third of the time."""
        self.page, self.every = page, every
        self.root = page.locator(".draw")
        self.canvas = page.locator('.draw [data-role="ink"]')

    def part(self, name: str) -> Any:
        return self.page.locator(f'.draw [data-role="{name}"]')

    def places(self, line: Line, middle: float = 0.5, size: float = 1) -> list[tuple[float, float]]:
        """Page coordinates of points in 0..1 of a square, `size` times as high as the pad, at `middle` of its width."""
        box = self.canvas.bounding_box()
        left, side = box["x"] + box["width"] * middle - box["height"] * size / 2, box["height"] * size
        top = box["y"] + (box["height"] - side) / 2
        points = [*line[: -1 : self.every], line[-1]] if len(line) > 9 else line
        return [(left + side * x, top + side * y) for x, y in points]

    def draw(self, lines: Sequence[Line], middle: float = 0.5, size: float = 1) -> None:
        """Draw polylines with the mouse."""
        mouse = self.page.mouse
        for line in lines:
            first, *others = self.places(line, middle, size)
            mouse.move(*first)
            mouse.down()
            for place in others:
                mouse.move(*place)
            mouse.up()

    def touch(self, lines: Sequence[Line]) -> None:
        """Draw polylines with a finger."""
        client = self.page.context.new_cdp_session(self.page)
        for line in lines:
            for number, (x, y) in enumerate(self.places(line)):
                kind = "touchMove" if number else "touchStart"
                client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
            client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        client.detach()

    def settle(self) -> str:
        """What the page reads once it has the answer to all that is drawn."""
        self.page.wait_for_selector(".draw[data-settled=true]")
        return self.root.get_attribute("data-answer")

    def state(self) -> str:
        self.settle()
        return self.root.get_attribute("data-state")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def clear(self) -> None:
        if self.part("clear").is_enabled():
            self.part("clear").click()
        self.settle()

    def dark_pixels(self) -> int:
        """How many of the canvas' pixels are ink."""
        return self.canvas.evaluate(
            """(canvas) => {
                const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
                let dark = 0;
                for (let i = 0; i < data.length; i += 4) dark += data[i] < 128;
                return dark;
            }"""
        )

    def saved(self) -> dict[str, Any]:
        return json.loads(self.page.evaluate("sessionStorage.getItem('digit-pad')"))
