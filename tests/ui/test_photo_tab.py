"""The Photo tab without a browser: what is opened, what is refused with which sentence, and what programs get."""

from __future__ import annotations

import base64
import io
import json
import os
import struct
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import gradio as gr
import numpy as np
import pytest
from gradio.data_classes import ImageData
from gradio.utils import get_upload_folder
from PIL import Image, ImageDraw

from model.reading import Reading
from model.synthesis.render import example_strokes
from tests.support.app import FakeReader, Server
from tests.support.pages import Glyph, Page, compose
from ui import photo, photo_process, pictures
from ui.photo import upload

HEIC = (  # a grey picture of 16×8 pixels
    "AAAAHGZ0eXBoZWl4AAAAAG1pZjFoZWl4bWlhZgAAAXZtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAA"
    "ACJpbG9jAAAAAERAAAEAAQAAAAABmgABAAAAAAAAABwAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRt"
    "AAAAAAABAAAA9mlwcnAAAADWaXBjbwAAAHFodmNDAQQIAAAAn/gAAAAAHvAA/Pz4+AAADwNgAAEAF0ABDAH//wQIAAADAJ/4AAAD"
    "AAAeugJAYQABACZCAQEECAAAAwCf+AAAAwAAHsCCBBZbqrprmwIAAAMAMgAAAwACEGIAAQAGRAHBc8GJAAAAE2NvbHJuY2x4AAEA"
    "DQAGgAAAABRpc3BlAAAAAAAAAEAAAABAAAAAKGNsYXAAAAAQAAAAAQAAAAgAAAAB////0AAAAAL////IAAAAAgAAAA5waXhpAAAA"
    "AAEIAAAAGGlwbWEAAAAAAAAAAQABBYECAwWEAAAAJG1kYXQAAAAYKAGuMkcbgMp4V1NArcxZFKDZCJCTeTjA"
)


@pytest.fixture
def sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes, str], str]:
    """sent(bytes, name) is the path of bytes that a visitor has uploaded."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    box = upload.PhotoInput(render=False)

    def send(content: bytes, name: str = "page.png") -> str:
        path = Path(get_upload_folder()) / "visitor" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        place = box.preprocess(ImageData(path=str(path), orig_name=name))
        assert place is not None
        return place

    return send


def asking(reader: Any) -> photo.Ask:
    """What reads photos with a reader of the test's, in this process."""
    return partial(photo_process.respond, reader)


def read_by_a_program(place: str | None, reader: Any = None) -> dict[str, Any]:
    """What /read_photo answers."""
    return photo.for_programs(asking(reader or FakeReader()))[0](place)


def page_picture(size: tuple[int, int] = (120, 80)) -> Image.Image:
    """White paper with a black block near its upper left corner: which way is up shows."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).rectangle((10, 10, 40, 20), fill="black")
    return image


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def empty_png(width: int, height: int, bits: int = 1) -> bytes:
    """A PNG that claims a size and has no pixels: 67 bytes or so."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\x00" * 99))
        + chunk(b"IEND", b"")
    )


NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 120, 3), np.uint8))
BAD = {
    "nothing": (b"", "empty (0 bytes)"),
    "half a PNG": (encoded(NOISE)[:9000], "damaged or incomplete"),
    "the start of a PNG": (encoded(NOISE)[:20], "damaged or incomplete"),
    "half a JPEG": (encoded(NOISE, "JPEG")[:3000], "damaged or incomplete"),
    "a PNG without its magic": (b"XXXX" + encoded(NOISE)[4:], "another kind came"),
    "random bytes": (bytes(range(256)) * 4, "another kind came"),
    "text": (b"seven eight nine\n" * 20, "A text file came"),
    "an SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>', "An SVG drawing came"),
    "an SVG as XML": (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "An SVG drawing came"),
    "a web page": (b"\n<!DOCTYPE html><html><script>alert(1)</script></html>", "A web page came"),
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3", "A PDF document came"),
    "an archive": (b"PK\x03\x04" + bytes(40), "A ZIP archive or office document came"),
    "EPS, which Pillow would hand to a program": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "came"),
    "a bomb": (empty_png(50_000, 50_000), "50 million"),
    "too large a PNG": (empty_png(10_000, 5_001), "10000 × 5001 pixels"),
    "too large a PNG of 16 bits": (empty_png(4_000, 4_001, 16), "up to 16 million"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_get_a_sentence(case: str, sent: Callable[..., str], tmp_path: Path) -> None:
    content, words = BAD[case]
    with pytest.raises(gr.Error) as caught:
        read_by_a_program(sent(content))
    said = caught.value.message
    assert words in said
    assert str(tmp_path) not in said and "page.png" not in said, "a path of the server"
    assert caught.value.print_exception is False
    assert any(verb in said for verb in ("save it as", "Save or", "Choose it", "Make it")), "what to do is missing"


GREY = page_picture().convert("L")
GOOD = {
    "JPEG": encoded(page_picture(), "JPEG"),
    "CMYK JPEG": encoded(page_picture().convert("CMYK"), "JPEG"),
    "WebP": encoded(page_picture(), "WEBP", lossless=True),
    "BMP": encoded(page_picture(), "BMP"),
    "TIFF": encoded(page_picture(), "TIFF"),
    "palette": encoded(page_picture().convert("P")),
    "one bit": encoded(page_picture().convert("1")),
    "16 bits": encoded(Image.fromarray(np.asarray(GREY).astype(np.uint16) * 257)),
    "float TIFF": encoded(Image.fromarray(np.asarray(GREY).astype(np.float32)), "TIFF"),
    "transparent palette": encoded(
        page_picture().quantize(4), transparency=page_picture().quantize(4).getpixel((0, 0))
    ),
    "transparent": encoded(Image.merge("LA", (GREY, Image.eval(GREY, lambda grey: 255 - grey)))),
    "animated GIF": encoded(page_picture(), "GIF", save_all=True, append_images=[NOISE.resize((120, 80))]),
    "animated WebP": encoded(
        page_picture(), "WEBP", lossless=True, save_all=True, append_images=[NOISE.resize((120, 80))]
    ),
}


@pytest.mark.parametrize("kind", GOOD)
def test_every_kind_shows_the_same_picture(kind: str, sent: Callable[..., str]) -> None:
    came = pictures.open_photo(sent(GOOD[kind], "renamed.png"))
    assert (came.width, came.height) == came.image.size == (120, 80)
    data = pictures.shown(came.image)
    seen = np.asarray(Image.open(io.BytesIO(base64.b64decode(data.split(",")[1]))).convert("L")).astype(int)
    assert np.abs(seen - np.asarray(GREY)).mean() < 5


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_upright(orientation: int, sent: Callable[..., str]) -> None:
    turn = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}.get(orientation)  # how Pillow calls what the camera did
    stored = page_picture() if turn is None else page_picture().transpose(Image.Transpose(turn))
    exif = Image.Exif()
    exif[0x0112] = orientation
    came = pictures.open_photo(sent(encoded(stored, exif=exif)))
    assert (came.width, came.height) == (120, 80)
    assert np.array_equal(np.asarray(came.image), np.asarray(page_picture()))


def test_broken_exif_does_not_matter(sent: Callable[..., str]) -> None:
    came = pictures.open_photo(
        sent(encoded(page_picture(), "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff" + bytes(20)))
    )
    assert came.image.size == (120, 80)


@pytest.mark.skipif("HEIF" not in pictures.FORMATS, reason="pi-heif is not installed")
def test_heic(sent: Callable[..., str]) -> None:
    came = pictures.open_photo(sent(base64.b64decode(HEIC), "IMG_0001.HEIC"))
    assert came.image.size == (16, 8)


@pytest.mark.parametrize("path", ["/etc/hostname", "{root}/assets/examples/lines.png", "{uploads}/../secret.png", ""])
def test_only_uploads_are_opened(path: str, sent: Callable[..., str]) -> None:
    uploads = Path(get_upload_folder())
    uploads.mkdir(parents=True, exist_ok=True)
    (uploads.parent / "secret.png").write_bytes(encoded(page_picture()))
    payload = ImageData(path=path.format(root=Path(__file__).parents[2], uploads=uploads))
    with pytest.raises(gr.Error, match="did not arrive"):
        upload.PhotoInput(render=False).preprocess(payload)


def test_a_link_out_of_the_uploads_is_not_followed(sent: Callable[..., str], tmp_path: Path) -> None:
    sent(encoded(page_picture()), "first.png")
    outside = tmp_path.parent / "outside.png"
    outside.write_bytes(encoded(page_picture()))
    link = Path(get_upload_folder()) / "link.png"
    os.symlink(outside, link)
    with pytest.raises(gr.Error, match="did not arrive"):
        upload.PhotoInput(render=False).preprocess(ImageData(path=str(link)))


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/page.png", "http://nowhere.invalid/page.png"])
def test_an_address_that_cannot_be_fetched_is_named(url: str, sent: Callable[..., str]) -> None:
    with pytest.raises(gr.Error, match=rf"did not arrive: {url} cannot be fetched \(.+\)\. Send the file"):
        upload.PhotoInput(render=False).preprocess(ImageData(url=url))


def data_url(content: bytes, kind: str = "image/png") -> ImageData:
    return ImageData(url=f"data:{kind};base64,{base64.b64encode(content).decode()}")


@pytest.mark.parametrize("kind", ["JPEG", "palette", "16 bits", "transparent"])
def test_a_picture_in_base64_is_read(kind: str, sent: Callable[..., str]) -> None:
    place = upload.PhotoInput(render=False).preprocess(data_url(GOOD[kind]))
    assert place is not None and pictures.open_photo(place).image.size == (120, 80)


@pytest.mark.parametrize("case", BAD)
def test_base64_has_the_same_limits(case: str, sent: Callable[..., str]) -> None:
    content, words = BAD[case]
    with pytest.raises(gr.Error) as caught:
        read_by_a_program(upload.PhotoInput(render=False).preprocess(data_url(content)))
    assert words in caught.value.message


@pytest.mark.parametrize("url", ["data:image/png,AAAA", "data:image/png;base64,????", "data:", "data:;base64"])
def test_what_is_no_base64_is_said(url: str) -> None:
    with pytest.raises(gr.Error, match=r"did not arrive.*Expected data:image/png;base64,…|file is empty"):
        read_by_a_program(upload.PhotoInput(render=False).preprocess(ImageData(url=url)))


@pytest.mark.parametrize("mode", ["RGB", "I;16"])
def test_large_pictures_are_shrunk_and_boxes_are_not(mode: str, sent: Callable[..., str]) -> None:
    grey = np.full((1500, 6000), 255, np.uint8)
    grey[300:900, 4000:4400] = 0
    image = Image.fromarray(grey.astype(np.uint16) * 257) if mode == "I;16" else Image.fromarray(grey).convert("RGB")
    place = sent(encoded(image))
    came = pictures.open_photo(place)
    assert max(came.image.size) <= pictures.LARGEST_SIDE
    assert (came.width, came.height) == (6000, 1500)
    box = read_by_a_program(place, FakeReader(7))["digits"][0]["box"]
    assert box == pytest.approx([4000, 300, 4400, 900], abs=8)


def test_programs_get_plain_values(sent: Callable[..., str]) -> None:
    answer = read_by_a_program(sent(encoded(page_picture())), FakeReader(3, 0.9, 0.95))
    assert answer["text"] == "3"
    (digit,) = answer["digits"]
    assert set(digit) == {"label", "confidence", "probabilities", "is_digit", "accepted", "box", "row"}
    assert (digit["label"], digit["confidence"], digit["accepted"], digit["row"]) == (3, 0.9, True, 0)
    assert digit["box"] == [10, 10, 41, 21] and sum(digit["probabilities"]) == pytest.approx(1, abs=1e-4)


def test_programs_that_send_nothing_are_told() -> None:
    for handler in photo.for_programs(asking(FakeReader())):
        with pytest.raises(gr.Error, match="Send a picture file"):
            handler(None)


def test_the_page_gets_the_picture_and_its_size(sent: Callable[..., str]) -> None:
    answer = photo_process.shown(FakeReader(3, 0.6), pictures.open_photo(sent(encoded(page_picture()))))
    assert (answer["width"], answer["height"]) == (120, 80)
    assert answer["picture"].startswith("data:image/jpeg;base64,")
    assert [(digit["label"], digit["state"]) for digit in answer["digits"]] == [(3, "unsure")]


class BrokenReader(FakeReader):
    def read_photo(self, image: Any) -> Reading:
        raise RuntimeError("/home/somebody/secret.py is missing")


def test_a_failure_of_ours_is_a_sentence_without_details(sent: Callable[..., str]) -> None:
    with pytest.raises(gr.Error, match="Something went wrong while reading it") as caught:
        read_by_a_program(sent(encoded(page_picture())), BrokenReader())
    assert "secret" not in caught.value.message


def test_examples_are_read_once_and_others_are_not_opened() -> None:
    reader = FakeReader(5)
    read, _ = photo.server_functions(asking(reader))
    name = next(iter(photo.examples()))
    assert read({"example": name}) == read({"example": name, "turn": 0}) and len(reader.seen) == 1
    for wrong in ("../card", 3, ["lines"], {}, ""):
        assert read({"example": wrong}) == {"message": "There is no such example page."}
    for odd in (None, 7, [], {}, {"path": "/etc/passwd"}, {"path": ["x"]}, {"path": "a\0b"}):
        assert "did not arrive" in read(odd)["message"]
    for turn in (45, "90", True, None):
        assert "expected 0, 90, 180 or 270" in read({"example": name, "turn": turn})["message"]


def test_when_too_many_wait_the_page_asks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photo, "MOST_WAITING", 0)
    assert photo.server_functions(asking(FakeReader()))[0]({"example": "lines"})["busy"] == photo.BUSY


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_turned_photo_is_shown_and_read_turned(turn: int, sent: Callable[..., str]) -> None:
    came = pictures.open_photo(sent(encoded(page_picture())))
    answer = photo_process.shown(FakeReader(), came.turned(turn))
    boxes = {0: [10, 10, 41, 21], 90: [59, 10, 70, 41], 180: [79, 59, 110, 70], 270: [10, 79, 21, 110]}
    assert (answer["width"], answer["height"]) == ((80, 120) if turn % 180 else (120, 80))
    assert answer["digits"][0]["box"] == pytest.approx(boxes[turn], abs=1)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_what_the_reader_turned_is_shown_turned(turn: int, sent: Callable[..., str]) -> None:
    """The boxes of a reading are in the picture as given; the page shows both as they were read."""

    class Turning(FakeReader):
        def read_photo(self, image: Any) -> Reading:
            return Reading(self.read_drawing(image).digits, rotation=turn)

    came = pictures.open_photo(sent(encoded(page_picture())))
    by_hand, by_itself = photo_process.shown(FakeReader(), came.turned(turn)), photo_process.shown(Turning(), came)
    assert by_itself["rotation"] == turn and by_itself["picture"] == by_hand["picture"]
    assert by_itself["digits"][0]["box"] == pytest.approx(by_hand["digits"][0]["box"], abs=1)
    as_asked = photo_process.respond(Turning(), {"source": sent(encoded(page_picture())), "turn": turn, "shown": True})
    assert as_asked["answer"]["picture"] == by_hand["picture"], "what a visitor turned stays as they turned it"


def test_four_example_pages() -> None:
    assert len(photo.examples()) >= 4
    _, thumbnails = photo.server_functions(asking(FakeReader()))
    assert list(thumbnails(None)) == list(photo.examples())
    assert all(picture.startswith("data:image/jpeg") for picture in thumbnails({}).values())


def drawn(rng: np.random.Generator, digit: int) -> Glyph:
    return [np.asarray(stroke, float) for stroke in example_strokes(digit, seed=int(rng.integers(9)))]


def ask(server: Server, picture: dict[str, Any]) -> str:
    """What /read_photo answers over REST to one picture: the event's name and its data."""
    body = json.dumps({"data": [{**picture, "meta": {"_type": "gradio.FileData"}}]}).encode()
    call = f"{server.url}/gradio_api/call/read_photo"
    with urlopen(Request(call, body, {"content-type": "application/json"}), timeout=60) as answer:
        event = json.load(answer)["event_id"]
    with urlopen(f"{call}/{event}", timeout=60) as answer:
        return str(answer.read().decode())


def test_pictures_in_base64_over_rest(server: Server) -> None:
    """As in the example of the API's page, up to the size of an upload."""
    page = compose(
        np.random.default_rng(4), drawn, ["358", "0479"], Page(size=(1000, 1400), digit=180, noise=12, jpeg=0)
    )
    file = encoded(Image.fromarray(page.image))
    assert len(file) > 2_500_000, "more than a request without a picture may have"
    answer = ask(server, {"url": f"data:image/png;base64,{base64.b64encode(file).decode()}"})
    assert "event: complete" in answer
    assert len(json.loads(answer.split("data: ", 1)[1])[0]["digits"]) >= 7
    said = ask(server, {"url": "data:application/pdf;base64,JVBERi0xLjc="})
    assert "A PDF document came" in said


@pytest.mark.parametrize("key", ["url", "path"])
def test_an_address_over_rest_that_cannot_be_fetched(server: Server, key: str) -> None:
    said = ask(server, {key: "http://127.0.0.1:1/page.png"})
    assert "http://127.0.0.1:1/page.png cannot be fetched" in said and "Send the file" in said
