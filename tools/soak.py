"""`make soak`: 50 visitors draw two strokes a second for a minute while 5 upload pages of 12 megapixels.

    python -m tools.soak
    python -m tools.soak --visitors 10 --seconds 10
    python -m tools.soak --publish            and write the figures to docs/measured.json and docs/development.md

Starts the app on loopback in a process of its own. Each visitor draws a digit of their own, stroke by stroke, asks
after each stroke as the pad does, and knows what the answer to the whole digit is: an answer that never comes is
lost, one of another visitor is mixed up. Each page has its own digits as well. Exits with 1 after any lost or mixed-up
answer or error. The visitors share the machine with the server, so its figures are for both together.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import platform
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from PIL import Image

from model.ink.canvas import render_strokes
from model.reader import DigitReader
from model.synthesis.render import example_strokes
from tests.support.app import Server
from tools import command_line
from tools.measured import publish
from ui import draw

STROKES_PER_SECOND = 2
PATIENCE = 30.0  # seconds after which an answer is lost
QUIET = 10.0  # seconds after the load, before memory is looked at again


def digit_strokes(digit: int, seed: int) -> list[dict[str, Any]]:
    """A digit in the pad's units, its lines cut in two, so that it is drawn in several strokes."""
    side, left = draw.HEIGHT, (draw.WIDTH - draw.HEIGHT) / 2
    strokes = []
    for line in example_strokes(digit, seed=seed):
        points = [[left + side * x, side * y] for x, y in line]
        half = len(points) // 2
        parts = [points[: half + 1], points[half:]] if half else [points]
        strokes += [{"points": part, "width": 16, "erase": False} for part in parts]
    return strokes


def page_jpeg(reader: DigitReader, seed: int) -> tuple[bytes, str]:
    """A photo of 4000×3000 with 24 digits in three rows, and what the reader finds on it when nobody else is there."""
    rng = random.Random(seed)
    strokes = []
    for row in range(3):
        for column in range(8):
            for line in example_strokes(rng.randrange(10), seed=seed):
                points = [[300 + 430 * column + 300 * x, 400 + 800 * row + 500 * y] for x, y in line]
                strokes.append({"points": [[x / 2, y / 2] for x, y in points], "width": 18})
    grey = render_strokes(strokes, (1500, 2000))
    image = Image.fromarray(np.asarray(grey)).resize((4000, 3000)).convert("RGB")
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue(), reader.read_photo(Image.open(io.BytesIO(buffer.getvalue()))).text


class Load:
    """What happened, and what each visitor does."""

    def __init__(self, url: str, seconds: float) -> None:
        self.url, self.seconds = url, seconds
        self.latencies: list[float] = []
        self.page_latencies: list[float] = []
        self.strokes = self.pages = self.lost = self.mixed = self.errors = self.busy = 0
        self.said: list[str] = []

    def wrong(self, what: str) -> None:
        if len(self.said) < 10:
            self.said.append(what[:300])

    async def draws(self, client: httpx.AsyncClient, component: int, number: int, expected: dict[Any, str]) -> None:
        """A visitor at the pad: a stroke each half second, from a moment of their own on, a digit after the other."""
        session, seed = f"visitor-{number}", number % 5
        digit = number % 10
        parts = digit_strokes(digit, seed)
        start = time.monotonic() + random.Random(number).random() / STROKES_PER_SECOND
        done, drawn = 0, 0
        while done < self.seconds * STROKES_PER_SECOND:
            await asyncio.sleep(max(0.0, start + done / STROKES_PER_SECOND - time.monotonic()))
            done, drawn = done + 1, drawn % len(parts) + 1
            request = {
                "data": {"strokes": parts[:drawn], "picture": None},
                "component_id": component,
                "fn_name": "read_pad",
                "session_hash": session,
            }
            self.strokes += 1
            began = time.monotonic()
            try:
                came = await client.post(f"{self.url}/gradio_api/component_server/", json=request, timeout=PATIENCE)
                answer = came.json()
            except (httpx.HTTPError, ValueError) as error:
                self.lost += 1
                self.wrong(f"stroke: {error!r}")
                continue
            self.latencies.append(time.monotonic() - began)
            if answer.get("busy"):
                self.busy += 1
            if came.status_code != 200 or "digits" not in answer:
                self.errors += 1
                self.wrong(f"stroke: {came.status_code} {came.text}")
            elif answer["text"] != expected[digit, seed, drawn]:
                self.mixed += 1
                self.wrong(f"{session} drew {digit}, got {answer['text']!r}, not {expected[digit, seed, drawn]!r}")

    async def uploads(self, client: httpx.AsyncClient, number: int, jpeg: bytes, text: str) -> None:
        """A program that sends its page, waits for the answer, and begins again."""
        end = time.monotonic() + self.seconds
        while time.monotonic() < end:
            began = time.monotonic()
            self.pages += 1
            try:
                sent = await client.post(
                    f"{self.url}/gradio_api/upload", files={"files": (f"{number}.jpg", jpeg)}, timeout=PATIENCE
                )
                data = {"path": sent.json()[0], "meta": {"_type": "gradio.FileData"}}
                job = await client.post(f"{self.url}/gradio_api/call/read_photo", json={"data": [data]}, timeout=60)
                stream = await client.get(
                    f"{self.url}/gradio_api/call/read_photo/{job.json()['event_id']}", timeout=120
                )
            except (httpx.HTTPError, ValueError, LookupError) as error:
                self.lost += 1
                self.wrong(f"page: {error!r}")
                continue
            self.page_latencies.append(time.monotonic() - began)
            found = re.search(r"event: complete\ndata: (.*)", stream.text)
            if not found:
                self.errors += 1
                self.wrong(f"page: {stream.text}")
            elif json.loads(found[1])[0]["text"] != text:
                self.mixed += 1
                self.wrong(f"page {number}: {found[1][:80]}, not {text!r}")


def resident(pid: int) -> float:
    """Megabytes that a process and its children hold."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    threads = Path(f"/proc/{pid}/task").glob("*/children")  # each lists what that thread has started
    children = " ".join(thread.read_text() for thread in threads).split()
    return (int(found[1]) / 1024 if found else 0.0) + sum(resident(int(child)) for child in children)


def processor_seconds(pid: int) -> float:
    """What a process has used of the cores, without its children."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


async def soak(server: Server, visitors: int, uploaders: int, seconds: float) -> dict[str, Any]:
    """Draw and upload for so many seconds; the figures as JSON values."""
    reader = DigitReader.load()
    expected = expected_readings(reader, visitors)
    pages = [page_jpeg(reader, number) for number in range(uploaders)]
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=visitors + uploaders)
    assert server.process is not None
    async with httpx.AsyncClient(limits=limits) as client:
        component = await pad_component(client, server)
        await all_at_once(Load(server.url, 4), client, component, expected, 10, pages[:2])  # to warm up
        before, server_spent = resident(server.process.pid), processor_seconds(server.process.pid)
        load = Load(server.url, seconds)
        spent = os.times()
        await all_at_once(load, client, component, expected, visitors, pages)
    used = sum(os.times()[:2]) - sum(spent[:2])
    served = processor_seconds(server.process.pid) - server_spent
    peak, load_average, cores = resident(server.process.pid), os.getloadavg()[0], len(os.sched_getaffinity(0))
    machine = f"{cores} core{'s' * (cores > 1)} of {platform.machine()} {platform.system()} (load {load_average:.1f})"
    await asyncio.sleep(QUIET)
    for text in load.said:
        print(text)
    print(f"visitors took {used:.0f} s of processor, load {load_average:.1f}, at the end {peak:.0f} MB")
    return {
        "visitors": visitors,
        "strokes_per_second": STROKES_PER_SECOND,
        "uploaders": uploaders,
        "seconds": round(seconds),
        **outcome(load),
        "strokes_per_core_second": round(load.strokes / served),
        "before_mb": round(before),
        "after_mb": round(resident(server.process.pid)),
        "machine": machine,
    }


def expected_readings(reader: DigitReader, visitors: int) -> dict[tuple[int, int, int], str]:
    """What the pad must answer after each stroke of every drawing: by digit, seed and strokes drawn."""
    expected = {}
    for digit, seed in {(number % 10, number % 5) for number in range(max(visitors, 10))}:
        parts = digit_strokes(digit, seed)
        for drawn in range(1, len(parts) + 1):
            own = parts[:drawn]
            expected[digit, seed, drawn] = reader.read_drawing(draw.paper(own), strokes=own).text
    return expected


async def pad_component(client: httpx.AsyncClient, server: Server) -> int:
    """The number of the component whose server function reads the pad."""
    config = (await client.get(f"{server.url}/config")).json()
    return next(one["id"] for one in config["components"] if "read_pad" in (one["props"].get("server_fns") or []))


async def all_at_once(
    load: Load,
    client: httpx.AsyncClient,
    component: int,
    expected: dict[tuple[int, int, int], str],
    visitors: int,
    pages: Sequence[Any],
) -> None:
    """Visitors who draw and people who upload pages, until the load's time is up."""
    await asyncio.gather(
        *(load.draws(client, component, number, expected) for number in range(visitors)),
        *(load.uploads(client, number, *page) for number, page in enumerate(pages)),
    )


def outcome(load: Load) -> dict[str, Any]:
    """What became of the strokes and pages, and how long they took."""
    latencies = sorted(load.latencies) or [0.0]
    return {
        "strokes": load.strokes,
        "pages": load.pages,
        "lost": load.lost + load.mixed,
        "errors": load.errors,
        "busy": load.busy,
        "median_ms": round(1000 * statistics.median(latencies)),
        "p95_ms": round(1000 * latencies[int(0.95 * (len(latencies) - 1))]),
        "page_median_ms": round(1000 * statistics.median(load.page_latencies or [0.0])),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = command_line("soak", __doc__)
    parser.add_argument("--visitors", type=int, default=50, help="people who draw (default: 50)")
    parser.add_argument("--uploaders", type=int, default=5, help="programs that upload pages (default: 5)")
    parser.add_argument("--seconds", type=float, default=60, help="how long they go on (default: 60)")
    parser.add_argument("--publish", action="store_true", help="write the figures into docs/")
    args = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="soak") as folder:
        server = Server(Path(folder) / "log")
        server.start()
        try:
            result = asyncio.run(soak(server, args.visitors, args.uploaders, args.seconds))
            crashed = "Traceback" in server.said()
        finally:
            server.stop()
    print(json.dumps(result))
    if crashed:
        print("the server's log holds a traceback")
    if args.publish:
        publish("soak", result)
    return int(bool(result["lost"] or result["errors"] or crashed))


if __name__ == "__main__":
    sys.exit(main())
