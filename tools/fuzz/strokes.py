"""The pad's event, the API's strokes, and the page's other server functions."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import gradio as gr

from model.reader import DigitReader
from model.review import gallery
from tools.fuzz import Target, sentence
from ui import draw, mistakes, photo, photo_process

LINE = {"points": [[320, 80], [320, 400]], "width": 16, "erase": False}


def stroke_texts() -> tuple[bytes, ...]:
    strokes: list[Any] = [
        [],
        [LINE],
        [LINE, {**LINE, "erase": True}],
        [{"points": [[0, 0]], "width": 1e-300}],
        [{"points": [[-1e9, 1e9], [1e300, -1e300]], "width": 16}],
        [{"points": [[1, 2]], "width": -3}],
        [{"points": [], "width": 3}],
        [{"points": {"0": [1, 2]}, "width": 3}],
        [{"points": [[[1, 2]]], "width": [3]}],
        [{"points": [["1", "2"], [None, True]], "width": "3"}],
        [{"points": [[1, 2]], "width": True, "erase": []}],
        [{"points": "x" * 50_000, "width": 3}],
        [{"points": [[1, 2]] * 30_000, "width": 3}],
        [{"points": [[1, 2] * 30_000], "width": 3}],
        [LINE] * 200,
        [LINE] * 5000,
        [[]] * 3,
        None,
        {"points": []},
        "7",
    ]
    requests = [{"strokes": one, "picture": None, "index": 0, "digit": 7, "number": 1, "width": 640, "height": 480}
                for one in strokes]  # fmt: skip
    requests += [
        {"strokes": [], "picture": "A" * 1046 + "=="},
        {"strokes": [LINE], "picture": 7, "index": -1, "digit": 10, "number": -1, "width": -1, "height": "a"},
        {"strokes": [LINE], "picture": "é", "index": 1e999, "digit": 1e308, "number": 10**40, "width": None},
        {"strokes": [LINE], "picture": [], "index": True, "digit": True, "number": 2.5, "width": [1], "height": 1e999},
        {"strokes": [LINE], "width": 16.5, "height": True},
    ]
    requests += [{"example": "lines", "turn": 0}, {"example": 7}, {"path": "/etc/passwd"}, {"path": "a", "turn": True}]
    texts = [json.dumps(request) for request in requests]
    texts += ["null", "7", "[]", '"../card"', '"lines"', '{"number": 0}', "[" * 900 + "]" * 900]
    return tuple(text.encode() for text in texts)


def pad_target(reader: DigitReader, shown: gallery.Gallery | None) -> Target:
    functions = (
        draw.server_functions(reader),
        mistakes.server_functions(reader, shown),
        photo.server_functions(partial(photo_process.respond, reader)),
    )
    answering = [function for some in functions for function in some]
    read_strokes, find = draw.strokes_api(reader), mistakes.api(shown)

    def api(call: Callable[..., Any], *arguments: Any) -> str | None:
        try:
            json.dumps(call(*arguments))
        except gr.Error as error:
            assert not error.print_exception
            return sentence(error.message)
        return None

    def enter(raw: bytes) -> str | None:
        try:
            request = json.loads(raw)
        except (ValueError, RecursionError):
            request = raw.decode("latin-1")
        said = {}
        for function in answering:
            answer = function(request)
            json.dumps(answer)
            if "message" in answer:
                assert "Something went wrong" not in answer["message"], f"{function.__name__} met the unexpected"
                said[function.__name__] = sentence(answer["message"])
        values = request if isinstance(request, dict) else {}
        said["api"] = api(read_strokes, values.get("strokes"), values.get("width"), values.get("height")) or ""
        api(find, values.get("digit"), values.get("index"), values.get("sort", "row"))
        return said.get("read_pad") or said["api"] or None

    return Target(stroke_texts(), enter)
