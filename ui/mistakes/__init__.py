"""The Mistakes tab: the validation samples that were misread, beside the confusion matrix."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from typing import Any

import gradio as gr
import numpy as np

from model.reader import DigitReader
from model.review.atlas import ATLAS_COLUMNS, atlas
from model.review.gallery import Gallery, Sample
from ui import answers, inside, page

PAGE = 120  # samples that are shown at once
NO_SAMPLE = "There is no such sample; load the page again."
NONE = "There is no gallery of mistakes beside the weights. python train.py makes one; with --publish it is shown here."


def content(gallery: Gallery) -> dict[str, Any]:
    """Everything the tab's script shows, as JSON values: pictures are dark on light there, as on paper.

    The samples are the misread ones, then the narrow escapes.
    """
    rows = sorted(gallery.neighbours)
    place = {row: number for number, row in enumerate(rows)}
    shown = [*gallery.samples, *gallery.escapes]
    return {
        "columns": ATLAS_COLUMNS,
        "confusion": gallery.confusion.tolist(),
        "atlas": answers.png(255 - atlas([sample.picture for sample in shown])),
        "neighbours": answers.png(255 - atlas([gallery.neighbours[row] for row in rows])),
        "neighbourRows": rows,
        "samples": [_values(sample, place) for sample in shown],
    }


def _values(sample: Sample, place: dict[int, int]) -> dict[str, Any]:
    """A sample for the script; `place` is the number of a CSV row in the atlas of neighbours."""
    return {
        "true": sample.true,
        "predicted": sample.predicted,
        "rival": sample.rival,
        "fold": sample.fold,
        "p": [round(p, 4) for p in sample.probabilities],
        "row": sample.row,
        "doubtful": sample.is_doubtful,
        "likeTrue": [place[row] for row in sample.like_true],
        "likeRival": [place[row] for row in sample.like_predicted],
    }


def server_functions(reader: DigitReader, gallery: Gallery | None) -> list[Callable[[Any], dict[str, Any]]]:
    """What the tab's script may call. Each answers {"message": …} when it cannot do what was asked."""
    shown = [*gallery.samples, *gallery.escapes] if gallery is not None else []
    whole = cache(lambda: content(gallery) if gallery is not None else {"message": NONE})

    @cache  # as many entries as there are samples, a few kB each
    def heats(number: int) -> dict[str, str]:
        sample = shown[number]
        return {
            "true": answers.heat(reader.why(sample.picture, sample.true)),
            "rival": answers.heat(reader.why(sample.picture, sample.rival)),
        }

    def mistakes(request: Any = None) -> dict[str, Any]:
        return whole()

    def explain_mistake(request: Any = None) -> dict[str, Any]:
        number = request.get("number") if isinstance(request, dict) else None
        if type(number) is not int or not 0 <= number < len(shown):
            return {"message": NO_SAMPLE}
        try:
            return heats(number)
        except Exception:  # the browser would get a bare 500
            logging.getLogger(__name__).exception("explaining sample %d failed", number)
            return {"message": "The heat maps could not be made."}

    def picture(request: dict[str, Any]) -> np.ndarray:
        number = request.get("number")
        if type(number) is not int or not 0 <= number < len(shown):
            raise ValueError(NO_SAMPLE)
        return shown[number].picture

    return [mistakes, explain_mistake, inside.server_function(reader, picture)]


def api(gallery: Gallery | None) -> Callable[..., list[dict[str, Any]]]:
    """The handler of /mistakes."""

    def mistakes(
        true: int | None = None, predicted: int | None = None, sort: str = "confidence"
    ) -> list[dict[str, Any]]:
        """The validation samples that were misread, each with the CSV's row (from 0), the true and the predicted digit,
        ten probabilities, whether the label is doubtful and, of a cross-validation, the fold that misread it (from 0).
        `sort` is confidence, true or row."""
        if gallery is None:
            raise gr.Error(NONE, print_exception=False)
        try:
            chosen = gallery.filter(true=true, predicted=predicted).sorted(sort)
        except ValueError as error:
            raise gr.Error(str(error), print_exception=False) from error
        return [
            {
                "row": sample.row,
                "true": sample.true,
                "predicted": sample.predicted,
                "confidence": round(sample.confidence, 6),
                "probabilities": [round(p, 6) for p in sample.probabilities],
                "is_doubtful": sample.is_doubtful,
                **({} if sample.fold is None else {"fold": sample.fold}),
            }
            for sample in chosen
        ]

    return mistakes


def build(reader: DigitReader, gallery: Gallery | None) -> None:
    """The tab's content, inside gr.Blocks; without a gallery it says how to make one."""
    page.panel("mistakes/mistakes", serve=server_functions(reader, gallery), constants={"page": PAGE})
    gr.api(api(gallery), api_name="mistakes", queue=False)
