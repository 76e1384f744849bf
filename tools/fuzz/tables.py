"""CSVs that the command line takes, and the gallery's table."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from pathlib import Path

import numpy as np

from model.review import gallery
from model.synthesis.render import synthetic_batch
from model.training import csv_table, data
from tools.fuzz import Target, sentence
from tools.fuzz.networks import loading, pickled


def kaggle_texts() -> tuple[bytes, ...]:
    """CSVs as they are and as they should not be: small ones, as bombs, zipped, with other line ends."""
    images, _ = synthetic_batch(np.random.default_rng(0), 12)
    labels = [row % 10 for row in range(12)]  # each digit is there, whatever it looks like
    header = ",".join(["label", *csv_table.PIXELS]).encode()
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


def csv_target(folder: Path) -> Target:
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

    return Target(kaggle_texts(), enter)


def gallery_target(folder: Path) -> Target:
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

    return Target(
        (table, b"", lines[0], b"\n".join(lines[:3]), b"\n".join(lines[1:]), table.replace(b",0.", b",nan"), pickled()),
        enter,
    )
