"""The Photo tab: a page of handwriting comes back with its digits boxed and read."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

import gradio as gr
from PIL import Image, ImageOps

from model.reader import ASSETS
from ui import page, pictures
from ui.corrections import CorrectionService
from ui.photo.upload import PhotoInput, sentence, uploaded

Ask = Callable[[dict[str, Any]], dict[str, Any]]  # as ui.photo_process.respond with a reader, wherever that runs

AT_ONCE = 2  # photos of programs that are read at the same time; more wait, so that memory stays bounded
MOST_WAITING = 10  # photos of the page that may wait; the page asks again for further ones
LARGEST_FILE = 20_000_000  # bytes of one photo
EXAMPLES = ASSETS / "examples"
BUSY = "Several photos are being read just now. Yours comes next."


def examples() -> dict[str, Path]:
    """Name -> file of the example pages in assets/examples."""
    files = sorted(file for file in EXAMPLES.glob("*") if file.suffix in (".png", ".jpg"))
    return {file.stem.replace("_", " ").replace("-", " "): file for file in files}


def thumbnail(file: Path) -> str:
    """A data URL of a small square out of an example page."""
    with Image.open(file) as image:
        return pictures.jpeg(ImageOps.fit(image.convert("RGB"), (112, 112)), 70)


def answered(ask: Ask, source: str | Path, **request: Any) -> dict[str, Any]:
    """The answer to a request about a picture. Raises gr.Error with a sentence without one."""
    came = ask({"source": str(source), **request})
    if "failed" in came:
        logging.getLogger(__name__).error("reading a photo failed: %s", came["failed"])
        raise sentence("Something went wrong while reading it. Try another photo.")
    if "sentence" in came:
        raise sentence(came["sentence"])
    answer: dict[str, Any] = came["answer"]
    return answer


@contextmanager
def place(waiting: BoundedSemaphore) -> Iterator[bool]:
    """A place among those who wait; False when there is none."""
    free = waiting.acquire(blocking=False)
    try:
        yield free
    finally:
        if free:
            waiting.release()


def server_functions(ask: Ask) -> list[Callable[[Any], dict[str, Any]]]:
    """What the tab's script may call; failures are a "message"."""
    waiting = BoundedSemaphore(MOST_WAITING)

    @cache
    def example(name: str, turn: int) -> dict[str, Any]:
        return answered(ask, examples()[name], turn=turn, shown=True)

    def read(request: dict[str, Any]) -> dict[str, Any]:
        turn, name = request.get("turn", 0), request.get("example")
        if turn not in (0, 90, 180, 270) or type(turn) is not int:
            raise sentence(f"The picture cannot be turned by {turn!r:.20}; expected 0, 90, 180 or 270 degrees.")
        if name is None:
            return answered(ask, uploaded(request.get("path")), turn=turn, shown=True)
        if not isinstance(name, str) or name not in examples():
            raise sentence("There is no such example page.")
        return example(name, turn)

    def read_page(request: Any = None) -> dict[str, Any]:
        with place(waiting) as free:
            if not free:
                return {"busy": BUSY, "message": BUSY}
            try:
                return read(request if isinstance(request, dict) else {})
            except gr.Error as error:
                return {"message": error.message}
            except Exception:  # the browser would get a bare 500
                logging.getLogger(__name__).exception("reading a page failed")
                return {"message": "Something went wrong on the server. Try again."}

    pictures_of_examples = cache(lambda: {name: thumbnail(file) for name, file in examples().items()})

    def thumbnails(request: Any = None) -> dict[str, str]:
        return pictures_of_examples()

    return [read_page, thumbnails]


def for_programs(ask: Ask) -> tuple[Callable[..., dict[str, Any]], Callable[..., dict[str, Any]]]:
    """The handlers of /read_photo and /read_drawing; their docstrings are the API's documentation."""

    def read(image: str | None, drawing: bool) -> dict[str, Any]:
        if image is None:
            raise sentence("No picture came. Send a picture file.")
        return answered(ask, image, drawing=drawing)

    def read_photo(image: str | None) -> dict[str, Any]:
        """Reads a photo or scan of handwriting: the text, rows joined by newlines, and for each digit its label,
        confidence, probabilities, is_digit, accepted, row and box (left, top, right, bottom in upright pixels)."""
        return read(image, drawing=False)

    def read_drawing(image: str | None) -> dict[str, Any]:
        """Reads a drawing on even paper, one digit or several, and answers like read_photo."""
        return read(image, drawing=True)

    return read_photo, read_drawing


def build(ask: Ask, corrections: CorrectionService) -> None:
    """The tab's content, inside gr.Blocks, and the API's two handlers that take a picture file."""
    page.panel(
        "photo/photo",
        serve=[*server_functions(ask), *corrections.server_functions("photo")],
        constants={"example": next(iter(examples()), None), "largestFile": LARGEST_FILE, "formats": pictures.NAMES},
    )
    bounded: dict[str, Any] = {"concurrency_limit": AT_ONCE, "concurrency_id": "photo"}
    picture, answer, button = PhotoInput(visible=False), gr.JSON(visible=False), gr.Button(visible=False)
    read_photo, read_drawing = for_programs(ask)
    button.click(read_photo, picture, answer, api_name="read_photo", **bounded)
    button.click(read_drawing, picture, answer, api_name="read_drawing", **bounded)
