"""The Photo tab: a page of handwriting comes back with its digits boxed and read."""

from __future__ import annotations

import base64
import io
import logging
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image, ImageOps

from model.ink.canvas import as_grey
from model.reader import ASSETS, DigitReader, Reading
from ui import page
from ui.corrections import CorrectionService
from ui.photo.upload import DEEP, Photo, PhotoInput, open_photo, sentence
from ui.workers import PHOTOS, in_turn

SHOWN_SIDE = 1600  # pixels, the longest side of the picture that is sent back
AT_ONCE = 2  # photos read at the same time; more wait, so that memory stays bounded
EXAMPLES = ASSETS / "examples"
BUSY = "(...given) => { if (given[0]) window.dispatchEvent(new Event('photo:busy')); return given; }"
IDLE = "() => { window.dispatchEvent(new Event('photo:idle')); }"


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


def for_page(reader: DigitReader) -> Callable[[Photo | None], Any]:
    """The handler behind the upload: the picture to show, its size and the digits in it."""

    def read(photo: Photo | None) -> Any:
        if photo is None:
            return gr.skip()  # the picture was taken away: the last result stays
        digits = [page.seen(digit) for digit in reading_of(reader.read_photo, photo).digits]
        return {
            "picture": shown(photo.image),
            "width": photo.width,
            "height": photo.height,
            "digits": digits,
            "nonce": time.time_ns(),  # the same photo again is an answer as well
        }

    return read


def for_examples(reader: DigitReader) -> Callable[[Any], dict[str, Any]]:
    """The server function behind the example pages, each of which is read once; failures are a "message"."""
    read = for_page(reader)

    @cache
    def answer(name: str) -> dict[str, Any]:
        return read(open_photo(examples()[name]))

    def read_example(name: Any = None) -> dict[str, Any]:
        if not isinstance(name, str) or name not in examples():
            return {"message": "There is no such example page."}
        try:
            return answer(name)
        except gr.Error as error:
            return {"message": error.message}

    return read_example


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


def upload_box() -> PhotoInput:
    """Where photos are dropped, chosen, pasted or taken."""
    return PhotoInput(
        sources=["upload", "webcam", "clipboard"],
        label="A photo with handwritten digits",
        show_label=False,
        height=250,
        buttons=[],
        elem_id="photo-input",
        placeholder="Drop a photo here\nor tap to choose one",
        webcam_options=gr.WebcamOptions(mirror=False, constraints={"video": {"facingMode": "environment"}}),
    )


def build(reader: DigitReader, corrections: CorrectionService) -> None:
    """The tab's content, inside gr.Blocks, and the API's two handlers that take a picture file."""
    thumbs = [{"name": name, "thumb": thumbnail(file)} for name, file in examples().items()]
    with gr.Row(elem_classes="photo-row"):
        with gr.Column(scale=0, min_width=300, elem_classes="photo-in"):
            photo = upload_box()
            page.panel("photo/examples", serve=[for_examples(reader)], constants={"examples": thumbs})
        with gr.Column(scale=1, elem_classes="photo-out"):
            result = page.panel("photo/photo", serve=corrections.server_functions("photo"))
    bounded = {"concurrency_limit": AT_ONCE, "concurrency_id": "photo"}
    event = photo.change(
        for_page(reader), photo, result, js=BUSY, show_progress="hidden", api_visibility="private", **bounded
    )
    event.failure(None, js=IDLE, api_visibility="private")
    event.success(None, js=IDLE, api_visibility="private")
    picture, answer, button = PhotoInput(visible=False), gr.JSON(visible=False), gr.Button(visible=False)
    read_photo, read_drawing = for_programs(reader)
    button.click(read_photo, picture, answer, api_name="read_photo", **bounded)
    button.click(read_drawing, picture, answer, api_name="read_drawing", **bounded)
