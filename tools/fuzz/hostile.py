"""Everything that takes what others send, as doors: bytes in, a sentence or a reading out, for tests and `make fuzz`.

A door has valid inputs and hostile ones to begin with; `mutate` breaks them further. What a door may answer is stated
here once: a reading, or a sentence without a traceback and without a path of the server. Anything else raises.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import pickle
import random
import re
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import gradio as gr
import numpy as np
from gradio.data_classes import ImageData
from gradio.utils import get_upload_folder
from PIL import Image
from safetensors.numpy import save as save_tensors

import train
from model import checkpoint
from model.network import DigitNet
from model.reader import DigitReader, Reading
from model.review import corrections, gallery
from model.synthesis.render import example_strokes, synthetic_batch
from model.training import data
from ui import draw, mistakes, photo
from ui.photo import upload

ROOT = Path(__file__).resolve().parents[2]
LARGEST_ARRAY = 1 << 22  # elements: whoever calls the methods has the array in memory already
SECRETS = re.compile(r"Traceback|site-packages|/usr/|/\w+\.py\b| at 0x[0-9a-f]{6,}")


@dataclass(frozen=True)
class Door:
    """One way in. `enter` returns the sentence that refused the input, None when it was read; else it raises."""

    corpus: tuple[bytes, ...]
    enter: Callable[[bytes], str | None]


def sentence(text: str, *secret: str) -> str:
    """`text`, when a person may read it: one short line, no traceback, none of the `secret` paths."""
    assert text.strip() and "\n" not in text and len(text) < 1000, f"no sentence: {text[:300]!r}"
    found = SECRETS.search(text)
    assert not found and not any(path in text for path in secret), f"says too much: {text[:300]!r}"
    return text


# ---- the reader's three methods ----

DTYPES = ("u1", "?", "u2", "i4", "i8", "f2", "f4", "f8", "c8", "O", "U3", "M8[s]")
MODES = ("L", "RGB", "RGBA", "LA", "P", "PA", "1", "I", "F", "I;16", "CMYK", "YCbCr", "HSV", "LAB", "La", "RGBa")
OTHERS = (None, "/etc/passwd", "http://127.0.0.1/7.png", b"\x89PNG", [1, 2], 7, float("nan"), {}, object(), Path("/"))
SPECIAL = (float("nan"), float("inf"), -float("inf"), 1e308, -1.0, 0.0, 255.0, 65535.0)
METHODS = ("read_drawing", "read_photo", "classify")


def described(raw: bytes) -> tuple[str, Any]:
    """A method's name and an argument for it, of which `raw` is a short description."""
    head = raw[:12].ljust(12, b"\0")
    method, kind, what = METHODS[head[0] % 3], head[1] % 4, head[2]
    sides = [int.from_bytes(head[i : i + 2], "little") for i in (4, 6, 8, 10)][: head[3] % 5]
    body = raw[12:] or b"\0"
    if kind == 0:
        return method, OTHERS[what % len(OTHERS)]
    while int(np.prod(sides, dtype=object)) > LARGEST_ARRAY:
        sides = [side // 2 for side in sides]
    if kind == 1:
        size = (*sides[:2], 9, 9)[:2]
        image = Image.new("L", size, 255)
        if all(size):
            image.putdata(list((body * (1 + 4096 // len(body)))[: min(size[0] * size[1], 4096)]))
        mode = MODES[what % len(MODES)]
        try:
            image = image.convert(mode)
        except ValueError:  # Pillow knows no such conversion
            image = Image.new(mode, size)
        if what > 128 and mode in ("L", "RGB", "P", "1"):
            image.info["transparency"] = (0, 0, 0) if mode == "RGB" else 0
        return method, image
    if kind == 2 and len(sides) >= 2:
        sides[-1] = (1, 3, 4)[what % 3] if len(sides) == 3 else sides[-1]
    array = np.resize(np.frombuffer(body, np.uint8), sides)
    dtype = DTYPES[what % len(DTYPES)] if kind == 3 else "u1"
    with np.errstate(all="ignore"):
        array = array.astype(dtype)
    if dtype[0] == "f" and array.size:
        array.flat[:: 1 + what % 7] = np.asarray(SPECIAL[what % len(SPECIAL)]).astype(dtype)
    return method, array


def reader_door(reader: DigitReader) -> Door:
    def enter(raw: bytes) -> str | None:
        method, argument = described(raw)
        try:
            answer = getattr(reader, method)(argument)
        except ValueError as error:
            return sentence(str(error))
        if isinstance(answer, Reading):
            assert all(abs(sum(digit.probabilities) - 1) < 1e-3 for digit in answer.digits)
        else:
            assert answer.shape == (len(argument), 10) and np.allclose(answer.sum(axis=1), 1, atol=1e-3)
        return None

    sizes = ((0, 0), (1, 1), (1, 10_000), (10_000, 1), (28, 28), (400, 300))
    corpus = [bytes([m, k, w, 2]) + struct.pack("<4H", *s, 0, 0) for m in range(3) for k in (1, 2, 3)
              for w in range(0, 16, 5) for s in sizes]  # fmt: skip
    corpus += [bytes([m, 0, w, 0]) + bytes(8) for m in range(3) for w in range(len(OTHERS))]
    corpus += [bytes([m, 2, 1, n]) + struct.pack("<4H", 28, 28, 28, 28) + bytes(range(256)) * 3
               for m in range(3) for n in range(5)]  # fmt: skip
    corpus += [bytes([m, 3, w, 3]) + struct.pack("<4H", 4, 28, 28, 0) + bytes(range(0, 256, 3))
               for m in range(3) for w in range(12)]  # fmt: skip
    return Door(tuple(corpus), enter)


# ---- picture files, through the upload, to the page and to the API ----


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
    from model.ink.normalise import render_strokes

    strokes = [
        {"points": [[10 + 70 * n + 60 * x, 20 + 80 * y] for x, y in line], "width": 6}
        for n, digit in enumerate((3, 7))
        for line in example_strokes(digit)
    ]
    return Image.fromarray(render_strokes(strokes, (120, 160)))


def picture_files() -> tuple[bytes, ...]:
    """Small files of every kind that is read, and those that people send to break readers."""
    grey = small_page()
    colour = grey.convert("RGB")
    deep = np.asarray(grey).astype(np.uint16) * 257
    broken_floats = np.asarray(grey).astype(np.float32)
    broken_floats[::5] = np.nan
    broken_floats[1::5] = np.inf
    good = [
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
    ]
    bad = [
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
        claiming(encoded(colour, "JPEG"), 20_000, 10_000),
        claiming(encoded(colour, "JPEG"), 65_535, 65_535),
        claiming(encoded(colour, "JPEG"), 7_000, 7_000),
        encoded(Image.new("1", (7_000, 7_000)), "TIFF", compression="group4"),
        encoded(Image.new("P", (7_000, 7_000)), "GIF"),
        b"GIF89a" + struct.pack("<HH", 65_535, 700) + b"\x80\0\0\0\0\0\xff\xff\xff,"
        + struct.pack("<HHHH", 0, 0, 65_535, 700) + b"\0\2\2\x44\1\0;",
        b"BM" + struct.pack("<IIIIiiHHIIiiII", 54, 0, 54, 40, -1, -(2**31), 1, 24, 0, 0, 0, 0, 0, 0),
        b"II*\x00\x08\x00\x00\x00\xff\xff" + b"\xff" * 40,
    ]  # fmt: skip
    return (*good, *bad)


def picture_door(reader: DigitReader) -> Door:
    """A file as a visitor uploads it: on the page as a photo, and from a program as a drawing."""
    box = upload.PhotoInput(render=False)
    for_page, for_programs = photo.for_page(reader), photo.for_programs(reader)[1]

    def enter(raw: bytes) -> str | None:
        folder = Path(get_upload_folder()) / "visitor"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "page.png"
        path.write_bytes(raw)
        try:
            json.dumps(for_page(box.preprocess(ImageData(path=str(path)))))
            json.dumps(for_programs(box.preprocess(ImageData(path=str(path)))))
        except gr.Error as error:
            assert not error.print_exception
            return sentence(error.message, str(path), str(folder), path.name)
        return None

    return Door(picture_files(), enter)


# ---- the pad's event, the API's strokes, and the page's other server functions ----

LINE = {"points": [[320, 80], [320, 400]], "width": 16, "erase": False}


def stroke_texts() -> tuple[bytes, ...]:
    strokes: list[Any] = [
        [],
        [LINE],
        [LINE, {**LINE, "erase": True}],
        [{"points": [[0, 0]], "width": 1e-300}],
        [{"points": [[-1e9, 1e9], [1e300, -1e300]], "width": 16}],
        [{"points": [[1, 2]], "width": -3}],
        [{"points": [], "width": 3}],
        [{"points": {"0": [1, 2]}, "width": 3}],
        [{"points": [[[1, 2]]], "width": [3]}],
        [{"points": [["1", "2"], [None, True]], "width": "3"}],
        [{"points": [[1, 2]], "width": True, "erase": []}],
        [{"points": "x" * 50_000, "width": 3}],
        [{"points": [[1, 2]] * 30_000, "width": 3}],
        [{"points": [[1, 2] * 30_000], "width": 3}],
        [LINE] * 200,
        [LINE] * 5000,
        [[]] * 3,
        None,
        {"points": []},
        "7",
    ]
    requests = [{"strokes": one, "picture": None, "index": 0, "digit": 7, "number": 1, "width": 640, "height": 480}
                for one in strokes]  # fmt: skip
    requests += [
        {"strokes": [], "picture": "A" * 1046 + "=="},
        {"strokes": [LINE], "picture": 7, "index": -1, "digit": 10, "number": -1, "width": -1, "height": "a"},
        {"strokes": [LINE], "picture": "é", "index": 1e999, "digit": 1e308, "number": 10**40, "width": None},
        {"strokes": [LINE], "picture": [], "index": True, "digit": True, "number": 2.5, "width": [1], "height": 1e999},
        {"strokes": [LINE], "width": 16.5, "height": True},
    ]
    texts = [json.dumps(request) for request in requests]
    texts += ["null", "7", "[]", '"../card"', '"lines"', '{"number": 0}', "[" * 900 + "]" * 900]
    return tuple(text.encode() for text in texts)


def pad_door(reader: DigitReader, shown: gallery.Gallery | None) -> Door:
    answering = [*draw.server_functions(reader), *mistakes.server_functions(reader, shown), photo.for_examples(reader)]
    read_strokes, find = draw.strokes_api(reader), mistakes.api(shown)

    def api(call: Callable[..., Any], *arguments: Any) -> str | None:
        try:
            json.dumps(call(*arguments))
        except gr.Error as error:
            assert not error.print_exception
            return sentence(error.message)
        return None

    def enter(raw: bytes) -> str | None:
        try:
            request = json.loads(raw)
        except (ValueError, RecursionError):
            request = raw.decode("latin-1")
        said = {}
        for function in answering:
            answer = function(request)
            json.dumps(answer)
            if "message" in answer:
                assert "Something went wrong" not in answer["message"], f"{function.__name__} met the unexpected"
                said[function.__name__] = sentence(answer["message"])
        values = request if isinstance(request, dict) else {}
        said["api"] = api(read_strokes, values.get("strokes"), values.get("width"), values.get("height")) or ""
        api(find, values.get("digit"), values.get("index"), values.get("sort", "row"))
        return said.get("read_pad") or said["api"] or None

    return Door(stroke_texts(), enter)


# ---- requests to the server ----


def request(path: str, body: Any = None, method: str = "POST", kind: str = "application/json") -> bytes:
    """A request as `requests_door` takes it: method, path and type on the first line, then the body."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return f"{method} /gradio_api/{path} {kind}\n".encode() + raw


def requests(served: list[tuple[int, str]]) -> tuple[bytes, ...]:
    """What a browser, a program and somebody who looks for holes would send; `served`: the page's own functions."""
    seven = [{"points": [[90, 70], [190, 70], [130, 210]], "width": 14}]
    pixel = [[0] * 28 for _ in range(28)]
    file = {"_type": "gradio.FileData"}
    calls = {
        "read_strokes": [seven, 280, 280],
        "read_photo": [
            {"path": "page.png", "url": "https://example.org/page.png", "orig_name": "page.png", "meta": file}
        ],
        "read_drawing": [{"path": "/etc/passwd", "size": 7, "mime_type": "image/png", "meta": file}],
        "mistakes": [4, 9, "confidence"],
        "card": [],
        "correct": [pixel, 7],
    }
    found = [request(f"{way}/{name}", {"data": data}) for name, data in calls.items() for way in ("run", "api", "call")]
    found += [
        request("queue/join", {"data": data, "fn_index": index, "session_hash": "abc", "trigger_id": None})
        for index, data in enumerate(calls.values())
    ]
    called = {"session_hash": "abc", "data": {"strokes": seven, "number": 1, "index": 3, "pixels": pixel, "label": 7}}
    found += [request("component_server/", {**called, "component_id": at, "fn_name": name}) for at, name in served]
    form = b'--x\r\ncontent-disposition: form-data; name="files"; filename="a.png"\r\ncontent-type: image/png\r\n\r\n'
    form += encoded(small_page()) + b"\r\n--x--\r\n"
    found.append(request("upload", form, kind="multipart/form-data;boundary=x"))
    found.append(request("upload?upload_id=1", form, kind="multipart/form-data;boundary=x"))
    for path in ("info", "file=assets/card.json", "file=/etc/passwd", "startup-events", "api/card", "app_id", "login"):
        found += [request(path, b"", "GET"), request(path, {}, "POST")]
    return (*found, request("cancel", {"session_hash": "abc", "fn_index": 1, "event_id": "e"}), request("reset", {}))


def requests_door(reader: DigitReader, shown: gallery.Gallery, folder: Path) -> Door:
    """The real app behind its guard, served on loopback. Streams, which never end, are left out."""
    import app
    from ui import guard

    guard.RATE = guard.BURST = float("inf")  # of one address; here all come from one
    demo = app.build_demo(reader, shown, reader.card, corrections.Store(folder))
    _, url, _ = demo.launch(prevent_thread_lock=True, quiet=True, **app.launch_options())
    address = urlsplit(url).netloc

    def enter(raw: bytes) -> str | None:
        line, _, body = raw.partition(b"\n")
        method, path, kind = [*line.decode("latin-1").split(" "), "", ""][:3]
        path = "/" + quote(path.lstrip("/"), safe="/=?&%")
        if not re.fullmatch("[A-Z]{1,20}", method) or re.search("heartbeat|/data|upload_progress", path):
            return "no request"
        headers = {"content-type": "".join(c for c in kind if c.isascii() and c.isprintable()).strip()}
        with closing(HTTPConnection(address, timeout=30)) as asked:
            asked.request(method, path, body, headers)
            answer = asked.getresponse()
            status, text = answer.status, answer.read().decode(errors="replace")
        if status >= 400 and text.startswith("{"):
            said = json.loads(text)
            reason = said.get("error") or said.get("detail")
            assert isinstance(reason, list) or sentence(reason, str(ROOT))  # fastapi lists what misfits, and where
        assert status < 500 or text.startswith('{"error"'), text[:300]
        assert "Traceback" not in text and "root:x" not in text and str(ROOT) not in text
        return None if status < 400 else f"status {status}"

    served = [
        (number, name)
        for number, block in demo.blocks.items()
        for name in dir(block)
        if getattr(getattr(block, name, None), "_is_server_fn", False)
    ]
    return Door(requests(served), enter)


# ---- files that are given on the command line ----


def kaggle_texts() -> tuple[bytes, ...]:
    """CSVs as they are and as they should not be: small ones, as bombs, zipped, with other line ends."""
    images, labels = synthetic_batch(np.random.default_rng(0), 12)
    header = ",".join(["label", *data.PIXELS]).encode()
    rows = [",".join(map(str, [label, *image.ravel()])).encode() for label, image in zip(labels, images, strict=True)]
    good = b"\n".join([header, *rows]) + b"\n"

    def zipped(name: str, content: bytes) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, content)
        return buffer.getvalue()

    bomb = header + b"\n" + bytes(40_000_000)
    packer = zlib.compressobj(9, wbits=31)
    zeros = packer.compress(bomb) + packer.flush()
    first = rows[0].split(b",", 1)[1]
    odd = [b"+5", b"1e1", b"0.0", b"-0", b" 3", b'"3"', b"0x3", b"nan", b"", b"256", b"10", b"9" * 5000, "３".encode()]
    return (
        good,
        good.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + good,
        good.decode().encode("utf-16"),
        b"\n".join([header.split(b",", 1)[1], first]),
        zipped("digit-recognizer/train.csv", good),
        zipped("../../etc/train.csv", good),
        zipped("train.csv", b""),
        zipped("other.csv", good),
        zeros,
        zipped("train.csv", bomb),
        gzip.compress(good),
        b"",
        header,
        header + b"\n" + b"," * 784,
        header + b"\n" + b"\0" * 5000,
        header.replace(b"pixel5,", b'"pixel5\n",') + b"\n" + rows[0],
        *(b"\n".join([header, value + b"," + first]) for value in odd),
        *(b"\n".join([header, b"3," + value + b"," + first.split(b",", 1)[1]]) for value in odd),
    )


def csv_door(folder: Path) -> Door:
    def enter(raw: bytes) -> str | None:
        said: list[str] = []
        path = folder / "train.csv"
        path.write_bytes(raw)
        for load in (data.load_csv, data.load_test):
            try:
                load(path)
            except ValueError as error:
                said.append(sentence(str(error).replace(str(folder), "")))
        return said[0] if len(said) == 2 else None

    return Door(kaggle_texts(), enter)


ARGUMENTS = {"widths": [2, 2, 2], "dropout": 0.1}


def small_network(folder: Path) -> tuple[bytes, bytes]:
    """The bytes of weights and card of a tiny network."""
    card = {"network": {"name": "digitnet", "arguments": ARGUMENTS}, "temperature": 1.2, "threshold": 0.4}
    checkpoint.save(folder, DigitNet(**ARGUMENTS), card)
    return (folder / checkpoint.WEIGHTS).read_bytes(), (folder / checkpoint.CARD).read_bytes()


def pickled() -> bytes:
    """A pickle that leaves a trace when it is loaded."""

    class Trace:
        def __reduce__(self) -> Any:
            return Trap.spring, ()

    return pickle.dumps(Trace())


class Trap:
    sprung = False

    @classmethod
    def spring(cls) -> None:
        cls.sprung = True


def loading(folder: Path, load: Callable[[Path], Any]) -> str | None:
    try:
        load(folder)
    except ValueError as error:
        return sentence(str(error).replace(str(folder), ""))
    finally:
        assert not Trap.sprung, "a pickle was loaded"
    return None


def card_door(folder: Path) -> Door:
    """card.json beside good weights."""
    weights, card = small_network(folder)
    good = json.loads(card)

    def enter(raw: bytes) -> str | None:
        (folder / checkpoint.CARD).write_bytes(raw)
        (folder / checkpoint.WEIGHTS).write_bytes(weights)
        return loading(folder, DigitReader.load)

    changes: list[dict[str, Any]] = [
        {},
        {"format": 99},
        {"format": None},
        {"format": 1e999},
        {"weights_sha256": None},
        {"weights_sha256": "0" * 64},
        {"weights_sha256": 7},
        {"temperature": "hot"},
        {"temperature": 0},
        {"temperature": -1},
        {"temperature": float("nan")},
        {"threshold": None},
        {"threshold": [0.5]},
        {"threshold": float("inf")},
        {"network": None},
        {"network": {"name": ["digitnet"]}},
        {"network": {"name": "digitnet"}},
        {"network": {"name": "digitnet", "arguments": {"widths": [10**6] * 3}}},
        {"network": {"name": "digitnet", "arguments": {"widths": [10**30] * 3}}},
        {"network": {"name": "digitnet", "arguments": {"widths": [-1, 2, 2]}}},
        {"network": {"name": "digitnet", "arguments": {"widths": "abc"}}},
        {"network": {"name": "digitnet", "arguments": {"widths": [2, 2, 2], "dropout": 7}}},
        {"network": {"name": "digitnet", "arguments": [1, 2]}},
        {"network": {"name": "vgg-bn"}},
    ]
    texts = [json.dumps({**good, **change}).encode() for change in changes]
    without = json.dumps({name: value for name, value in good.items() if name != "weights_sha256"}).encode()
    return Door((*texts, without, b"", b"[]", b"null", b"\xff\xfe", b"{" * 5000, pickled()), enter)


def weights_door(folder: Path) -> Door:
    """weights.safetensors under a card that vouches for them, so that their content is looked at."""
    weights, card = small_network(folder)
    good = json.loads(card)
    size = struct.unpack("<Q", weights[:8])[0]
    header = json.loads(weights[8 : 8 + size])
    tensors = {name: np.zeros(one["shape"], np.float32) for name, one in header.items() if name != "__metadata__"}

    def enter(raw: bytes) -> str | None:
        (folder / checkpoint.WEIGHTS).write_bytes(raw)
        vouching = {**good, "weights_sha256": hashlib.sha256(raw).hexdigest()}
        (folder / checkpoint.CARD).write_text(json.dumps(vouching))
        return loading(folder, DigitReader.load)

    def relabelled(**values: Any) -> bytes:
        text = json.dumps({name: {**one, **values} for name, one in header.items() if name != "__metadata__"}).encode()
        return struct.pack("<Q", len(text)) + text + weights[8 + size :]

    other = {**tensors, "head.weight": np.zeros((3, 3), np.float32)}
    broken = {**tensors, "head.bias": np.full(11, np.nan, np.float32)}
    return Door(
        (
            weights,
            weights[:-4],
            weights[: size + 8],
            weights + bytes(4),
            struct.pack("<Q", 2**63) + weights[8:],
            relabelled(shape=[2**40]),
            relabelled(data_offsets=[0, 2**40]),
            relabelled(dtype="F64"),
            relabelled(dtype="BOOL"),
            save_tensors(other),
            save_tensors(broken),
            save_tensors({name: value.astype(np.float64) for name, value in tensors.items()}),
            save_tensors({}),
            pickled(),
            b"",
            b"PK\x03\x04",
        ),
        enter,
    )


def state_door(folder: Path) -> Door:
    """state.safetensors, what --resume reads."""
    import torch

    tensors = {"net.head.bias": torch.zeros(11)}
    train.save_state(folder, tensors, {"epoch": 1, "curves": []}, {"config": {}, "sha256": "0"})
    good = (folder / train.STATE).read_bytes()
    size = struct.unpack("<Q", good[:8])[0]
    header = json.loads(good[8 : 8 + size])
    bare = json.dumps({name: one for name, one in header.items() if name != "__metadata__"}).encode()

    def enter(raw: bytes) -> str | None:
        (folder / train.STATE).write_bytes(raw)
        return loading(folder, train.load_state)

    return Door((good, good[:-4], good[:30], struct.pack("<Q", len(bare)) + bare + bytes(44), pickled(), b""), enter)


def gallery_door(folder: Path) -> Door:
    """The gallery's table: its pictures are vouched for by it."""
    rng = np.random.default_rng(0)
    images, labels = synthetic_batch(rng, 30)
    probabilities = rng.dirichlet(np.ones(10), 30)
    features = rng.normal(size=(30, 4))
    gallery.collect(images, labels % 10, np.arange(30), probabilities, features).save(folder)
    table = (folder / gallery.TABLE).read_bytes()
    lines = table.split(b"\n")

    def enter(raw: bytes) -> str | None:
        (folder / gallery.TABLE).write_bytes(raw)
        return loading(folder, gallery.Gallery.load)

    return Door(
        (table, b"", lines[0], b"\n".join(lines[:3]), b"\n".join(lines[1:]), table.replace(b",0.", b",nan"), pickled()),
        enter,
    )


def doors(folder: Path | None = None) -> dict[str, Callable[[], Door]]:
    """name -> what opens the door; each works in a folder of its own."""
    home = folder or Path(tempfile.mkdtemp(prefix="doors"))

    def inside(name: str) -> Path:
        path = home / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    reader = cache(DigitReader.load)
    return {
        "reader": lambda: reader_door(reader()),
        "picture": lambda: picture_door(reader()),
        "pad": lambda: pad_door(reader(), gallery.Gallery.load(checkpoint_folder())),
        "requests": lambda: requests_door(reader(), gallery.Gallery.load(checkpoint_folder()), inside("requests")),
        "csv": lambda: csv_door(inside("csv")),
        "card": lambda: card_door(inside("card")),
        "weights": lambda: weights_door(inside("weights")),
        "state": lambda: state_door(inside("state")),
        "gallery": lambda: gallery_door(inside("gallery")),
    }


def checkpoint_folder() -> Path:
    return ROOT / "assets"


# ---- breaking what is valid ----

NUMBERS = (b"0", b"-1", b"1e308", b"1e999", b"NaN", b"-Infinity", b"2147483648", b"9223372036854775808", b'"7"',
           b"null", b"[]", b"{}", b"true", b"1e-320", b"9" * 400)  # fmt: skip
WORDS = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)
LONGEST = 1 << 20


def mutate(rng: random.Random, corpus: tuple[bytes, ...]) -> bytes:
    """One of the corpus after 1 to 8 changes: bits, bytes, lengths, numbers in text, parts cut, doubled or swapped."""
    raw = bytearray(rng.choice(corpus))
    for _ in range(rng.choice((1, 1, 2, 4, 8))):
        at = rng.randrange(len(raw) + 1)
        if rng.random() < 0.3:
            at = min(at, rng.randrange(64))  # headers decide most
        length = min(rng.choice((1, 2, 4, 16, 256)), len(raw) - at)
        kind = rng.randrange(8)
        if kind == 0 and length:
            raw[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            raw[at : at + length] = rng.randbytes(length)
        elif kind == 2:
            del raw[at : at + length]
        elif kind == 3:
            raw[at:at] = raw[at : at + length] * rng.choice((1, 2, 50))
        elif kind == 4:
            del raw[at:]
        elif kind == 5:
            numbers = list(re.finditer(rb"-?\d+(?:\.\d+)?", raw[:20_000]))
            if numbers:
                found = rng.choice(numbers)
                raw[found.start() : found.end()] = rng.choice(NUMBERS)
        elif kind == 6 and len(raw) >= at + 4:
            raw[at : at + 4] = rng.choice(WORDS).to_bytes(4, rng.choice(("little", "big")))
        elif kind == 7:
            other = rng.choice(corpus)
            start = rng.randrange(len(other) + 1)
            raw[at : at + length] = other[start : start + rng.choice((4, 64, 4096))]
    return bytes(raw[:LONGEST])
