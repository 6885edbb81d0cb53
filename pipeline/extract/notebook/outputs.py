"""What a code cell put out: the richest form that we read."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from pipeline.extract.builder import Builder
from pipeline.extract.html import add_html
from pipeline.extract.html.math import bare_tex
from pipeline.extract.markdown import add_markdown
from pipeline.extract.notebook.values import joined

_IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp")
#: The keys of notebook format 3, which had no media types.
_OLD = {
    "png": "image/png", "jpeg": "image/jpeg", "svg": "image/svg+xml", "html": "text/html",
    "latex": "text/latex",
    "text": "text/plain",
}  # fmt: skip
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_OVERWRITTEN = re.compile(r"^[^\n]*\r(?!\n)", re.MULTILINE)
#: Longer logs are cut: their middle says nothing to a reader.
MAX_CHARACTERS = 20_000


def add_output(builder: Builder, output: Mapping[str, Any]) -> None:
    """Add one output of a code cell.

    An image stands for its whole output, as in a browser; HTML is read as a page; text and
    tracebacks become code.
    """
    kind = joined(output.get("output_type"))
    if kind == "stream":
        if output.get("name", output.get("stream")) != "stderr":
            builder.add("code", _plain(joined(output.get("text"))))
    elif kind in {"error", "pyerr"}:
        name, value = joined(output.get("ename")), joined(output.get("evalue"))
        builder.add("code", _plain(f"{name}: {value}"))
    else:
        _add_data(builder, _data_of(output))


def _add_data(builder: Builder, data: Mapping[str, Any]) -> None:
    for mime in _IMAGES:
        image = _bytes(joined(data.get(mime)))
        if image:
            builder.inline_image(image, None)
            return
    vector = joined(data.get("image/svg+xml"))
    markup = joined(data.get("text/html"))
    if vector:
        builder.inline_image(vector.encode(), None)
    elif markup:
        before = len(builder)
        add_html(builder, markup)
        if len(builder) == before:
            builder.add("code", _plain(joined(data.get("text/plain"))))
    elif data.get("text/markdown"):
        add_markdown(builder, joined(data["text/markdown"]))
    elif data.get("text/latex"):
        builder.add("math", bare_tex(joined(data["text/latex"])))
    else:
        builder.add("code", _plain(joined(data.get("text/plain"))))


def _data_of(output: Mapping[str, Any]) -> Mapping[str, Any]:
    data = output.get("data")
    if isinstance(data, dict):
        return data
    return {mime: output[key] for key, mime in _OLD.items() if key in output}


def _bytes(body: str) -> bytes | None:
    try:
        return base64.b64decode(body) or None
    except (binascii.Error, ValueError):
        return None


def _plain(text: str) -> str:
    text = _OVERWRITTEN.sub("", _ESCAPES.sub("", text))
    if len(text) <= MAX_CHARACTERS:
        return text
    half = MAX_CHARACTERS // 2
    return f"{text[:half]}\n...\n{text[-half:]}"
