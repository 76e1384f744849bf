"""Picture files, through the upload, to the page and to the API."""

from __future__ import annotations

import io
import json
import struct
import zlib
from functools import cache, partial
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from gradio.data_classes import ImageData
from gradio.utils import get_upload_folder
from PIL import Image

from model.ink.canvas import render_strokes
from model.reader import DigitReader
from model.synthesis.render import example_strokes
from tools.fuzz import Target, sentence
from ui import photo, photo_process
from ui.photo import upload


def chunk(name: bytes, content: bytes) -> bytes:
    """A PNG chunk."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def hollow_png(width: int, height: int, bits: int = 1, colour: int = 0, rows: int | None = 0) -> bytes:
    """A PNG that claims a size; `rows` of them are there (None: all), deflated to almost nothing."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    line = 1 + (width * bits * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour] + 7) // 8
    packer = zlib.compressobj(9)
    count = height if rows is None else rows
    body = b"".join(packer.compress(bytes(line)) for _ in range(count)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def claiming(jpeg: bytes, width: int, height: int) -> bytes:
    """The JPEG with another size in its frame header."""
    at = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]


@cache
def small_page() -> Image.Image:
    """Two digits on paper, 160×120."""
    strokes = [
        {"points": [[10 + 70 * n + 60 * x, 20 + 80 * y] for x, y in line], "width": 6}
        for n, digit in enumerate((3, 7))
        for line in example_strokes(digit)
    ]
    return Image.fromarray(render_strokes(strokes, (120, 160)))


def picture_files() -> tuple[bytes, ...]:
    """Small files of every kind that is read, and those that people send to break readers."""
    return (*readable_files(), *hostile_files())


def readable_files() -> tuple[bytes, ...]:
    """A small page in every format, mode and depth that is read."""
    grey = small_page()
    colour = grey.convert("RGB")
    deep = np.asarray(grey).astype(np.uint16) * 257
    broken_floats = np.asarray(grey).astype(np.float32)
    broken_floats[::5] = np.nan
    broken_floats[1::5] = np.inf
    return (
        encoded(colour, "JPEG"),
        encoded(grey, "JPEG", progressive=True),
        encoded(colour.convert("CMYK"), "JPEG"),
        encoded(colour, "PNG"),
        encoded(Image.fromarray(deep)),
        encoded(Image.fromarray(broken_floats), "TIFF"),
        encoded(grey, "TIFF", compression="tiff_deflate"),
        encoded(colour.quantize(8), transparency=0),
        encoded(Image.merge("LA", (grey, grey))),
        encoded(grey.convert("1"), "BMP"),
        encoded(colour, "WEBP"),
        encoded(colour, "GIF", save_all=True, append_images=[Image.new("RGB", (160, 120), "red")] * 3),
        encoded(colour, "PNG", save_all=True, append_images=[colour.rotate(9)]),
        encoded(grey, "JPEG", exif=b"Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06"),
    )


def hostile_files() -> tuple[bytes, ...]:
    """No pictures, commands that some readers run, and pictures that claim to be huge."""
    page = encoded(small_page().convert("RGB"), "JPEG")
    return (
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"<html><script>alert(1)</script></html>",
        b'<svg xmlns="http://www.w3.org/2000/svg"><image href="http://127.0.0.1:1/"/></svg>',
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><svg>&b;</svg>',
        b"/etc/passwd",
        b"http://169.254.169.254/latest/meta-data",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run\n",
        b"push graphic-context\nimage over 0,0 0,0 'https://127.0.0.1/'\npop graphic-context",
        hollow_png(50_000, 50_000),
        hollow_png(50_000, 50_000, rows=200),
        hollow_png(7_000, 7_000, rows=None),
        hollow_png(7_000, 7_000, 8, 6, rows=None),
        hollow_png(4_000, 4_000, 16, 6, rows=None),
        hollow_png(1, 1, rows=None),
        hollow_png(1, 10_000, rows=None),
        hollow_png(10_000, 1, rows=None),
        hollow_png(0, 0),
        hollow_png(2**31 - 1, 2**31 - 1),
        claiming(page, 20_000, 10_000),
        claiming(page, 65_535, 65_535),
        claiming(page, 7_000, 7_000),
        encoded(Image.new("1", (7_000, 7_000)), "TIFF", compression="group4"),
        encoded(Image.new("P", (7_000, 7_000)), "GIF"),
        b"GIF89a" + struct.pack("<HH", 65_535, 700) + b"\x80\0\0\0\0\0\xff\xff\xff,"
        + struct.pack("<HHHH", 0, 0, 65_535, 700) + b"\0\2\2\x44\1\0;",
        b"BM" + struct.pack("<IIIIiiHHIIiiII", 54, 0, 54, 40, -1, -(2**31), 1, 24, 0, 0, 0, 0, 0, 0),
        b"II*\x00\x08\x00\x00\x00\xff\xff" + b"\xff" * 40,
    )  # fmt: skip


def picture_target(reader: DigitReader) -> Target:
    """A file as a visitor uploads it: on the page as a photo, and from a program as a drawing."""
    box = upload.PhotoInput(render=False)
    ask = partial(photo_process.respond, reader)
    for_page, for_programs = photo.server_functions(ask)[0], photo.for_programs(ask)[1]

    def enter(raw: bytes) -> str | None:
        folder = Path(get_upload_folder()) / "visitor"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "page.png"
        path.write_bytes(raw)
        try:
            answer = for_page({"path": str(path)})
            json.dumps(answer)
            assert "Something went wrong" not in answer.get("message", ""), "the page met the unexpected"
            json.dumps(for_programs(box.preprocess(ImageData(path=str(path)))))
        except gr.Error as error:
            assert not error.print_exception
            return sentence(error.message, str(path), str(folder), path.name)
        return sentence(answer["message"], str(path), str(folder)) if "message" in answer else None

    return Target(picture_files(), enter)
