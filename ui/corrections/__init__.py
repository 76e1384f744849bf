"""Corrections: the control “Wrong?” of Draw and Photo, and the tab that lists what was corrected."""

from __future__ import annotations

import logging
from typing import Any

from model.review.atlas import ATLAS_COLUMNS, atlas
from model.review.corrections import Correction, NotStored, load
from ui import answers, page
from ui.corrections.environment import store_from_environment
from ui.corrections.service import CorrectionService, Served, api

__all__ = ["CorrectionService", "api", "build", "listing", "server_functions", "store_from_environment"]

PAGE = 60  # corrections that are listed at once


def listing(service: CorrectionService, number: int) -> dict[str, Any]:
    """Page `number` of the list, from 0, newest first; a page after the last one is the last."""
    store = service.open_store()
    found, damaged = load(store.folder)
    last = max(0, (len(found) - 1) // PAGE)
    first = min(number, last) * PAGE
    shown = found[::-1][first : first + PAGE]
    return {
        "count": len(found),
        "first": first,
        "damaged": len(damaged),
        "where": store.folder.name,
        "dataset": store.dataset,
        "size": store.size(),
        "limit": store.limit,
        "columns": ATLAS_COLUMNS,
        "atlas": answers.png(255 - atlas([one.picture for one in shown])),
        "items": [_item(one) for one in shown],
    }


def _item(one: Correction) -> dict[str, Any]:
    share = round(max(one.probabilities), 4)
    return {"read": one.read, "correct": one.correct, "p": share, "time": one.time, "source": one.source}


def server_functions(service: CorrectionService) -> list[Served]:
    """What the tab's script may call."""

    def list_corrections(request: Any = None) -> dict[str, Any]:
        number = request.get("page", 0) if isinstance(request, dict) else None
        if type(number) is not int or number < 0:
            return {"message": "There is no such page of corrections."}
        try:
            return listing(service, number)
        except NotStored as error:
            return {"message": str(error)}
        except Exception:  # the browser would get a bare 500
            logging.getLogger(__name__).exception("listing the corrections failed")
            return {"message": "The corrections could not be read; the program’s log says why."}

    return [list_corrections]


def build(service: CorrectionService) -> None:
    """The tab's content, inside gr.Blocks."""
    page.panel("corrections/corrections", serve=server_functions(service))
