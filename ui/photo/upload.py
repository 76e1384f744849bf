"""What a visitor or a program sends as a picture: a file that was uploaded, an address, or base64."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import ImageData
from gradio.processing_utils import ssrf_protected_download
from gradio.utils import get_upload_folder
from gradio_client.utils import is_http_url_like


def sentence(text: str) -> gr.Error:
    """An error that the visitor reads; it is none of the server's."""
    return gr.Error(text, print_exception=False, title="This picture cannot be read")


def uploaded(path: Any) -> Path:
    """The file that a visitor uploaded; raises gr.Error for any other file on the server, and for what is no path."""
    found = Path(path).resolve() if isinstance(path, str) and path and "\0" not in path else None
    if found is None or not found.is_relative_to(Path(get_upload_folder()).resolve()) or not found.is_file():
        raise sentence("The picture did not arrive. Choose it again.")
    return found


def _not_fetched(address: str, error: Exception) -> gr.Error:
    """What to say when the picture at an address cannot be had."""
    why = str(error) if "Status code" in str(error) else "it does not answer, or is no public address"
    return sentence(f"The picture did not arrive: {address[:200]} cannot be fetched ({why}). Send the file instead.")


class PhotoInput(gr.Image):
    """gr.Image that hands on where the picture is, unopened: a file that a visitor sent, or base64."""

    is_template = True

    def preprocess(self, payload: ImageData | None) -> str | None:
        """Path or data URL of the picture, None without one. Raises gr.Error with a sentence when it cannot be had."""
        if payload is None:
            return None
        url = "" if payload.path else payload.url or ""
        if url.startswith("data:"):
            return url
        if url:
            try:
                return str(ssrf_protected_download(url, self.GRADIO_CACHE))
            except Exception as error:  # the network and the address may fail in any way
                raise _not_fetched(url, error) from error
        return str(uploaded(payload.path))

    async def async_move_resource_to_block_cache(self, url_or_file_path: Any) -> str | None:
        """Gradio's own, which fetches what is an address; its failures become sentences."""
        try:
            return await super().async_move_resource_to_block_cache(url_or_file_path)
        except Exception as error:
            if not is_http_url_like(str(url_or_file_path)):
                raise
            raise _not_fetched(str(url_or_file_path), error) from error
