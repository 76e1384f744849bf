"""What stands before Gradio: closed routes, bounded requests, sentences in place of bare errors, security headers."""

from __future__ import annotations

import json
import logging
import os
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from functools import partial
from typing import Any

import gradio as gr
from gradio.route_utils import FnIndexInferError
from starlette.exceptions import HTTPException

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

LARGEST_BODY = 2_000_000  # bytes of a request without a file: 20,000 points have 400,000
MOST_AT_ONCE = 200  # readings of drawings that may wait for each other
RATE, BURST = 300.0, 600.0  # requests a second of one address, and how many it may save up
MOST_ADDRESSES = 10_000
FILES = (  # routes that take files, or pictures in base64
    "/gradio_api/upload",
    *(f"/gradio_api/{way}/{name}" for way in ("call", "run") for name in ("read_photo", "read_drawing")),
)
CALLS = "/gradio_api/component_server"
CLOSED = (  # routes of Gradio that this page does not use
    "/gradio_api/custom_component/",
    "/gradio_api/deep_link",
    "/gradio_api/dev/",
    "/gradio_api/process_recording",
    "/gradio_api/proxy=",
    "/gradio_api/run-history/",
    "/gradio_api/stream/",
    "/gradio_api/undo-vibe-edit",
    "/gradio_api/vibe-",
    "/monitoring",
)
ASSETS = "/assets/"  # Gradio's scripts and styles: their names change with their content
THEME = "/theme.css"  # so does the query of this one, which is the hash of the theme
FOREVER = (b"cache-control", b"public, max-age=31536000, immutable")
EMBEDDING = "https://huggingface.co https://*.hf.space http://localhost:* http://127.0.0.1:*"
# Gradio's page is made of inline scripts and templates that are compiled in the browser; all else comes from here.
POLICY = (
    "default-src 'self' data: blob:; script-src 'self' blob: 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors {ancestors}"
)
BUSY = "Many drawings are being read just now. Yours is kept and comes next."
HASTY = f"More than {RATE:.0f} requests a second came from your address. Wait a second, then go on."
LARGE = "The request is larger than {most:,} bytes. Send less at once."
ODD = "The request does not have the form that is expected here; /gradio_api/info describes it."
OWN_FAULT = "Something went wrong on the server, not in your request. Try again later; its log says more."
FAULTS_OF_REQUESTS = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    AssertionError,
    RecursionError,
    FnIndexInferError,
    HTTPException,
)


def headers(environment: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """The security headers of every answer. DIGIT_FRAME_ANCESTORS names who may show the page in a frame: sources as
    in CSP's frame-ancestors, with spaces between them. Raises ValueError when it holds anything else.
    """
    embedding = environment.get("DIGIT_FRAME_ANCESTORS", "").strip() or EMBEDDING
    if not re.fullmatch(r"[\w.:/*' -]+", embedding, re.ASCII):
        raise ValueError(
            f"DIGIT_FRAME_ANCESTORS: got {embedding!r:.80}, expected addresses such as "
            "https://example.org https://*.example.org, with spaces between them"
        )
    ancestors = embedding if embedding == "'none'" else f"'self' {embedding}"
    return [
        (b"content-security-policy", POLICY.format(ancestors=ancestors).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"permissions-policy", b"camera=(self), microphone=(), geolocation=()"),
    ]


def blame(error: Exception) -> tuple[int, str]:
    """Status and sentence for an exception that nobody caught: 400 for what odd requests raise in Gradio, else 500.

    Starlette wraps an HTTPException that comes when the answer has already begun; its cause says whose fault it is.
    """
    odd = isinstance(error, FAULTS_OF_REQUESTS) or isinstance(error.__cause__, HTTPException)
    return (400, ODD) if odd else (500, OWN_FAULT)


def logged(what: str, error: Exception) -> None:
    """Write an exception that nobody caught to the log: a line for an odd request, all of it for a fault of ours."""
    own = blame(error)[1] == OWN_FAULT
    logging.getLogger(__name__).warning("%s: %.300r", what, error, exc_info=error if own else None)


class TooLarge(Exception):
    """A request's body grew over its bound."""


class Guard:
    """ASGI middleware around Gradio's routes. `files` is the bound in bytes for an upload, all its files together."""

    def __init__(self, app: App, files: int) -> None:
        self.app, self.files = app, files
        self.headers = headers(os.environ)
        self.waiting = 0
        self.addresses: OrderedDict[str, tuple[float, float]] = OrderedDict()  # -> (requests saved up, at this time)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        added = [*self.headers, *([FOREVER] if fingerprinted(path, scope) else [])]

        async def with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message = completed(message, added)
            await send(message)

        most = self.files if path.startswith(FILES) else LARGEST_BODY
        call = path.startswith(CALLS)
        if refusal := self.refusal(path, call, most, scope):
            return await refusal(with_headers)
        self.waiting += call
        try:
            await self.app(scope, bounded(receive, most), with_headers)
        except TooLarge:
            if not started:
                await answer(with_headers, 413, LARGE.format(most=most))
        except Exception as error:
            logged(f"{scope['method']} {path[:100]}", error)
            if not started:
                await answer(with_headers, *blame(error))
            elif blame(error)[1] == OWN_FAULT:
                raise
            else:
                await send({"type": "http.response.body", "body": b""})
        finally:
            self.waiting -= call

    def refusal(self, path: str, call: bool, most: int, scope: Message) -> Callable[[Send], Awaitable[None]] | None:
        """What answers a request that is not let in, None for one that is."""
        if path.startswith(CLOSED):
            return partial(answer, status=404, sentence="There is nothing here.")
        if not self.allow(address(scope)):
            return partial(busy, sentence=HASTY) if call else partial(answer, status=429, sentence=HASTY)
        if declared(scope) > most:
            return partial(answer, status=413, sentence=LARGE.format(most=most))
        if call and self.waiting >= MOST_AT_ONCE:
            return partial(busy, sentence=BUSY)
        return None

    def allow(self, who: str) -> bool:
        """Whether an address may send another request now: a token bucket."""
        now = time.monotonic()
        saved, then = self.addresses.pop(who, (BURST, now))
        saved = min(BURST, saved + (now - then) * RATE)
        self.addresses[who] = (max(saved - 1, 0.0), now)
        if len(self.addresses) > MOST_ADDRESSES:
            self.addresses.popitem(last=False)
        return saved >= 1


def fingerprinted(path: str, scope: Message) -> bool:
    """Whether what is sent has a name of its own: with other content it would have another."""
    return path.startswith(ASSETS) or (path == THEME and scope["query_string"].startswith(b"v="))


def completed(start: Message, added: Iterable[tuple[bytes, bytes]]) -> Message:
    """The start of a response with further headers; those that it has stay, and only what is found is kept."""
    known = {name.lower() for name, _ in start.get("headers", [])}
    new = [header for header in added if header[0] not in known and (header != FOREVER or start["status"] == 200)]
    return {**start, "headers": [*start.get("headers", []), *new]}


def address(scope: Message) -> str:
    """Who sends; on a Space everyone comes through its proxy, which says for whom."""
    if "SPACE_ID" in os.environ:
        for name, value in scope["headers"]:
            if name == b"x-forwarded-for":
                return value.decode("latin-1").rsplit(",", 1)[-1].strip()
    return (scope.get("client") or ("",))[0]


def declared(scope: Message) -> int:
    """The length that a request says it has, 0 when it says none."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


def bounded(receive: Receive, most: int) -> Receive:
    """`receive` that raises TooLarge when more than `most` bytes have come."""
    came = 0

    async def counted() -> Message:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        if came > most:
            raise TooLarge
        return message

    return counted


async def answer(send: Send, status: int, sentence: str) -> None:
    """A whole response: {"error": sentence}, as Gradio's own."""
    await respond(send, status, {"error": sentence})


async def busy(send: Send, sentence: str) -> None:
    """What the page's scripts take for "ask again soon": Gradio's client hands on no body of another status."""
    await respond(send, 200, {"busy": sentence, "message": sentence})


async def respond(send: Send, status: int, values: dict[str, str]) -> None:
    body = json.dumps(values).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if status == 429:
        headers.append((b"retry-after", b"1"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Page(gr.Blocks):
    """gr.Blocks that answers what it cannot do with a sentence, where Gradio would print a traceback."""

    async def process_api(self, *given: Any, **named: Any) -> dict[str, Any]:
        try:
            return await super().process_api(*given, **named)
        except gr.Error:
            raise
        except Exception as error:
            logged("a request that could not be answered", error)
            raise gr.Error(blame(error)[1], print_exception=False, title="This request cannot be answered") from None
