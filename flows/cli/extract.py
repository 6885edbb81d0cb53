"""`looseleaf extract`: one document's elements, to look at."""

# ruff: noqa: PLC0415 - what is heavy waits until the command runs

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from flows.cli.shared import Options, Shown, finish

_WIDTH = 100


@click.command("extract", short_help="One document's elements, to look at.")
@click.argument("document")
@click.option("--base-url", help="What relative addresses in the document count from.")
@finish
def command(_options: Options, document: str, base_url: str | None) -> Shown:
    """Read DOCUMENT (a file or a URL) as a build would, and print its elements in reading order."""
    from pipeline.extract.document import extract_document

    found = extract_document(document, base_url)
    return Shown(found, _text(found))


def _text(found: Mapping[str, Any]) -> str:
    lines = [f"{found['title'] or found['uri']}  [{found['language'] or '?'}]"]
    lines += [_line(element) for element in found["elements"]]
    lines += [f"left out ({part['rule']}): {part['detail']}" for part in found["left_out"]]
    return "\n".join(lines)


def _line(element: Mapping[str, Any]) -> str:
    marks = "~" if element["boilerplate"] else " "
    if element["kind"] == "image":
        words = f"{element['image_url']}  {element['alt'] or ''}"
    else:
        words = " ".join((element["text"] or "").split())
    caption = f" (caption of {element['caption_of']})" if element["caption_of"] is not None else ""
    return f"{element['position']:>5} {marks}{element['kind']:<10} {_short(words)}{caption}"


def _short(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"
