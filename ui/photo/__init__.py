"""The Photo tab: a page of handwriting comes back with its digits boxed and read."""

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Callable
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

import gradio as gr
from PIL import Image, ImageOps

from model.ink.canvas import as_grey
from model.reader import ASSETS, DigitReader, Reading
from ui import page
from ui.corrections import CorrectionService
from ui.photo.upload import DEEP, NAMES, Photo, PhotoInput, open_photo, sentence, uploaded
from ui.workers import PHOTOS, in_turn

SHOWN_SIDE = 1600  # pixels, the longest side of the picture that is sent back
AT_ONCE = 2  # photos of programs that are read at the same time; more wait, so that memory stays bounded
MOST_WAITING = 10  # photos of the page that may wait; the page asks again for further ones
LARGEST_FILE = 20_000_000  # bytes of one photo
EXAMPLES = ASSETS / "examples"
BUSY = "Several photos are being read just now. Yours comes next."


def jpeg(image: Image.Image, quality: int) -> str:
    """A data URL of a picture as JPEG."""
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "JPEG", quality=quality)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def shown(image: Image.Image) -> str:
    """A data URL of the picture, small enough to send back, transparent and deep ones as they are read."""
    if image.mode in ("RGBA", "LA", "PA", *DEEP) or "transparency" in image.info:
        image = Image.fromarray(as_grey(image))
    copy = image.convert("RGB")
    copy.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    return jpeg(copy, 82)


def examples() -> dict[str, Path]:
    """Name -> file of the example pages in assets/examples."""
    files = sorted(file for file in EXAMPLES.glob("*") if file.suffix in (".png", ".jpg"))
    return {file.stem.replace("_", " ").replace("-", " "): file for file in files}


def thumbnail(file: Path) -> str:
    """A data URL of a small square out of an example page."""
    with Image.open(file) as image:
        return jpeg(ImageOps.fit(image.convert("RGB"), (112, 112)), 70)


def reading_of(read: Callable[[Image.Image], Reading], photo: Photo) -> Reading:
    """What `read` finds in a photo. Raises gr.Error with a sentence when it fails, and logs why."""
    try:
        return photo.in_the_file(in_turn(PHOTOS, read)(photo.image))
    except ValueError as error:
        raise sentence(str(error)) from error
    except Exception as error:
        logging.getLogger(__name__).exception("reading a photo failed")
        raise sentence("Something went wrong while reading it. Try another photo.") from error


def answer_of(reader: DigitReader, photo: Photo) -> dict[str, Any]:
    """What the page shows of a photo: the picture as it was read, upright, its size, and the digits in it."""
    reading = reading_of(reader.read_photo, photo)
    if reading.rotation:
        photo, reading = photo.turned(reading.rotation), photo.turned_reading(reading)
    return {
        "picture": shown(photo.image),
        "width": photo.width,
        "height": photo.height,
        "rotation": reading.rotation,
        "digits": [page.seen(digit) for digit in reading.digits],
    }


def server_functions(reader: DigitReader) -> list[Callable[[Any], dict[str, Any]]]:
    """What the tab's script may call; failures are a "message"."""
    waiting = BoundedSemaphore(MOST_WAITING)

    @contextmanager
    def place() -> Any:
        """A place among those who wait; False when there is none."""
        free = waiting.acquire(blocking=False)
        try:
            yield free
        finally:
            if free:
                waiting.release()

    @cache
    def example(name: str, turn: int) -> dict[str, Any]:
        return answer_of(reader, open_photo(examples()[name]).turned(turn))

    def read(request: dict[str, Any]) -> dict[str, Any]:
        turn, name = request.get("turn", 0), request.get("example")
        if turn not in (0, 90, 180, 270) or type(turn) is not int:
            raise sentence(f"The picture cannot be turned by {turn!r:.20}; expected 0, 90, 180 or 270 degrees.")
        if name is None:
            photo = in_turn(PHOTOS, open_photo)(uploaded(request.get("path")))
            return answer_of(reader, photo.turned(turn))
        if not isinstance(name, str) or name not in examples():
            raise sentence("There is no such example page.")
        return example(name, turn)

    def read_page(request: Any = None) -> dict[str, Any]:
        with place() as free:
            if not free:
                return {"busy": BUSY, "message": BUSY}
            try:
                return read(request if isinstance(request, dict) else {})
            except gr.Error as error:
                return {"message": error.message}
            except Exception:  # the browser would get a bare 500
                logging.getLogger(__name__).exception("reading a page failed")
                return {"message": "Something went wrong on the server. Try again."}

    return [read_page]


def for_programs(reader: DigitReader) -> tuple[Callable[..., dict[str, Any]], Callable[..., dict[str, Any]]]:
    """The handlers of /read_photo and /read_drawing; their docstrings are the API's documentation."""

    def read_photo(image: Photo | None) -> dict[str, Any]:
        """Reads a photo or scan of handwriting: the text, rows joined by newlines, and for each digit its label,
        confidence, probabilities, is_digit, accepted, row and box (left, top, right, bottom in upright pixels)."""
        if image is None:
            raise sentence("No picture came. Send a picture file.")
        return page.plain(reading_of(reader.read_photo, image))

    def read_drawing(image: Photo | None) -> dict[str, Any]:
        """Reads a drawing on even paper, one digit or several, and answers like read_photo."""
        if image is None:
            raise sentence("No picture came. Send a picture file.")
        return page.plain(reading_of(reader.read_drawing, image))

    return read_photo, read_drawing


def build(reader: DigitReader, corrections: CorrectionService) -> None:
    """The tab's content, inside gr.Blocks, and the API's two handlers that take a picture file."""
    thumbs = [{"name": name, "thumb": thumbnail(file)} for name, file in examples().items()]
    page.panel(
        "photo/photo",
        serve=[*server_functions(reader), *corrections.server_functions("photo")],
        constants={"examples": thumbs, "largestFile": LARGEST_FILE, "formats": NAMES},
    )
    bounded: dict[str, Any] = {"concurrency_limit": AT_ONCE, "concurrency_id": "photo"}
    picture, answer, button = PhotoInput(visible=False), gr.JSON(visible=False), gr.Button(visible=False)
    read_photo, read_drawing = for_programs(reader)
    button.click(read_photo, picture, answer, api_name="read_photo", **bounded)
    button.click(read_drawing, picture, answer, api_name="read_drawing", **bounded)
