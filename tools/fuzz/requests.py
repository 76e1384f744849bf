"""HTTP requests to the served app, behind its guard."""

from __future__ import annotations

import json
import re
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import app
from model.reader import DigitReader
from model.review import corrections, gallery
from tests.support.app import free_port
from tools import ROOT
from tools.fuzz import Target, sentence
from tools.fuzz.pictures import encoded, small_page
from ui import guard


def request(path: str, body: Any = None, method: str = "POST", kind: str = "application/json") -> bytes:
    """A request as `requests_target` takes it: method, path and type on the first line, then the body."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return f"{method} /gradio_api/{path} {kind}\n".encode() + raw


def requests(served: list[tuple[int, str]]) -> tuple[bytes, ...]:
    """What a browser, a program and somebody who looks for holes would send; `served`: the page's own functions."""
    seven = [{"points": [[90, 70], [190, 70], [130, 210]], "width": 14}]
    pixel = [[0] * 28 for _ in range(28)]
    file = {"_type": "gradio.FileData"}
    calls = {
        "read_strokes": [seven, 280, 280],
        "read_photo": [
            {"path": "page.png", "url": "https://example.org/page.png", "orig_name": "page.png", "meta": file}
        ],
        "read_drawing": [{"path": "/etc/passwd", "size": 7, "mime_type": "image/png", "meta": file}],
        "mistakes": [4, 9, "confidence"],
        "card": [],
        "correct": [pixel, 7],
    }
    found = [request(f"{way}/{name}", {"data": data}) for name, data in calls.items() for way in ("run", "api", "call")]
    found += [
        request("queue/join", {"data": data, "fn_index": index, "session_hash": "abc", "trigger_id": None})
        for index, data in enumerate(calls.values())
    ]
    called = {"session_hash": "abc", "data": {"strokes": seven, "number": 1, "index": 3, "pixels": pixel, "label": 7}}
    found += [request("component_server/", {**called, "component_id": at, "fn_name": name}) for at, name in served]
    form = b'--x\r\ncontent-disposition: form-data; name="files"; filename="a.png"\r\ncontent-type: image/png\r\n\r\n'
    form += encoded(small_page()) + b"\r\n--x--\r\n"
    found.append(request("upload", form, kind="multipart/form-data;boundary=x"))
    found.append(request("upload?upload_id=1", form, kind="multipart/form-data;boundary=x"))
    for path in ("info", "file=assets/card.json", "file=/etc/passwd", "startup-events", "api/card", "app_id", "login"):
        found += [request(path, b"", "GET"), request(path, {}, "POST")]
    return (*found, request("cancel", {"session_hash": "abc", "fn_index": 1, "event_id": "e"}), request("reset", {}))


def requests_target(reader: DigitReader, shown: gallery.Gallery, folder: Path) -> Target:
    """The real app behind its guard, served on loopback. Streams, which never end, are left out."""
    guard.RATE = guard.BURST = float("inf")  # of one address; here all come from one
    demo = app.build_demo(reader, shown, reader.card, corrections.Store(folder))
    _, url, _ = demo.launch(
        server_name="127.0.0.1", server_port=free_port(), prevent_thread_lock=True, quiet=True, **app.launch_options()
    )
    address = urlsplit(url).netloc

    def enter(raw: bytes) -> str | None:
        line, _, body = raw.partition(b"\n")
        method, path, kind = [*line.decode("latin-1").split(" "), "", ""][:3]
        path = "/" + quote(path.lstrip("/"), safe="/=?&%")
        if not re.fullmatch("[A-Z]{1,20}", method) or re.search("heartbeat|/data|upload_progress", path):
            return "no request"
        headers = {"content-type": "".join(c for c in kind if c.isascii() and c.isprintable()).strip()}
        with closing(HTTPConnection(address, timeout=30)) as asked:
            asked.request(method, path, body, headers)
            answer = asked.getresponse()
            status, text = answer.status, answer.read().decode(errors="replace")
        if status >= 400 and text.startswith("{"):
            said = json.loads(text)
            reason = said.get("error") or said.get("detail")
            assert isinstance(reason, list) or sentence(reason, str(ROOT))  # fastapi lists what misfits, and where
        assert status < 500 or text.startswith('{"error"'), text[:300]
        assert "Traceback" not in text and "root:x" not in text and str(ROOT) not in text
        return None if status < 400 else f"status {status}"

    served = [
        (number, name)
        for number, block in demo.blocks.items()
        for name in dir(block)
        if getattr(getattr(block, name, None), "_is_server_fn", False)
    ]
    return Target(requests(served), enter)
