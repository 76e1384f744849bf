"""The reader on sets of drawings, on photos, and on what is no digit."""

from __future__ import annotations

import csv
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from PIL import Image, ImageOps

from model.ink import canvas, normalise
from model.reader import DigitReader
from model.reading import Reading
from model.training.metrics import calibration_error
from tools.score.canvas import PAD, drawing, on_pad
from tools.score.formats import PICTURES, Sample
from tools.score.measures import auroc, f1, matched, percentile

SEED = 7  # of the order, the brushes and the places of each set
SURE = 0.9  # the confidence from which a wrong reading counts as "wrong and sure"
Half = Literal["tune", "check"] | None
Misread = Callable[[str, Any, str, str], None]  # the drawing's or photo's name, picture, truth, what was read


class Given(NamedTuple):
    """A drawing as it is given to the reader, with its strokes where they are known, and what it is of."""

    image: Any
    sample: Sample
    strokes: list[dict[str, Any]] | None = None


@dataclass(frozen=True)
class Drawn:
    """A set of drawings, one digit each; shares in [0, 1]."""

    n: int
    accuracy: float  # read as exactly this digit
    forced: float  # the same where the whole ink is taken for one digit, as readers of single digits do
    wrong_but_sure: float  # misread with a confidence of SURE or more
    ece: float  # expected calibration error
    ms_median: float  # of one reading
    ms_p95: float


@dataclass
class Photos:
    """Pictures of one kind and source."""

    pictures: int = 0
    exact: float = 0  # share that is read without any fault
    digits: int = 0
    right: int = 0
    spurious: int = 0  # digits that were read and are not there
    seconds: float = 0  # of one picture, in the mean
    f1: float = 0


def in_half(name: str, half: Half) -> bool:
    """Whether the person or picture called `name` belongs to the half: the first bit of its SHA-1 says so."""
    return half is None or (hashlib.sha1(name.encode()).digest()[0] % 2 == 0) == (half == "tune")


def drawings(samples: Sequence[Sample], half: Half, limit: int | None) -> Iterator[Given]:
    """Drawings in an order drawn from SEED; strokes are drawn on a pad of 280×280."""
    rng = np.random.default_rng(SEED)
    order = [i for i in rng.permutation(len(samples)) if in_half(samples[i].name, half)][:limit]
    for sample in (samples[i] for i in order):
        if sample.strokes is not None:
            strokes = on_pad(sample.strokes, rng, sample.box)
            yield Given(drawing(strokes), sample, strokes)
        elif sample.raster is not None:
            small = Image.fromarray(sample.raster).convert("RGB")
            yield Given(np.asarray(small.resize((PAD.side, PAD.side), Image.Resampling.BICUBIC)), sample)
        elif sample.picture is not None:
            yield Given(open_upright(sample.picture), sample)


def open_upright(path: Path) -> Image.Image:
    """The picture of a file, upright, as RGB over its transparency. Raises ValueError that names the file."""
    try:
        with Image.open(path) as image:
            upright = ImageOps.exif_transpose(image)
            return upright.convert("RGBA" if "A" in upright.mode or "transparency" in upright.info else "RGB")
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"scoring {path}: {type(error).__name__}; the file is no picture that can be read") from error


def trust(reading: Reading) -> float:
    """How sure the reader is that there is a digit at all."""
    return max((digit.is_digit for digit in reading.digits), default=0.0)


def confidence(reading: Reading) -> float:
    """The highest probability shown for anything; 0 when nothing was accepted."""
    return max((max(digit.probabilities) for digit in reading.digits), default=0.0) if reading.text else 0.0


def forced(reader: DigitReader, image: Any) -> str:
    """All the ink of a drawing read as one digit."""
    ink = canvas.drawing_ink(image)
    return str(reader.classify(normalise.to_picture(ink)[None])[0].argmax()) if ink.any() else ""


def score_drawn(
    reader: DigitReader,
    name: str,
    samples: Sequence[Sample],
    half: Half,
    limit: int | None,
    misread: Misread,
    known: bool = False,
) -> tuple[Drawn, list[float]]:
    """The figures of one set, and each drawing's trust. Raises ValueError for a set without a digit.

    known: whether the reader is given the strokes as well, where the set has them.
    """
    digits = [sample for sample in samples if len(sample.label) == 1 and sample.label in "0123456789"]
    readings, hits, one, milliseconds = [], [], [], []
    for image, sample, strokes in drawings(digits, half, limit):
        start = time.perf_counter()
        reading = reader.read_drawing(image, strokes if known else None)
        milliseconds.append((time.perf_counter() - start) * 1e3)
        readings.append(reading)
        hits.append(reading.text == sample.label)
        one.append(forced(reader, image) == sample.label)
        if not hits[-1]:
            misread(sample.name, image, sample.label, reading.text)
    if not readings:
        raise ValueError(
            f"scoring {name}: found no drawing of a digit in it, or none in this half; expected labels from 0 to 9"
        )
    sure = np.array([confidence(reading) for reading in readings])
    figures = Drawn(
        n=len(hits),
        accuracy=sum(hits) / len(hits),
        forced=sum(one) / len(one),
        wrong_but_sure=float(np.mean((sure >= SURE) & ~np.array(hits))),
        ece=calibration_error(sure, np.array(hits)),
        ms_median=percentile(milliseconds, 50),
        ms_p95=percentile(milliseconds, 95),
    )
    return figures, [trust(reading) for reading in readings]


def score_photos(reader: DigitReader, folder: Path, half: Half, misread: Misread) -> dict[str, Photos]:
    """The photos of FOLDER/manifest.csv: its columns file, truth (rows joined by "/"), kind and source."""
    with (folder / "manifest.csv").open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    missing = {"file", "truth", "kind", "source"} - set(rows[0] if rows else ())
    if missing:
        raise ValueError(f"scoring {folder}/manifest.csv: it lacks {', '.join(sorted(missing))}")
    report: dict[str, Photos] = {}
    for row in rows:
        if not in_half(row["file"], half):
            continue
        image = np.asarray(open_upright(folder / row["file"]).convert("RGB"))
        start = time.perf_counter()
        text = reader.read_photo(image).text
        entry = report.setdefault(f"{row['kind']}:{row['source'].split('/')[-1]}", Photos())
        entry.seconds += time.perf_counter() - start
        truth, read = row["truth"].replace("/", ""), text.replace("\n", "")
        good = matched(truth, read)
        entry.pictures += 1
        entry.exact += text.replace("\n", "/") == row["truth"]
        entry.digits += len(truth)
        entry.right += good
        entry.spurious += len(read) - good
        if text.replace("\n", "/") != row["truth"]:
            misread(row["file"], image, row["truth"], text)
    for entry in report.values():
        entry.f1 = f1(entry.right, entry.digits, entry.right + entry.spurious)
        entry.exact /= entry.pictures
        entry.seconds /= entry.pictures
    return report


def score_not_digits(
    reader: DigitReader,
    name: str,
    samples: Sequence[Sample],
    digits: Sequence[float],
    half: Half,
    limit: int | None,
    known: bool = False,
) -> dict[str, Any]:
    """Drawings of what is no digit. digits: the trust in drawings of digits, for AUROC; may be empty. known: as
    score_drawn.
    """
    given = drawings(samples, half, limit)
    readings = [reader.read_drawing(image, strokes if known else None) for image, _, strokes in given]
    if not readings:
        raise ValueError(f"scoring {name}: found no drawing in it, or none in this half")
    found = np.array([trust(reading) for reading in readings])
    entry: dict[str, Any] = {
        "n": len(readings),
        "read_as_digits": float(np.mean([bool(reading.text) for reading in readings])),
        "sure_of_a_digit": float(np.mean([confidence(reading) >= SURE for reading in readings])),
    }
    if len(digits):
        entry["auroc"] = auroc(np.array(digits), found)
        entry["fpr_at_95"] = float((found >= np.quantile(digits, 0.05)).mean())
    return entry


def score_everyday(reader: DigitReader, folder: Path) -> dict[str, Any]:
    """Everyday pictures without a digit, read as photos."""
    paths = sorted(path for path in folder.glob("*") if path.suffix.lower() in PICTURES)
    counts = [len(reader.read_photo(open_upright(path).convert("RGB")).text.replace("\n", "")) for path in paths]
    return {
        "n": len(counts),
        "read_as_digits": float(np.mean([count > 0 for count in counts])),
        "digits_per_picture": float(np.mean(counts)),
    }


def as_json(figures: Drawn | Photos) -> dict[str, Any]:
    return asdict(figures)
