"""The program of the process that reads photos: `python -m ui.photo_process FOLDER`, the folder of the network.

A line of JSON comes in for each request and one goes out. So nothing that a hostile picture makes of this process runs
in the server, and whatever memory a photo takes is not the server's.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

import cv2

from model.reader import DigitReader
from model.reading import Reading
from ui import answers, host, pictures
from ui.pictures import Photo, Unreadable
from ui.workers import NICENESS


def read(reader: DigitReader, photo: Photo, drawing: bool = False) -> Reading:
    """What is found in a photo, boxes in pixels of the picture in the file. Raises Unreadable with a sentence."""
    try:
        return photo.in_the_file((reader.read_drawing if drawing else reader.read_photo)(photo.image))
    except ValueError as error:
        raise Unreadable(str(error)) from error


def shown(reader: DigitReader, photo: Photo, upright: bool = True) -> dict[str, Any]:
    """What the page shows of a photo: the picture, its size, and the digits in it.

    upright: a picture that lies on its side is shown as it was read; one that a visitor turned stays so.
    """
    reading = read(reader, photo)
    if reading.rotation and upright:
        photo, reading = photo.turned(reading.rotation), photo.turned_reading(reading)
    return {
        "picture": pictures.shown(photo.image),
        "width": photo.width,
        "height": photo.height,
        "rotation": reading.rotation,
        "digits": [answers.seen(digit) for digit in reading.digits],
    }


def respond(reader: DigitReader, request: dict[str, Any]) -> dict[str, Any]:
    """The "answer" to a request, or the "sentence" why there is none, or the traceback of a failure, "failed".

    Request: "source", a path or a data URL; "turn", degrees clockwise; "shown", whether for the page; "drawing".
    """
    try:
        turn = request.get("turn", 0)
        photo = pictures.open_photo(request["source"]).turned(turn)
        if request.get("shown"):
            return {"answer": shown(reader, photo, upright=not turn)}
        return {"answer": read(reader, photo, request.get("drawing", False)).values()}
    except Unreadable as error:
        return {"sentence": str(error)}
    except Exception:
        return {"failed": traceback.format_exc()}


def give_way() -> None:
    """Lower this process's priority, and let it be the one that ends where memory runs out, not the server."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")


def main(folder: str) -> None:
    """Answer what comes until the server closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, whose end closes the pipe
    host.return_memory()
    cv2.setNumThreads(1)
    answering = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no answer
    reader = DigitReader.load(folder)
    give_way()  # only now: the first photo may be waiting for the start
    for line in sys.stdin.buffer:
        answering.write(json.dumps(respond(reader, json.loads(line))).encode() + b"\n")
        answering.flush()


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        main(sys.argv[1])
