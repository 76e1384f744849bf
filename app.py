"""The page: draw a digit, photograph digits, browse the mistakes, read the report. `python app.py` starts it.

READER=folder in the environment takes the network of a training run of your own in place of the shipped one.
"""

from __future__ import annotations

import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # many visitors at once: one thread each beats all threads for one

import ctypes
import logging
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import gradio as gr
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from model.card import Card
from model.reader import ASSETS, DigitReader
from model.review.corrections import Store
from model.review.gallery import Gallery
from ui import corrections, draw, guard, mistakes, page, photo, report

TITLE = "Handwritten digit reader"
HEAD = f"""<header class="head"><h1>{TITLE}</h1>
<p>Draw digits or photograph them, and see what is read and how sure it is.</p></header>"""
UPLOAD = 20_000_000  # bytes of one photo
COMPRESSED = 8000  # bytes from which an answer is compressed; those to the pad are smaller and gain nothing
MOST_WAITING = 20  # photos in the queue; further ones are told to try again


def load(folder: str | Path = ASSETS) -> tuple[DigitReader, Gallery | None]:
    """The reader of a folder and the gallery of its mistakes; None when the folder has no gallery that can be read."""
    reader = DigitReader.load(folder)
    try:
        return reader, Gallery.load(folder)
    except (OSError, ValueError) as error:
        logging.getLogger(__name__).warning("the Mistakes tab stays empty: %s", error)
        return reader, None


def build_demo(reader: DigitReader, gallery: Gallery | None, card: Card, store: Store | None = None) -> gr.Blocks:
    """The page around a reader, the gallery of its mistakes, its card, and where corrections go, None for nowhere.

    Stale uploads go after an hour.
    """
    with guard.Page(title=TITLE, analytics_enabled=False, delete_cache=(3600, 3600)) as blocks:
        service = corrections.CorrectionService(reader, store, blocks)
        gr.HTML(HEAD, apply_default_css=False)
        with gr.Tabs():
            with gr.Tab("Draw"):
                draw.build(reader, service)
            with gr.Tab("Photo"):
                photo.build(reader, service)
            with gr.Tab("Mistakes"):
                mistakes.build(reader, gallery)
            if store is not None:
                with gr.Tab("Corrections"):
                    corrections.build(service)
            with gr.Tab("Model"):
                report.build(card)
        gr.api(corrections.api(service), api_name="correct", queue=False)
    return blocks.queue(max_size=MOST_WAITING)


def speaks_mcp() -> bool:
    """Whether gradio[mcp] is installed, so that an assistant may call the API as tools."""
    if find_spec("mcp") is None:
        return False
    try:
        import_module("gradio.mcp")
    except ImportError:  # installed in a version that gradio does not know
        return False
    return True


def launch_options() -> dict[str, Any]:
    """What every launch of the page needs, in tests as well."""
    return {
        "theme": page.theme(),
        "head": f"<style>{page.styles()}</style>",
        "ssr_mode": False,
        "run_history": False,
        "footer_links": [],
        "show_error": False,
        "max_file_size": UPLOAD,
        "enable_monitoring": False,
        "app_kwargs": {
            "middleware": [
                Middleware(guard.Guard, files=UPLOAD + guard.LARGEST_BODY),
                Middleware(GZipMiddleware, minimum_size=COMPRESSED, compresslevel=6),
            ]
        },
        "mcp_server": speaks_mcp(),
    }


def return_memory() -> None:
    """Makes glibc give the memory of photos back as soon as they are read; elsewhere it does nothing."""
    M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # of malloc.h
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(M_MMAP_THRESHOLD, 1 << 19)
        libc.mallopt(M_ARENA_MAX, 2)


return_memory()
cv2.setNumThreads(1)
reader, gallery = load(os.environ.get("READER", ASSETS))
demo = build_demo(reader, gallery, reader.card, corrections.store_from_environment())

if __name__ == "__main__":
    demo.launch(server_name="0.0.0.0" if "SPACE_ID" in os.environ else None, **launch_options())
