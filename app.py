"""The page: draw a digit, photograph digits, browse the mistakes, read the report. `python app.py` starts it."""

from __future__ import annotations

import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # many visitors at once: one thread each beats all threads for one

from importlib.util import find_spec
from typing import Any

import gradio as gr

from model.gallery import Gallery
from model.reader import DigitReader
from ui import draw, mistakes, page, photo

TITLE = "Handwritten digit reader"
HEAD = f"""<header class="head"><h1>{TITLE}</h1>
<p>Draw digits or photograph them, and see what is read and how sure it is.</p></header>"""


def build_demo(reader: DigitReader, gallery: Gallery, card: dict[str, Any]) -> gr.Blocks:
    """The page around a reader, the gallery of its mistakes, and its card. Stale uploads go after an hour."""
    with gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=(3600, 3600)) as blocks:
        gr.HTML(HEAD, apply_default_css=False)
        with gr.Tabs():
            with gr.Tab("Draw"):
                draw.build(reader)
            with gr.Tab("Photo"):
                photo.build(reader)
            with gr.Tab("Mistakes"):
                mistakes.build(reader, gallery)
    return blocks


def launch_options() -> dict[str, Any]:
    """What every launch of the page needs, in tests as well."""
    return {
        "theme": page.theme(),
        "head": f"<style>{page.asset('page.css')}</style>",
        "ssr_mode": False,
        "run_history": False,
        "footer_links": [],
        "max_file_size": "20mb",
        "mcp_server": find_spec("mcp") is not None,
    }
