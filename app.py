"""The page: draw a digit, photograph digits, browse the mistakes, read the report. `python app.py` starts it.

READER=folder in the environment takes the network of a training run of your own in place of the shipped one;
COMPARE=folder:folder offers to show what other networks read of the same drawing.
"""

from __future__ import annotations

import os

from ui.host import temporary_folder

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("GRADIO_TEMP_DIR", temporary_folder())
os.environ.setdefault("OMP_NUM_THREADS", "1")  # many visitors at once: one thread each beats all threads for one

import logging
from collections.abc import Sequence
from functools import partial
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
from ui import corrections, document, draw, guard, host, mistakes, page, photo, photo_process, report
from ui.draw.compare import Named, from_environment
from ui.workers import PhotoProcess

TITLE = "Handwritten digit reader"
DESCRIPTION = "Draw digits or photograph them, and see what is read and how sure it is."
UPLOAD = 20_000_000  # bytes of one photo
COMPRESSED = 8000  # bytes from which an answer is compressed; those to the pad are smaller and gain nothing
QUEUE_PAUSE = 0.05  # seconds after which Gradio looks for photos in its queue, as on Windows; else 0.001, all day long
MOST_WAITING = 20  # photos in the queue; further ones are told to try again


def load(folder: str | Path = ASSETS) -> tuple[DigitReader, Gallery | None]:
    """The reader of a folder and the gallery of its mistakes; None when the folder has no gallery that can be read."""
    reader = DigitReader.load(folder)
    try:
        return reader, Gallery.load(folder)
    except (OSError, ValueError) as error:
        logging.getLogger(__name__).warning("the Mistakes tab stays empty: %s", error)
        return reader, None


def build_demo(
    reader: DigitReader,
    gallery: Gallery | None,
    card: Card,
    store: Store | None = None,
    others: Sequence[Named] = (),
    ask: photo.Ask | None = None,
) -> gr.Blocks:
    """The page around a reader, the gallery of its mistakes, its card, where corrections go, None for nowhere, and the
    networks that it is compared with.

    `ask` reads photos; without it `reader` does, in this process. Stale uploads go after an hour.
    """
    with guard.Page(title=TITLE, analytics_enabled=False, delete_cache=(3600, 3600)) as blocks:
        service = corrections.CorrectionService(reader, store, blocks)
        tabs = ["draw", "photo", "mistakes", *([] if store is None else ["corrections"]), "model"]
        blocks.load(fn=None, js=page.on_load("static/tabs.js", {"tabs": tabs}))
        with gr.Tabs():
            with gr.Tab("Draw"):
                draw.build(reader, service, others)
            with gr.Tab("Photo"):
                photo.build(ask or partial(photo_process.respond, reader), service)
            with gr.Tab("Mistakes"):
                mistakes.build(reader, gallery)
            if store is not None:
                with gr.Tab("Corrections"):
                    corrections.build(service)
            with gr.Tab("Model"):
                report.build(card)
        gr.api(corrections.api(service), api_name="correct", queue=False)
    blocks.queue(max_size=MOST_WAITING)
    blocks._queue.sleep_when_free = QUEUE_PAUSE
    return blocks


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
        "favicon_path": document.FAVICON,
        "head": f"<style>{page.styles()}</style>",
        "ssr_mode": False,
        "run_history": False,
        "footer_links": [],
        "show_error": False,
        "max_file_size": UPLOAD,
        "enable_monitoring": False,
        "app_kwargs": {
            "routes": [*document.ROUTES, *page.ROUTES],
            "middleware": [  # from the outside in
                Middleware(guard.Guard, files=UPLOAD + guard.LARGEST_BODY),
                Middleware(GZipMiddleware, minimum_size=COMPRESSED, compresslevel=6),
                Middleware(document.Document, title=TITLE, description=DESCRIPTION),
            ],
        },
        "mcp_server": speaks_mcp(),
    }


host.return_memory()
host.exempt_loopback(os.environ)
cv2.setNumThreads(1)
reader, gallery = load(os.environ.get("READER", ASSETS))
photos = PhotoProcess(os.environ.get("READER", ASSETS))
demo = build_demo(
    reader, gallery, reader.card, corrections.store_from_environment(), from_environment(os.environ), photos.ask
)

if __name__ == "__main__":
    photos.start()
    demo.launch(server_name="0.0.0.0" if "SPACE_ID" in os.environ else None, **launch_options())
