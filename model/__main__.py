"""Read pictures on the command line.

    python -m model photo.jpg page.png     the rows of digits of each
    python -m model --drawing pad.png      a drawing on a plain canvas, as from the pad
    python -m model photo.jpg --json       boxes, probabilities and certainty, for programs
    python -m model --score FOLDER         accuracy on your own labelled pictures FOLDER/<digit>/*.png, as tools.score
    python -m model --csv test.csv         Kaggle's submission.csv from test.csv
    python -m model --onnx digits.onnx     the network for onnxruntime, in Python, a browser or elsewhere

Exit codes: 0 read; 1 a picture could not be read (the others were); 2 the command line or the weights are wrong;
130 stopped with Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from PIL import Image, ImageOps

from model.reader import ASSETS, DigitReader


def open_picture(path: Path) -> Image.Image:
    """The picture of a file, upright. Raises ValueError that names the file and what to do."""
    try:
        with Image.open(path) as image:
            return ImageOps.exif_transpose(image)
    except FileNotFoundError:
        raise ValueError(f"reading {path}: there is no such file; check the path") from None
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(
            f"reading {path}: got {type(error).__name__}, expected a picture (PNG, JPEG, WebP, …) of at most "
            "179 megapixels; save it again as PNG or JPEG"
        ) from error


def read_files(reader: DigitReader, paths: Sequence[Path], *, drawing: bool, as_text: bool) -> int:
    """Print the reading of each file; 1 when one of them could not be read, else 0."""
    read = reader.read_drawing if drawing else reader.read_photo
    results, failed = [], 0
    for path in paths:
        try:
            reading = read(open_picture(path))
        except ValueError as error:
            print(error, file=sys.stderr)
            results.append({"file": str(path), "error": str(error)})
            failed = 1
            continue
        results.append({"file": str(path), **reading.values()})
        if as_text:
            if len(paths) > 1:
                print(f"{path}:")
            print(reading.text or "no digits found")
    if not as_text:
        print(json.dumps(results if len(paths) > 1 else results[0], ensure_ascii=False))
    return failed


@contextmanager
def unwritable(path: Path, flag: str) -> Iterator[None]:
    """A file that cannot be written becomes a ValueError that names the flag to choose another place with."""
    try:
        yield
    except OSError as error:
        raise ValueError(f"writing {path}: {error.strerror or error}; name another place with {flag}") from error


def predict_csv(folders: Sequence[Path], path: Path, out: Path, tta: bool) -> int:
    """Write Kaggle's submission.csv for its test.csv: what the networks of `folders` say in the mean."""
    from model.training import ensemble
    from model.training.data import load_test, write_submission
    from model.training.settings import cores

    members = ensemble.load(folders)
    images = load_test(path)
    torch.set_num_threads(cores())
    labels = ensemble.probabilities(members, images, tta=tta).argmax(axis=1)
    with unwritable(out, "--out"):
        write_submission(out, labels)
    print(f"{len(images):,} predictions written to {out}")
    return 0


def export(folder: Path, path: Path) -> int:
    """Write the network of `folder` as ONNX."""
    from model.export import write_onnx

    with unwritable(path, "--onnx"):
        write_onnx(folder, path)
    print(f"{path}: pictures (N, 28, 28) uint8 -> probabilities (N, 10), is_digit (N,)")
    return 0


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line, pictures and weights in any order; ends the program when it is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m model", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pictures", nargs="*", type=Path, help="photos, scans or drawings")
    parser.add_argument("--json", action="store_true", help="boxes and probabilities as JSON")
    parser.add_argument("--drawing", action="store_true", help="the pictures are drawings on a plain canvas")
    parser.add_argument("--score", type=Path, metavar="FOLDER", help="accuracy on FOLDER/<digit>/*.png")
    parser.add_argument("--csv", type=Path, metavar="TEST.CSV", help="predict Kaggle's test.csv")
    parser.add_argument("--onnx", type=Path, metavar="FILE", help="write the network as ONNX")
    parser.add_argument("--out", type=Path, default=Path("submission.csv"), help="where --csv writes")
    parser.add_argument("--tta", action="store_true", help="with --csv: the mean over shifted and turned copies")
    parser.add_argument(
        "--weights",
        type=Path,
        nargs="+",
        default=[ASSETS],
        metavar="FOLDER",
        help="a training run of your own; several with --csv: their mean",
    )
    args = parser.parse_args(arguments)
    if not args.csv:  # what follows the folder of weights is a picture
        args.pictures += args.weights[1:]
    if not (args.pictures or args.score or args.csv or args.onnx):
        parser.error("name at least one picture, --score FOLDER, --csv TEST.CSV or --onnx FILE")
    if not args.csv and any(path.is_dir() for path in args.weights[1:]):
        parser.error("several --weights go with --csv only")
    return args


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    args = parsed(arguments)
    try:
        if args.csv:
            return predict_csv(args.weights, args.csv, args.out, args.tta)
        if args.onnx:
            return export(args.weights[0], args.onnx)
        if args.score:
            from tools.score.__main__ import main as score

            return score([str(args.score), "--weights", str(args.weights[0])])
        reader = DigitReader.load(args.weights[0])
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    return read_files(reader, args.pictures, drawing=args.drawing, as_text=not args.json)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
