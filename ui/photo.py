"""The Photo tab: a page of handwriting comes back with its digits boxed and read."""

from __future__ import annotations

import base64
import io
import logging
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import ImageData
from gradio.utils import get_upload_folder
from PIL import Image, ImageOps, UnidentifiedImageError

from model import pixels
from model.reader import DigitReader
from ui import page

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
NAMES = "JPEG, PNG, WebP, GIF, BMP and TIFF"
MOST_PIXELS = 50_000_000
LARGEST_SIDE = 4096  # pixels: what is larger is halved while it is decoded, where the format can
SHOWN_SIDE = 1600  # pixels, the longest side of the picture that is sent back
EXAMPLES = page.ASSETS / "examples"


def sentence(text: str) -> gr.Error:
    """An error that the visitor reads; it is none of the server's."""
    return gr.Error(text, print_exception=False, title="This picture cannot be read")


def open_photo(path: Path) -> Image.Image:
    """The upright picture in a file. Raises gr.Error with a sentence for what is none, or too large a one."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of large pictures and odd metadata; both are handled here
            with Image.open(path, formats=FORMATS) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise sentence(
                        f"It has {image.width} × {image.height} pixels; up to {MOST_PIXELS // 1_000_000} million are "
                        "read. Make it smaller, or take the photo from nearer."
                    )
                image.draft(None, (LARGEST_SIDE, LARGEST_SIDE))
                image.load()
                return ImageOps.exif_transpose(image)
    except UnidentifiedImageError:
        raise sentence(f"It is no picture of a known kind. {NAMES} files are read; save it as one of them.") from None
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        logging.getLogger(__name__).info("a picture that does not open: %r", error)
        raise sentence("The file is damaged or incomplete. Save or photograph it again.") from None


class PhotoInput(gr.Image):
    """gr.Image that opens uploads itself: known formats, bounded size, upright, only what the visitor sent."""

    is_template = True

    def preprocess(self, payload: ImageData | None) -> Image.Image | None:
        """The upright picture, None without one. Raises gr.Error with a sentence when it cannot be read."""
        if payload is None:
            return None
        path = Path(payload.path or "").resolve()
        if not payload.path or not path.is_relative_to(Path(get_upload_folder()).resolve()) or not path.is_file():
            raise sentence("It did not arrive. Choose it again.")
        return open_photo(path)


def shown(image: Image.Image) -> str:
    """A data URL of the picture, small enough to send back."""
    if image.mode in ("RGBA", "LA", "PA", "I", "F") or image.mode.startswith("I;16") or "transparency" in image.info:
        image = Image.fromarray(pixels.as_grey(image))
    copy = image.convert("RGB")
    copy.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    buffer = io.BytesIO()
    copy.save(buffer, "JPEG", quality=82)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def examples() -> dict[str, Path]:
    """Name -> file of the example pages in assets/examples."""
    files = sorted(file for file in EXAMPLES.glob("*") if file.suffix in (".png", ".jpg"))
    return {file.stem.replace("_", " ").replace("-", " "): file for file in files}


def thumbnail(file: Path) -> str:
    """A data URL of a small square out of an example page."""
    with Image.open(file) as image:
        small = ImageOps.fit(image.convert("RGB"), (112, 112))
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=70)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def handlers(reader: DigitReader) -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
    """What reads for the page, for the API, and the example pages."""

    def read(image: Image.Image | None) -> Any:
        if image is None:
            return gr.skip()  # the picture was taken away: the last result stays
        try:
            digits = [page.seen(digit) for digit in reader.read_photo(image).digits]
        except ValueError as error:
            raise sentence(str(error)) from error
        except Exception as error:
            logging.getLogger(__name__).exception("reading a photo failed")
            raise sentence("Something went wrong while reading it. Try another photo.") from error
        return {"picture": shown(image), "width": image.width, "height": image.height, "digits": digits}

    def read_photo(image: Image.Image | None) -> dict[str, Any]:
        """Reads a photo or scan of handwriting: the text row by row and, for each digit, label, probabilities, box."""
        if image is None:
            raise sentence("There is none. Send a picture file.")
        return page.plain(reader.read_photo(image))

    def read_example(name: Any = None) -> dict[str, Any]:
        file = examples().get(name) if isinstance(name, str) else None
        if file is None:
            return {"message": "There is no such example page."}
        try:
            return read(open_photo(file))
        except gr.Error as error:
            return {"message": error.message}

    return read, read_photo, read_example


def drawing_api(reader: DigitReader) -> Callable[..., dict[str, Any]]:
    """The handler of /read_drawing."""

    def read_drawing(image: Image.Image | None) -> dict[str, Any]:
        """Reads a drawing on even paper, one digit or several: the text and, for each digit, label, probabilities,
        box."""
        if image is None:
            raise sentence("There is none. Send a picture file.")
        return page.plain(reader.read_drawing(image))

    return read_drawing


def build(reader: DigitReader) -> None:
    """The tab's content, inside gr.Blocks, and the API's two handlers that take a picture file."""
    read, read_photo, read_example = handlers(reader)
    with gr.Row(elem_classes="photo-row"):
        with gr.Column(scale=0, min_width=300, elem_classes="photo-in"):
            photo = PhotoInput(
                sources=["upload", "webcam", "clipboard"],
                label="A photo with handwritten digits",
                show_label=False,
                height=250,
                buttons=[],
                elem_id="photo-input",
                placeholder="Drop a photo here\nor tap to choose one",
                webcam_options=gr.WebcamOptions(mirror=False, constraints={"video": {"facingMode": "environment"}}),
            )
            thumbs = [{"name": name, "thumb": thumbnail(file)} for name, file in examples().items()]
            page.panel("examples", "examples.js", serve=[read_example], constants={"examples": thumbs})
        with gr.Column(scale=1, elem_classes="photo-out"):
            result = page.panel("photo", "photo.js")
    say = "(...given) => {{ window.dispatchEvent(new Event('photo:{}')); return given; }}"
    event = photo.change(
        read, photo, result, js=say.format("busy"), show_progress="hidden", api_visibility="private", queue=False
    )
    event.then(None, js=say.format("idle"), api_visibility="private")
    picture, answer = PhotoInput(visible=False), gr.JSON(visible=False)
    button = gr.Button(visible=False)
    button.click(read_photo, picture, answer, api_name="read_photo")
    button.click(drawing_api(reader), picture, answer, api_name="read_drawing")
