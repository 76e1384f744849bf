"""What a public page gets thrown at its server: closed routes, paths that lead out, odd requests, floods, secrets."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from tests.support.app import ROOT, Server
from tools import audit
from ui import guard

INSIDE = re.compile(rb"root:x?:|build_demo\(|\[tool\.ruff\]|\"weights_sha256\"")  # of files that must not come out


def routes() -> Iterator[tuple[str, str]]:
    """(method, path) of every route of the real app."""
    from gradio.routes import App

    import app

    def walk(found: Any) -> Iterator[tuple[str, str]]:
        for route in found:
            inner = getattr(route, "original_router", None)
            if inner is not None:
                yield from walk(inner.routes)
            for method in getattr(route, "methods", None) or ():
                yield method, route.path

    yield from walk(App.create_app(app.demo, app_kwargs={}).routes)


def ask(server: Server, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    """Status and the first bytes of an answer; the path goes out as it is, dots and all."""
    address = urlsplit(server.url)
    line = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
    try:
        line.putrequest(method, path, skip_host=False, skip_accept_encoding=True)
        for name, value in {"content-length": str(len(body)), **headers}.items():
            line.putheader(name.replace("_", "-"), value)
        line.endheaders(body)
        answer = line.getresponse()
        return answer.status, answer.read(200_000) if "event-stream" not in str(answer.headers) else b""
    except TimeoutError:
        return 0, b""
    finally:
        line.close()


OUT = (
    "/etc/passwd",
    str(ROOT / "app.py"),
    "../../../../../../../../etc/passwd",
    "..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/%2e%2e/app.py",
    "....//....//etc/passwd",
    "..\\..\\app.py",
    "assets/card.json",
    "app.py",
    "file:///etc/passwd",
    "/proc/self/environ",
)


def test_no_route_leads_out_of_what_is_served(server: Server) -> None:
    open_ended = [path for method, path in routes() if method == "GET" and "{" in path]
    assert len(open_ended) > 8, "Gradio's own routes for files are among them"
    for path in open_ended:
        for way in OUT:
            for text in (way, quote(way, safe="")):
                asked = re.sub(r"\{[^}]*\}", lambda _, text=text: text, path).replace(" ", "%20")
                status, body = ask(server, asked)
                assert not INSIDE.search(body) and b"Traceback" not in body, f"{asked}: {status} {body[:200]!r}"
    assert "Traceback" not in server.said(), server.said()[-3000:]


def test_routes_that_the_page_does_not_use_are_closed(server: Server) -> None:
    paths = [re.sub(r"\{[^}]*\}", "x", path) for _, path in routes()]
    closed = [path for path in paths if path.startswith(guard.CLOSED)]
    for prefix in guard.CLOSED:
        assert any(path.startswith(prefix) for path in closed), f"Gradio has no {prefix} any more"
    for path in sorted(set(closed)):
        assert ask(server, path)[0] == ask(server, path, "POST")[0] == 404, path


CALL = {"data": 1, "component_id": 1, "fn_name": "read_pad", "session_hash": "s"}
FILE = {"_type": "gradio.FileData"}
DOUBTFUL = {
    "no body": ("component_server/", b""),
    "no JSON": ("component_server/", b"{nonsense"),
    "no text": ("component_server/", b"\xff\xfe\x00"),
    "an unknown component": ("component_server/", CALL | {"component_id": 10**6}),
    "another function": ("component_server/", CALL | {"fn_name": "__init__"}),
    "too few values": ("run/read_strokes", {"data": []}),
    "no list": ("run/read_strokes", {"data": "x"}),
    "an unknown name": ("run/nothing", {"data": []}),
    "an unknown name, v2": ("call/v2/nothing", {"x": 1}),
    "a path": ("run/read_photo", {"data": [{"path": "/etc/passwd", "meta": FILE}]}),
    "an inside address": ("run/read_photo", {"data": [{"url": "http://127.0.0.1:1/x", "meta": FILE}]}),
    "a number": ("run/read_photo", {"data": [7]}),
    "a number in the queue": ("queue/join", {"data": [7], "fn_index": 0, "session_hash": "s"}),
    "an unknown event": ("queue/join", {"data": [7], "fn_index": 10**6, "session_hash": "s"}),
    "no files": ("upload", {}),
    "deep JSON": ("component_server/", b"[" * 100_000),
}  # fmt: skip


@pytest.mark.parametrize("case", DOUBTFUL)
def test_odd_requests_get_an_answer_without_a_traceback(server: Server, case: str) -> None:
    path, body = DOUBTFUL[case]
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    before = server.said().count("Traceback")
    status, answer = ask(server, f"/gradio_api/{path}", "POST", raw, content_type="application/json")
    assert status < 500 or json.loads(answer)["error"], f"{status} {answer[:200]!r}"
    assert b"Traceback" not in answer and b"site-packages" not in answer and str(ROOT).encode() not in answer
    assert server.said().count("Traceback") == before, server.said()[-3000:]


@pytest.mark.parametrize("end", ["", "/"])
def test_calls_of_the_pages_scripts_take_the_short_way(server: Server, end: str) -> None:
    """Gradio's own route, which takes twice as long, says "Function not found."."""
    called = json.dumps(CALL | {"fn_name": "__init__"}).encode()
    status, answer = ask(server, guard.CALLS + end, "POST", called, content_type="application/json")
    assert status == 400 and json.loads(answer) == {"error": guard.ODD}


def test_too_large_a_request_is_refused_before_it_is_read(server: Server) -> None:
    status, answer = ask(server, "/gradio_api/component_server/", "POST", b" " * (guard.LARGEST_BODY + 1))
    assert status == 413 and "Send less" in json.loads(answer)["error"]


def test_headers_go_with_every_answer(server: Server) -> None:
    address = urlsplit(server.url)
    for path in ("/", "/config", "/nothing", "/monitoring"):
        line = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
        line.request("GET", path)
        headers = line.getresponse().headers
        line.close()
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'self' https://huggingface.co https://*.hf.space" in headers["content-security-policy"]


def test_files_whose_names_change_with_their_content_are_kept_for_a_year(server: Server) -> None:
    address = urlsplit(server.url)
    found = re.search(rb"\./(assets/index-[\w-]+\.js)", urllib.request.urlopen(server.url, timeout=30).read())
    assert found
    kept_paths = (found[1].decode(), "theme.css?v=1")
    for path in (*kept_paths, "assets/index-x.js", "", "later/play.js", "theme.css"):
        line = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
        line.request("GET", f"/{path}")
        assert ("max-age=31536000" in (line.getresponse().headers["cache-control"] or "")) == (path in kept_paths), path
        line.close()


Client = Callable[..., TestClient]


@pytest.fixture
def guarded(monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A small app behind the guard that answers, breaks, or calls itself while it is at work."""

    async def good(request: Request) -> JSONResponse:
        return JSONResponse({"length": len(await request.body())})

    async def bad(request: Request) -> JSONResponse:
        raise KeyError("/home/somebody/secret.py")

    async def full(request: Request) -> JSONResponse:
        raise PermissionError(13, "Permission denied", "/tmp/gradio/secret")

    bare = [Route("/bad", bad), Route("/full", full)]
    paths = [*bare, Route("/", good, methods=["GET", "POST"]), Route(guard.CALLS, good, methods=["POST"])]
    return TestClient(Starlette(routes=paths, middleware=[Middleware(guard.Guard, files=1000)]))


def test_an_exception_becomes_a_sentence(guarded: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    answer = guarded.get("/bad")
    assert answer.status_code == 400 and "expected here" in answer.json()["error"]
    assert "secret" not in answer.text and "secret" in caplog.text


def test_the_servers_own_fault_is_not_blamed_on_the_request(
    guarded: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = guarded.get("/full")
    assert answer.status_code == 500 and "not in your request" in answer.json()["error"]
    assert "secret" not in answer.text and "secret" in caplog.text
    assert guard.blame(OSError(28, "No space left on device"))[0] == guard.blame(MemoryError())[0] == 500
    assert guard.blame(json.JSONDecodeError("no JSON", "x", 0))[0] == 400


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", "frame-ancestors 'self' https://huggingface.co https://*.hf.space"),
        (
            "https://school.example https://*.example.org:8443",
            "'self' https://school.example https://*.example.org:8443",
        ),
        ("'none'", "frame-ancestors 'none'"),
        ("*", "frame-ancestors 'self' *"),
    ],
)
def test_who_may_embed_the_page_is_a_setting(given: str, expected: str) -> None:
    policy = dict(guard.headers({"DIGIT_FRAME_ANCESTORS": given}))[b"content-security-policy"].decode()
    assert expected in policy.split(";")[-1] and policy.count(";") == 6


@pytest.mark.parametrize("given", ["https://a.example; script-src *", "a\nb: c", "https://ä.example"])
def test_what_is_no_address_is_refused_at_the_start(given: str) -> None:
    with pytest.raises(ValueError, match="DIGIT_FRAME_ANCESTORS"):
        guard.headers({"DIGIT_FRAME_ANCESTORS": given})


def test_a_body_without_a_length_is_bounded_too(guarded: TestClient) -> None:
    pieces = (b"x" * 100_000 for _ in range(30))
    assert guarded.post("/", content=pieces).status_code == 413
    assert guarded.post("/", content=b"x" * 1000).json() == {"length": 1000}


def test_a_flood_from_one_address_waits_and_others_do_not(guarded: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "BURST", 3.0)
    monkeypatch.setattr(guard, "RATE", 1e-9)
    monkeypatch.setenv("SPACE_ID", "somebody/space")

    def come(address: str, path: str = "/") -> Any:
        return guarded.post(path, headers={"x-forwarded-for": f"1.1.1.1, {address}"})

    assert [come("2.2.2.2").status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    refused = come("2.2.2.2")
    assert refused.headers["retry-after"] == "1" and "a second" in refused.json()["error"]
    assert come("3.3.3.3").status_code == 200
    assert set(come("2.2.2.2", guard.CALLS).json()) == {"busy", "message"}, "what the pad understands"


def test_when_too_many_wait_the_pad_is_told_to_ask_again(guarded: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MOST_AT_ONCE", 0)
    assert "comes next" in guarded.post(guard.CALLS).json()["busy"]


def test_nothing_is_counted_and_uploads_are_deleted() -> None:
    import app

    assert app.demo.analytics_enabled is False
    assert app.demo.delete_cache is not None and max(app.demo.delete_cache) <= 3600
    options = app.launch_options()
    assert options["enable_monitoring"] is False and options["show_error"] is False
    assert not options.get("allowed_paths")


SECRETS = re.compile(r"\b(hf_\w{30,}|gh[pousr]_\w{30,}|AKIA[A-Z0-9]{16}|sk-\w{30,})|PRIVATE KEY-")


def test_no_secrets_in_the_repository() -> None:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    files = [ROOT / name for name in done.stdout.splitlines()]
    found = [file.name for file in files if file.is_file() and SECRETS.search(file.read_text(errors="ignore"))]
    assert found == [] or found == ["test_security.py"]
    assert SECRETS.search("hf_" + "a" * 34)


@pytest.mark.parametrize(
    ("report", "code", "words"),
    [
        ("no JSON at all", 0, "skipped"),
        ('{"dependencies": [{"name": "a", "skip_reason": "not found"}]}', 0, "knows none of the 1"),
        ('{"dependencies": [{"name": "a", "version": "1", "vulns": []}]}', 0, "no known vulnerabilities in 1 of 1"),
        (
            '{"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]}]}',
            1,
            "a 1: CVE-1, fixed in 2",
        ),
    ],
)
def test_the_audit_says_what_it_could_look_up(report: str, code: int, words: str) -> None:
    given, sentence = audit.verdict(report)
    assert given == code and words in sentence
