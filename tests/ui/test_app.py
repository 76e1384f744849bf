"""The app without a browser: what the page's script gets, and the API of a running server."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from model.ink.canvas import render_strokes
from model.synthesis.render import example_strokes, styles
from tests.support.app import FakeReader, Server
from ui import draw, page
from ui.workers import DRAWINGS

Call = Callable[[Any], dict[str, Any]]
LINE = {"points": [[320, 80], [320, 400]], "width": 16, "erase": False}


def on_pad(digit: int, seed: int = 0, width: int = 18) -> list[dict[str, Any]]:
    """A digit as the pad sends it."""
    side = draw.HEIGHT
    left = (draw.WIDTH - side) / 2
    lines = example_strokes(digit, seed=seed)
    return [
        {"points": [[left + side * x, side * y] for x, y in line], "width": width, "erase": False} for line in lines
    ]


def served(reader: Any) -> dict[str, Call]:
    return {function.__name__: function for function in draw.server_functions(reader)}


def test_the_pad_gets_what_it_shows(fake_reader: FakeReader) -> None:
    answer = served(fake_reader)["read_pad"]({"strokes": [LINE], "picture": None})
    assert answer["text"] == "7"
    (digit,) = answer["digits"]
    assert digit["label"] == 7 and digit["probabilities"][7] == pytest.approx(0.97) and digit["state"] == "sure"
    assert digit["box"] == pytest.approx([312, 72, 328, 408], abs=2)
    assert digit["pixels"].startswith("data:image/png;base64,")
    assert fake_reader.seen[0].shape == (draw.HEIGHT, draw.WIDTH)
    json.dumps(answer)


@pytest.mark.parametrize(
    ("confidence", "is_digit", "state", "text"),
    [(0.97, 0.99, "sure", "7"), (0.6, 0.99, "unsure", "7"), (0.97, 0.2, "no", "")],
)
def test_states(confidence: float, is_digit: float, state: str, text: str) -> None:
    answer = served(FakeReader(7, confidence, is_digit))["read_pad"]({"strokes": [LINE]})
    assert (answer["digits"][0]["state"], answer["text"]) == (state, text)


def test_an_empty_pad_is_no_error(fake_reader: FakeReader) -> None:
    assert served(fake_reader)["read_pad"]({"strokes": []}) == {"text": "", "digits": []}


BAD_REQUESTS = {
    "nothing": None,
    "text": "7",
    "no strokes": {},
    "strokes of text": {"strokes": "7"},
    "numbers for strokes": {"strokes": [1, 2]},
    "no points": {"strokes": [{"points": [], "width": 10}]},
    "no width": {"strokes": [{"points": [[1, 2]]}]},
    "three coordinates": {"strokes": [{"points": [[1, 2, 3]], "width": 10}]},
    "words for numbers": {"strokes": [{"points": [["a", "b"]], "width": 10}]},
    "ragged points": {"strokes": [{"points": [[1, 2], [3]], "width": 10}]},
    "not finite": {"strokes": [{"points": [[1e999, 0]], "width": 10}]},
    "negative width": {"strokes": [{"points": [[1, 2]], "width": -1}]},
    "huge width": {"strokes": [{"points": [[1, 2]], "width": 1e9}]},
    "too many strokes": {"strokes": [LINE] * (draw.MOST_STROKES + 1)},
    "too many points": {"strokes": [{"points": [[1, 2]] * (draw.MOST_POINTS + 1), "width": 10}]},
    "no sample": {"strokes": [], "picture": "!!"},
    "a short sample": {"strokes": [], "picture": base64.b64encode(b"12").decode()},
    "a sample of numbers": {"strokes": [], "picture": 7},
    "true for a digit": {"strokes": 7, "digit": True},
}


@pytest.mark.parametrize("name", ["read_pad", "explain", "example"])
@pytest.mark.parametrize("request_", BAD_REQUESTS.values(), ids=BAD_REQUESTS)
def test_bad_requests_are_answered_with_a_sentence(fake_reader: FakeReader, name: str, request_: Any) -> None:
    answer = served(fake_reader)[name](request_)
    assert list(answer) == ["message"]
    assert "Traceback" not in answer["message"] and "/" not in answer["message"].split("28×28")[0]


def test_a_broken_reader_is_answered_with_a_sentence(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(FakeReader):
        def read_drawing(self, image: Any, strokes: Any = None) -> Any:
            raise RuntimeError("secret detail")

    answer = served(Broken())["read_pad"]({"strokes": [LINE]})
    assert "try again" in answer["message"] and "secret" not in answer["message"]
    assert "secret detail" in caplog.text, "whoever runs the server can see it"


def test_a_sample_lies_on_the_pad_and_can_be_erased() -> None:
    sample = np.zeros((28, 28), np.uint8)
    sample[4:24, 13:15] = 255
    picture = base64.b64encode(sample.tobytes()).decode()
    paper = draw.paper([], picture)
    rows, columns = np.nonzero(paper < 128)
    middle = (draw.HEIGHT / 2, draw.WIDTH / 2)
    assert (rows.mean(), columns.mean()) == pytest.approx(middle, abs=2)
    wipe = {"points": [[320, 240]], "width": 1000, "erase": True}
    assert (draw.paper([wipe], picture) > 128).all()


def test_drawings_are_read_in_their_own_thread(fake_reader: FakeReader) -> None:
    functions = served(fake_reader).values()
    assert all(getattr(function, "thread", None) is DRAWINGS for function in functions)


def test_why_lies_over_the_ink(fake_reader: FakeReader) -> None:
    (digit,) = served(fake_reader)["read_pad"]({"strokes": [LINE]})["digits"]
    answer = served(fake_reader)["explain"](digit)
    left, top, right, bottom = answer["inked"]
    assert bottom - top == 20 and right - left < 6
    assert answer["heat"].startswith("data:image/png;base64,")
    assert len(fake_reader.seen) == 1, "the drawing is read once"
    assert "message" in served(fake_reader)["explain"]({**digit, "label": 10})


def test_examples_go_through_the_styles(fake_reader: FakeReader) -> None:
    example = served(fake_reader)["example"]
    for digit in range(10):
        shown = [example({"digit": digit, "number": number}) for number in range(len(styles(digit)))]
        assert {answer["style"] for answer in shown} == set(styles(digit))
        assert all(0 <= at <= 1 for answer in shown for line in answer["lines"] for point in line for at in point)


def test_the_page_holds_every_tab(weights: Path, fake_reader: FakeReader) -> None:
    import app

    demo = app.build_demo(fake_reader, None, app.reader.card)
    labels = [block.label for block in demo.blocks.values() if block.get_block_name() == "tabitem"]
    assert labels == ["Draw", "Photo", "Mistakes", "Model"], "no corrections, no tab for them"
    assert isinstance(app.demo, type(demo))
    options = app.launch_options()
    assert options["show_error"] is False and options["footer_links"] == [] and options["ssr_mode"] is False


def test_an_idle_server_is_idle() -> None:
    """Gradio looks into its queue a thousand times a second where nobody tells it otherwise."""
    import gradio as gr

    import app

    with gr.Blocks() as other:
        assert other.queue()._queue.sleep_when_free < app.demo._queue.sleep_when_free == app.QUEUE_PAUSE


def test_a_folder_without_a_gallery_still_reads(weights: Path, tmp_path: Path) -> None:
    import app

    for name in ("weights.safetensors", "card.json"):
        (tmp_path / name).write_bytes((weights / name).read_bytes())
    reader, gallery = app.load(tmp_path)
    assert gallery is None
    assert reader.classify(np.zeros((1, 28, 28), np.uint8)).shape == (1, 10)


def test_styles_load_nothing_from_outside() -> None:
    assert page.styles().index(".page") < page.styles().index(".photo")
    assert "@import" not in page.styles() and "url(http" not in page.styles()


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[Any]:
    from gradio_client import Client

    yield Client(server.url, verbose=False)


def test_it_says_its_address(server: Server) -> None:
    assert server.url in server.said()


def test_the_api_names_and_describes_its_handlers(client: Any) -> None:
    named = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert {"/read_strokes", "/read_drawing", "/read_photo"} <= set(named)
    described = [name for name, endpoint in named.items() if not endpoint.get("description")]
    assert not described, "every handler says what it does"


@pytest.mark.parametrize("digit", range(10))
def test_strokes_are_read(client: Any, digit: int) -> None:
    answer = client.predict(strokes=on_pad(digit), api_name="/read_strokes")
    assert answer["text"] == str(digit)
    (found,) = answer["digits"]
    assert found["label"] == digit and found["accepted"] and found["row"] == 0
    assert sum(found["probabilities"]) == pytest.approx(1, abs=1e-3)
    assert len(found["box"]) == 4 and 0 <= found["is_digit"] <= 1


def test_a_picture_file_is_read(client: Any, tmp_path: Path) -> None:
    from gradio_client import handle_file

    Image.fromarray(render_strokes(on_pad(5), (draw.HEIGHT, draw.WIDTH))).save(tmp_path / "five.png")
    answer = client.predict(handle_file(tmp_path / "five.png"), api_name="/read_drawing")
    assert answer["text"] == "5"


def test_noise_takes_neither_the_memory_nor_the_day(client: Any, tmp_path: Path) -> None:
    """Tens of thousands of specks: only the largest are looked at."""
    from gradio_client import handle_file

    noise = np.random.default_rng(0).integers(0, 256, (1024, 1024), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    start = time.monotonic()
    answer = client.predict(handle_file(tmp_path / "noise.png"), api_name="/read_drawing")
    assert len(answer["digits"]) <= 600
    assert time.monotonic() - start < 60


@pytest.mark.parametrize(
    "strokes",
    ["7", [1], [{"points": [], "width": 1}], [LINE] * (draw.MOST_STROKES + 1)],
    ids=["text", "numbers", "no points", "too many"],
)
def test_bad_strokes_get_a_sentence(client: Any, strokes: Any) -> None:
    with pytest.raises(Exception, match="expected") as caught:
        client.predict(strokes=strokes, api_name="/read_strokes")
    assert "site-packages" not in str(caught.value)


@pytest.mark.parametrize(("width", "height"), [(0, 480), (640, 100_000)])
def test_an_odd_pad_gets_a_sentence(client: Any, width: int, height: int) -> None:
    with pytest.raises(Exception, match="sides from"):
        client.predict(strokes=[LINE], width=width, height=height, api_name="/read_strokes")


def test_nothing_on_the_terminal_looks_like_a_crash(client: Any, server: Server) -> None:
    """Runs after the requests above."""
    assert "Traceback" not in server.said()
