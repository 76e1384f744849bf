"""Opening picture files: known formats, bounded size, upright. Knows nothing of Gradio."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import io
import logging
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from model.ink.canvas import as_grey
from model.reading import Box, Reading


def _register_heic() -> tuple[str, ...]:
    """Teaches Pillow HEIC, what iPhones save, where a library for it is installed. Returns the format's name."""
    for name in ("pi_heif", "pillow_heif"):
        if find_spec(name):
            import_module(name).register_heif_opener()
            return ("HEIF",)
    return ()


FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", *_register_heic())
NAMES = "JPEG, PNG, WebP, GIF, BMP, TIFF and HEIC" if "HEIF" in FORMATS else "JPEG, PNG, WebP, GIF, BMP and TIFF"
MOST_PIXELS = 50_000_000  # of a camera's file, which is decoded at a smaller size
MOST_GREY_PIXELS = 40_000_000  # the same in grey in other files
MOST_COLOURED_PIXELS = 25_000_000  # the same in colour in other files: four bytes a pixel
MOST_DEEP_PIXELS = 16_000_000  # the same for more than 8 bits a channel, which take several times the memory
LARGEST_SIDE = 4096  # pixels: a larger picture is shrunk to this before it is read
ALPHA_SIDE = 3072  # pixels, the same with transparency, which is laid on paper first
DEEP_SIDE = 2048  # pixels, the same for more than 8 bits a channel
CAMERA = ("JPEG", "MPO", "HEIF")
DEEP = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")
STARTS = {  # how files begin that are sent by mistake -> what to call them
    b"%PDF": "A PDF document",
    b"PK\x03\x04": "A ZIP archive or office document",
    b"<svg": "An SVG drawing",
    b"<?xml": "An XML file",
    b"<!doctype html": "A web page",
    b"<html": "A web page",
    b"\x00\x00\x01\x00": "An icon",
    b"\x1a\x45\xdf\xa3": "A video",
}
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"RIFF", b"II*\x00", b"MM\x00*")
SHOWN_SIDE = 1600  # pixels, the longest side of the picture that is sent back
TURNS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}  # clockwise


class Unreadable(Exception):
    """A picture that cannot be read; its message is a sentence for whoever sent it."""


@dataclass(frozen=True, eq=False)
class Photo:
    """An upright picture and the size, in pixels, that it has in its file; `image` may be smaller."""

    image: Image.Image
    width: int
    height: int

    def in_the_file(self, reading: Reading) -> Reading:
        """A reading of `image` with its boxes in pixels of the upright picture in the file."""
        x, y = self.width / self.image.width, self.height / self.image.height
        if x == y == 1:
            return reading
        return _with_boxes(reading, lambda a, b, c, d: (round(a * x), round(b * y), round(c * x), round(d * y)))

    def turned(self, degrees: int) -> Photo:
        """The photo turned clockwise by 0, 90, 180 or 270 degrees."""
        if not degrees:
            return self
        wide, high = (self.height, self.width) if degrees % 180 else (self.width, self.height)
        return Photo(self.image.transpose(TURNS[degrees]), wide, high)

    def turned_reading(self, reading: Reading) -> Reading:
        """The reading with its boxes in pixels of the photo as `reading.rotation` turns it."""
        w, h = self.width, self.height
        turns: dict[int, Callable[[int, int, int, int], Box]] = {
            90: lambda a, b, c, d: (h - d, a, h - b, c),
            180: lambda a, b, c, d: (w - c, h - d, w - a, h - b),
            270: lambda a, b, c, d: (b, w - c, d, w - a),
        }
        return _with_boxes(reading, turns[reading.rotation])


def _with_boxes(reading: Reading, move: Callable[[int, int, int, int], Box]) -> Reading:
    return dataclasses.replace(
        reading, digits=[dataclasses.replace(digit, box=move(*digit.box)) for digit in reading.digits]
    )


def _what_came(start: bytes) -> str:
    """A sentence or two about a file that no decoder knows, by its first bytes: what came, and what to do."""
    if not start:
        return "The file is empty (0 bytes). Choose it again, or photograph the page again."
    if start.startswith(PICTURES):
        return "The file is damaged or incomplete. Save or photograph it again."
    kind = next((name for magic, name in STARTS.items() if start.lower().lstrip().startswith(magic.lower())), None)
    if kind == "An XML file" and b"<svg" in start:
        kind = "An SVG drawing"
    if start[4:8] == b"ftyp":
        kind = "A HEIC photo" if start[8:12] in (b"heic", b"heix", b"mif1", b"msf1") else "A video or an AVIF picture"
    if kind is None:
        text = start.decode("utf-8", errors="ignore")
        kind = "A text file" if text.isprintable() or text.replace("\n", "").isprintable() else "A file of another kind"
    return f"{kind} came. {NAMES} files are read: save it as one of them."


def _too_large(size: str, most: int = MOST_PIXELS) -> Unreadable:
    return Unreadable(
        f"The picture has {size} pixels; up to {most // 1_000_000} million are read. "
        "Make it smaller, or photograph only the page."
    )


def _most(image: Image.Image) -> int:
    """How many pixels a picture may have, so that unpacking it takes a few hundred megabytes at most."""
    if image.mode in DEEP:
        return MOST_DEEP_PIXELS
    if image.format in CAMERA:
        return MOST_PIXELS
    return MOST_GREY_PIXELS if image.mode in ("1", "L") else MOST_COLOURED_PIXELS


def _smaller(image: Image.Image) -> Image.Image:
    """The picture at a size whose reading needs little memory."""
    side = DEEP_SIDE if image.mode in DEEP else ALPHA_SIDE if image.mode in ("RGBA", "LA", "PA") else LARGEST_SIDE
    if max(image.size) <= side:
        return image
    if image.mode in DEEP:
        scale = side / max(image.size)
        size = tuple(max(1, round(length * scale)) for length in image.size)
        array = np.asarray(image)
        if array.dtype == np.int32:
            array = array.astype(np.float32)
        return Image.fromarray(cv2.resize(np.ascontiguousarray(array), size, interpolation=cv2.INTER_AREA))
    if image.mode == "1":
        image = image.convert("L")
    elif image.mode in ("P", "PA"):
        image = image.convert("RGBA" if "transparency" in image.info or image.mode == "PA" else "RGB")
    image.thumbnail((side, side), Image.Resampling.BOX)
    return image


def _set_upright(image: Image.Image) -> None:
    """Turns the picture as its EXIF says; it stays as it is when the EXIF is broken."""
    try:
        ImageOps.exif_transpose(image, in_place=True)
    except Exception as error:  # Pillow raises anything on broken metadata, and the pixels are good
        logging.getLogger(__name__).info("broken EXIF: %r", error)


def _from_url(url: str) -> io.BytesIO:
    """The file in a data URL: "data:image/png;base64,iVBOR…". Raises Unreadable with a sentence for what is none."""
    head, _, code = url.partition(",")
    try:
        if not head.endswith(";base64"):
            raise ValueError(f"it begins with {head[:40]!r}")
        return io.BytesIO(base64.b64decode(code, validate=True))
    except (binascii.Error, ValueError) as error:
        raise Unreadable(
            f"The picture did not arrive: its url is no base64 data ({str(error)[:80]}). "
            "Expected data:image/png;base64,… or a file."
        ) from None


def _decode(source: Path | io.BytesIO) -> Photo:
    with Image.open(source, formats=FORMATS) as image:
        wide, high = image.size
        most = _most(image)
        if wide * high > most:
            raise _too_large(f"{wide} × {high}", most)
        image.draft(None, (DEEP_SIDE, DEEP_SIDE))  # decoded at a half or less where that leaves enough to read
        image.load()
        lay = image.width < image.height
        _set_upright(image)
        turned = (image.width < image.height) != lay
        return Photo(_smaller(image), *((high, wide) if turned else (wide, high)))


def _start(source: Path | io.BytesIO) -> bytes:
    """The first bytes of a file."""
    if isinstance(source, io.BytesIO):
        return source.getvalue()[:512]
    with source.open("rb") as file:
        return file.read(512)


def open_photo(place: str) -> Photo:
    """The upright picture in a file, by its path or a data URL. Raises Unreadable with a sentence for what is none, or
    too large a one."""
    source = _from_url(place) if place.startswith("data:") else Path(place)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of large pictures and odd metadata; both are handled here
            return _decode(source)
    except Unreadable:
        raise
    except Image.DecompressionBombError:
        raise _too_large("over 178 million") from None
    except UnidentifiedImageError:
        raise Unreadable(_what_came(_start(source))) from None
    except Exception as error:  # a decoder may raise anything on a hostile file
        logging.getLogger(__name__).info("a picture that does not open: %r", error)
        raise Unreadable("The file is damaged or incomplete. Save or photograph it again.") from None


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
