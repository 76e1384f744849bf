"""How fast the pad answers, in a real Chromium on this machine: `make bench`.

Prints the time from pen-up to the painted answer, and what happens while the pen moves. The figures hold for an idle
machine: server, browser and this script share its cores.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from typing import Any

from model.synthesis.render import example_strokes
from tests.support.app import SIZES
from tests.support.pad import Pad
from tools import command_line
from tools.browser import app_and_browser

DIGITS = 40
SECONDS = 3.0

WATCH = """() => {
    const root = document.querySelector('.draw');
    window.bench = { up: 0, latencies: [], updates: 0, frames: 0 };
    root.addEventListener('pointerup', () => (bench.up = performance.now()), true);
    new MutationObserver(() => {
        if (root.dataset.settled !== 'true' || !bench.up) return;
        const up = bench.up;
        bench.up = 0;
        requestAnimationFrame(() => setTimeout(() => bench.latencies.push(performance.now() - up)));  // painted
    }).observe(root, { attributeFilter: ['data-settled'] });
    new MutationObserver(() => (bench.updates += 1)).observe(root, { attributeFilter: ['data-version'] });
    const frame = () => { bench.frames += 1; requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
}"""


def pen_up_latencies(pad: Pad) -> list[float]:
    """Milliseconds from each pen-up to the painted answer to all that is drawn, in ascending order."""
    pad.page.evaluate("bench.latencies = []")
    for number in range(DIGITS):
        pad.draw(example_strokes(number % 10, seed=number), size=0.8)
        pad.settle()
        pad.page.wait_for_timeout(30)
        pad.clear()
    return sorted(pad.page.evaluate("bench.latencies"))


def look_inside(pad: Pad) -> None:
    """Opens the look inside the network, which follows the drawing from then on."""
    pad.part("look").click()
    pad.page.wait_for_selector(".draw.looking")


def while_drawing(pad: Pad) -> dict[str, float]:
    """Answers shown and frames per second while the pen moves without a pause."""
    page = pad.page
    places = pad.places([point for line in example_strokes(8) for point in line] * 3)
    page.mouse.move(*places[0])
    page.mouse.down()
    page.evaluate("bench.updates = bench.frames = 0")
    start, number = time.perf_counter(), 0
    while time.perf_counter() - start < SECONDS:
        number += 1
        page.mouse.move(*places[number % len(places)])
        page.wait_for_timeout(8)
    seconds = time.perf_counter() - start
    counts: dict[str, Any] = page.evaluate("({ updates: bench.updates, frames: bench.frames })")
    page.mouse.up()
    return {name: count / seconds for name, count in counts.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    """Starts the app and a browser, draws, prints the figures."""
    command_line("bench_page", __doc__).parse_args(arguments)
    start = time.perf_counter()
    with app_and_browser("make bench") as (server, browser):
        up = time.perf_counter() - start
        page = browser.new_page(viewport=SIZES["desktop"])
        start = time.perf_counter()
        page.goto(server.url)
        page.wait_for_selector(".draw[data-ready=true]")
        ready = time.perf_counter() - start
        page.evaluate(WATCH)
        pad = Pad(page)
        pad.draw(example_strokes(0))  # the first answer warms the network up
        pad.settle()
        pad.clear()
        latencies = {"": pen_up_latencies(pad)}
        moving = while_drawing(pad)
        pad.clear()
        look_inside(pad)
        latencies[" with the look inside open"] = pen_up_latencies(pad)
    print(f"app and browser are up after {up:.1f} s, the pad is ready {ready:.1f} s later")
    for how, ms in latencies.items():
        median, most = statistics.median(ms), ms[int(0.9 * len(ms))]
        print(f"pen-up to painted answer{how}, {len(ms)} strokes: median {median:.0f} ms, 90% within {most:.0f} ms")
    print(f"while drawing: {moving['updates']:.0f} updates and {moving['frames']:.0f} frames per second")


if __name__ == "__main__":
    main()
