"""The HTML around Gradio's page: its title is painted before a script has run, and a link to it that is shared shows
title, description and picture of our own."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from string import Template

from starlette.datastructures import URL, Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.page import asset

STATIC = Path(__file__).resolve().parent / "static"
FAVICON = STATIC / "favicon.png"
PREVIEW = "preview.png"  # 1200 × 630, as the large cards are
FIRST = Template(asset("static/document.html"))
STYLE = f"<style>{asset('static/document.css')}</style>"
APP = "<gradio-app"  # the element that Gradio fills
CHARSET = '<meta charset="utf-8" />'  # must be among the first bytes
GRADIOS = re.compile(r'\s*<meta\s+(?:property="og:|name="twitter:)[^>]*>')


def tags(title: str, description: str, url: str, picture: str) -> str:
    """The head's elements that say what the page at `url` is."""
    named = {"description": description, "twitter:card": "summary_large_image"}
    properties = {
        "og:type": "website",
        "og:title": title,
        "og:description": description,
        "og:url": url,
        "og:image": picture,
        "og:image:alt": description,
    }
    lines = [f"<title>{escape(title)}</title>"]
    lines += [f'<meta name="{name}" content="{escape(value)}">' for name, value in named.items()]
    lines += [f'<meta property="{name}" content="{escape(value)}">' for name, value in properties.items()]
    return "\n".join(lines)


def address(scope: Scope) -> URL:
    """The address of the page as its visitor wrote it, also when a proxy stands between."""
    headers = Headers(scope=scope)
    url = URL(scope=scope).replace(query="", fragment="")
    scheme = headers.get("x-forwarded-proto", url.scheme).split(",")[0].strip()
    host = headers.get("x-forwarded-host", headers.get("host", url.netloc)).split(",")[0].strip()
    return url.replace(scheme=scheme if scheme in ("http", "https") else url.scheme, netloc=host)


class Document:
    """ASGI middleware that puts the tags, and what is painted first, into the HTML of the page."""

    def __init__(self, app: ASGIApp, title: str, description: str) -> None:
        self.app, self.title, self.description = app, title, description

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].removeprefix(scope.get("root_path", "")) not in ("", "/"):
            return await self.app(scope, receive, send)
        start: Message = {}
        body = b""

        async def whole(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            if "text/html" in Headers(raw=start["headers"]).get("content-type", ""):
                body = self.completed(body, address(scope))
                MutableHeaders(raw=start["headers"])["content-length"] = str(len(body))
            await send(start)
            await send({"type": "http.response.body", "body": body})

        await self.app(scope, receive, whole)

    def completed(self, body: bytes, url: URL) -> bytes:
        """The page's HTML with our tags in place of Gradio's, and its title before what Gradio fills."""
        picture = str(url).rstrip("/") + "/" + PREVIEW
        ours = tags(self.title, self.description, str(url), picture)
        first = FIRST.substitute(title=escape(self.title), description=escape(self.description))
        html = GRADIOS.sub("", body.decode()).replace(CHARSET, f"{CHARSET}\n{ours}\n{STYLE}", 1)
        return html.replace(APP, f"{first}{APP}", 1).encode()


async def _preview(request: Request) -> FileResponse:
    return FileResponse(STATIC / PREVIEW)


ROUTES = [Route(f"/{PREVIEW}", _preview)]
