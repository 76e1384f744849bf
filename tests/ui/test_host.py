"""What the page needs of its machine: a folder for uploads, no proxy to itself, a port of its own; and shared links."""

from __future__ import annotations

import os
import re
import socket
import tempfile
import urllib.request
from pathlib import Path

import pytest
from PIL import Image

import app
from tests.support.app import ROOT, Server
from ui import document, host


def test_uploads_lie_in_a_folder_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = Path(host.temporary_folder())
    assert folder.parent == tmp_path and folder.stat().st_mode & 0o077 == 0
    assert host.temporary_folder() == str(folder), "the same one the next time"


@pytest.mark.parametrize("obstacle", ["file", "link", "read-only"])
def test_a_folder_that_is_not_ones_own_is_left_alone(
    obstacle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    taken = Path(host.temporary_folder())
    taken.rmdir()
    if obstacle == "file":
        taken.write_text("somebody's")
    elif obstacle == "link":
        taken.symlink_to(ROOT)
    else:
        taken.mkdir(0o500)
        monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != taken)  # root may write everywhere
    other = Path(host.temporary_folder())
    assert other != taken and other.is_dir()
    other.rmdir()


@pytest.mark.parametrize("before", [{}, {"no_proxy": "intern.example"}, {"NO_PROXY": "localhost, intern.example"}])
def test_loopback_is_exempt_from_proxies(before: dict[str, str]) -> None:
    environment = {"http_proxy": "http://proxy.example:3128", **before}
    host.exempt_loopback(environment)
    for name in ("no_proxy", "NO_PROXY"):
        hosts = environment[name].split(",")
        assert {"localhost", "127.0.0.1"} <= set(hosts) and len(hosts) == len(set(hosts))
        assert ("intern.example" in hosts) == bool(before)


def test_it_starts_behind_a_proxy_and_where_gradios_folder_is_somebody_elses(weights: Path, tmp_path: Path) -> None:
    """And reads a picture file there."""
    from gradio_client import Client, handle_file

    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp" / "gradio").write_text("no folder, so that nobody can write into it")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        proxy = f"http://127.0.0.1:{nobody.getsockname()[1]}"  # where nothing answers
        server = Server(tmp_path / "log", http_proxy=proxy, HTTP_PROXY=proxy, no_proxy="", TMPDIR=str(tmp_path / "tmp"))
        server.start()
        try:
            Image.new("L", (64, 64), 255).save(tmp_path / "empty.png")
            answer = Client(server.url, verbose=False).predict(
                handle_file(tmp_path / "empty.png"), api_name="/read_drawing"
            )
        finally:
            server.stop()
    assert answer["text"] == ""
    assert "Traceback" not in server.said()


def fetched(url: str, **headers: str) -> tuple[str, bytes]:
    """Content type and body."""
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.headers["content-type"], answer.read()


def test_a_shared_link_shows_title_description_and_picture(server: Server) -> None:
    kind, body = fetched(server.url + "/?utm=x", **{"x-forwarded-proto": "https", "x-forwarded-host": "digits.example"})
    assert kind.startswith("text/html")
    html = body.decode()
    found = dict(re.findall(r'<meta property="(og:[a-z:]+)" content="([^"]*)"', html))
    assert found["og:title"] == app.TITLE and found["og:description"] == app.DESCRIPTION
    assert found["og:url"] == "https://digits.example/" and found["og:image"] == "https://digits.example/preview.png"
    assert "Click to try out the app" not in html and "{url}" not in html and "header-image" not in html
    assert html.count("<title>") == 1 and html.index("charset") < 1024


def test_the_picture_and_the_icon_are_served(server: Server) -> None:
    for name in ("preview.png", "favicon.ico"):
        kind, body = fetched(f"{server.url}/{name}")
        assert kind == "image/png" and body.startswith(b"\x89PNG")
    with Image.open(document.STATIC / document.PREVIEW) as picture:
        assert picture.size == (1200, 630)


def test_the_title_is_painted_before_a_script_has_run(server: Server) -> None:
    html = fetched(server.url)[1].decode()
    title, app_begins = html.index(f"<h1>{app.TITLE}</h1>"), html.index("<gradio-app")
    assert html.index("<body") < title < html.index(f"<p>{app.DESCRIPTION}</p>") < app_begins
    assert "--ground: " in html[: html.index("</head>")], "with its colours"
