"""What the tabs share: assets, the look, and how their scripts reach the server."""

from __future__ import annotations

import json
import logging
import re
from asyncio import get_running_loop
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import cache, wraps
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ui.answers import SURE
from ui.guard import CALLS

UI = Path(__file__).resolve().parent
LATER = ("inside/inside", "draw/play", "draw/compare")  # fetched when they are first opened, not with the page
SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif")
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")

IMPORT = re.compile(r"^import \{.*\} from '(.+)';\n", re.MULTILINE)
EXPORTED = re.compile(r"^export (?:const|class|async function|function) (\w+)", re.MULTILINE)
EXPORT = re.compile(r"^export (?=const|class|function|async)", re.MULTILINE)


@cache
def asset(name: str) -> str:
    """The text of a file in ui/, such as "draw/draw.html"."""
    return (UI / name).read_text(encoding="utf-8")


def styles() -> str:
    """The style sheet of the page: what the tabs share, then that of each tab."""
    later = [f"{name}.css" for name in LATER]
    tabs = sorted(path.relative_to(UI).as_posix() for path in UI.glob("*/*.css") if path.parent.name != "static")
    return "\n".join(asset(name) for name in ("static/page.css", *tabs) if name not in later)


def theme() -> gr.themes.Base:
    """Gradio's plain theme with the system's own fonts: nothing is loaded from outside."""
    return gr.themes.Base(font=SANS, font_mono=MONO, primary_hue="blue", neutral_hue="stone")


def script(name: str) -> str:
    """The module ui/name with all that it imports as one script: gradio's components take no modules.

    Each module comes once, before the first that imports it, without its imports and exports.
    """
    texts: dict[Path, str] = {}

    def add(path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        for imported in IMPORT.findall(text):
            if (other := (path.parent / imported).resolve()) not in texts:
                add(other)
        texts[path] = EXPORT.sub("", IMPORT.sub("", text))

    add(UI / name)
    return "\n".join(texts.values())


def on_load(name: str, constants: dict[str, Any]) -> str:
    """The module ui/name, which sees `constants` as `settings`, for Blocks.load."""
    return f"() => {{\nconst settings = {json.dumps(constants)};\n{script(name)}\n}}"


@cache
def module(name: str) -> str:
    """ui/name.js with all that it imports, and ui/name.html and ui/name.css as `html` and `css`, as a module for the
    browser to import."""
    texts = "\n".join(f"const {kind} = {json.dumps(asset(f'{name}.{kind}'))};" for kind in ("html", "css"))
    exported = ", ".join(["html", "css", *EXPORTED.findall(asset(f"{name}.js"))])
    return f"{texts}\n{script(f'{name}.js')}\nexport {{ {exported} }};\n"


async def _later(request: Request) -> Response:
    """/later/inside.js: the module ui/inside/inside."""
    name = next((name for name in LATER if name.partition("/")[2] == request.path_params["name"]), None)
    if name is None:
        return Response(status_code=404)
    return Response(module(name), media_type="text/javascript", headers={"cache-control": "no-cache"})


async def _call(request: Request) -> Response:
    """A server function's answer, at the address where Gradio would give it, for half the time: Gradio's route asks
    whether the visitor has logged in, which nobody need here, looks at type hints, and keeps a further thread waiting.
    """
    body = json.loads(await request.body())
    function: Any = getattr(request.app.get_blocks().blocks[body["component_id"]], body["fn_name"], None)
    if not getattr(function, "_is_server_fn", False):
        raise LookupError(f"no such function: {body['fn_name']!r:.80}")
    thread = getattr(function, "thread", None)
    if thread is None:
        return JSONResponse(await run_in_threadpool(function, body["data"]))
    return JSONResponse(await get_running_loop().run_in_executor(thread, function, body["data"]))


ROUTES = [
    Route("/later/{name}.js", _later),
    *(Route(path, _call, methods=["POST"]) for path in (CALLS, f"{CALLS}/")),
]


def panel(name: str, serve: Sequence[Callable[..., Any]] = (), constants: dict[str, Any] | None = None) -> gr.HTML:
    """A piece of the page of our own: ui/name.html and ui/name.js, which sees `constants` as `settings`.

    The script may call the functions of `serve` as `server.name(request)`.
    """
    settings = json.dumps({"sure": SURE, **(constants or {})})
    return gr.HTML(
        value=None,
        html_template=asset(f"{name}.html"),
        js_on_load=f"(() => {{\nconst settings = {settings};\n{script(f'{name}.js')}\n}})();",
        server_functions=list(serve) or None,
        apply_default_css=False,
        elem_id=name.partition("/")[2],
    )


def answering(work: Callable[[dict[str, Any]], dict[str, Any]], thread: Executor) -> Callable[[Any], dict[str, Any]]:
    """A server function from `work`, to be called in `thread`: whatever goes wrong becomes a sentence, as the browser
    would get none."""

    @wraps(work)
    def answer(request: Any = None) -> dict[str, Any]:
        try:
            if not isinstance(request, dict):
                raise ValueError(f"answering the page: got {type(request).__name__}, expected an object")
            return work(request)
        except ValueError as error:
            return {"message": str(error)}
        except Exception:
            logging.getLogger(__name__).exception("%s failed", work.__name__)
            return {"message": "Something went wrong while reading. Your drawing is kept; change it or try again."}

    answer.thread = thread  # type: ignore[attr-defined]
    return answer
