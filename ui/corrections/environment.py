"""What the environment says of corrections: whether they are kept, where, and who else can reach the page.

DIGIT_CORRECTIONS          1 keeps corrections wherever the page runs, 0 nowhere; without it, only on one's own computer
DIGIT_CORRECTIONS_FOLDER   where they are kept: `corrections` beside app.py if not given
DIGIT_CORRECTIONS_DATASET  owner/name of a Hugging Face dataset that they are uploaded to; HF_TOKEN must be set as well
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from ipaddress import ip_address

from model.review.corrections import FOLDER, Store

ON, OFF = ("1", "true", "yes", "on"), ("0", "false", "no", "off")

log = logging.getLogger(__name__)


def is_public(environment: Mapping[str, str], share: bool = False, server_name: str | None = None) -> bool:
    """Whether others than who runs the page can reach it: a Space, a shared link, or an address that is not loopback.

    A reverse proxy in front of a loopback address cannot be seen from here.
    """
    shared = share or environment.get("GRADIO_SHARE", "").strip().lower() in ON
    names = [name for name in (environment.get("GRADIO_SERVER_NAME"), server_name) if name]
    return bool(environment.get("SPACE_ID")) or shared or not all(map(_is_loopback, names))


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return name.lower() == "localhost"


def store_from_environment(environment: Mapping[str, str] = os.environ) -> Store | None:
    """The store that the environment asks for; None where corrections are off."""
    switch = environment.get("DIGIT_CORRECTIONS", "").strip().lower()
    if switch not in ("", *ON, *OFF):
        log.warning("DIGIT_CORRECTIONS is %r, expected 1 or 0: corrections are off", switch)
        return None
    if switch in OFF or (not switch and is_public(environment)):
        return None
    dataset, token = environment.get("DIGIT_CORRECTIONS_DATASET"), environment.get("HF_TOKEN")
    if dataset and not token:
        log.warning("DIGIT_CORRECTIONS_DATASET is set and HF_TOKEN is not: corrections stay on this computer")
    folder = environment.get("DIGIT_CORRECTIONS_FOLDER") or FOLDER
    return Store(folder, everywhere=switch in ON, dataset=(dataset if token else None) or None, token=token)
