"""A notebook to elements, its cells in order; sections run on from cell to cell."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.extract.builder import Builder
from pipeline.extract.element import ReadDocument, UnreadableDocumentError
from pipeline.extract.encoding import decode
from pipeline.extract.markdown import add_markdown
from pipeline.extract.notebook.outputs import add_output
from pipeline.extract.notebook.values import joined
from pipeline.extract.rst import add_rst

#: Jupyter Book's tags that take a cell, its code or its results off the page.
_NO_CELL = frozenset({"remove-cell", "remove_cell"})
_NO_INPUT = frozenset({"remove-input", "remove_input", "hide-cell-input"})
_NO_OUTPUT = frozenset({"remove-output", "remove_output"})
_MIMES = ("image/png", "image/jpeg", "image/gif", "image/svg+xml")


def read_notebook(data: bytes, url: str, content_type: str | None = None) -> ReadDocument:
    """Read a notebook of format 3 or 4, tolerantly.

    Args:
        data: its bytes.
        url: its URL; relative references count from it.
        content_type: the Content-Type header that it came with.

    Raises:
        UnreadableDocumentError: if it is no JSON, or holds no cells.
    """
    try:
        notebook = json.loads(decode(data, content_type, prescan=False))
    except ValueError as error:
        raise UnreadableDocumentError("broken_notebook", f"The notebook is not JSON: {error}.") from error
    except RecursionError as error:
        raise UnreadableDocumentError(
            "broken_notebook", "The notebook's JSON is nested too deeply."
        ) from error
    cells = _cells(notebook)
    if cells is None:
        raise UnreadableDocumentError("broken_notebook", "The notebook has no list of cells.")
    builder = Builder(url, url)
    language = _code_language(notebook)
    for cell in cells:
        _add_cell(builder, cell, language)
    metadata = notebook.get("metadata")
    title = metadata.get("title") if isinstance(metadata, dict) else None
    return ReadDocument(
        title=builder.title or (title if isinstance(title, str) and title else builder.first_heading()),
        language=builder.language(),
        license=builder.license,
        elements=builder.elements(),
        inline_images=builder.inline_images,
    )


def _cells(notebook: object) -> list[Mapping[str, Any]] | None:
    if not isinstance(notebook, dict):
        return None
    cells = notebook.get("cells")
    if cells is None:
        sheets = notebook.get("worksheets")
        if not isinstance(sheets, list):
            return None
        cells = [cell for sheet in sheets if isinstance(sheet, dict) for cell in sheet.get("cells") or []]
    if not isinstance(cells, list):
        return None
    return [cell for cell in cells if isinstance(cell, dict)]


def _code_language(notebook: Mapping[str, Any]) -> str | None:
    """Return the language of the code cells, as the notebook names it."""
    metadata = notebook.get("metadata")
    for group, name in (("language_info", "name"), ("kernelspec", "language")):
        stated = metadata.get(group) if isinstance(metadata, dict) else None
        if isinstance(stated, dict) and isinstance(stated.get(name), str) and stated[name]:
            return str(stated[name])
    return None


def _add_cell(builder: Builder, cell: Mapping[str, Any], language: str | None) -> None:
    tags = _tags(cell)
    if tags & _NO_CELL:
        return
    source = joined(cell.get("source", cell.get("input")))
    kind = cell.get("cell_type")
    if kind == "markdown":
        add_markdown(builder, source, _attachments(cell))
    elif kind == "heading":
        level = cell.get("level")
        builder.heading(level if isinstance(level, int) and 1 <= level <= 6 else 1, source)
    elif kind == "raw":
        metadata = cell.get("metadata")
        form = (
            str(metadata.get("raw_mimetype", metadata.get("format", "")))
            if isinstance(metadata, dict)
            else ""
        )
        if "restructuredtext" in form or form == "text/x-rst":
            add_rst(builder, source)
    elif kind == "code":
        if not tags & _NO_INPUT:
            stated = cell.get("language")  # format 3 states it in each cell
            named = stated if isinstance(stated, str) and stated else language
            builder.add("code", source, code_language=named)
        if not tags & _NO_OUTPUT:
            outputs = cell.get("outputs")
            for output in outputs if isinstance(outputs, list) else []:
                if isinstance(output, dict):
                    add_output(builder, output)


def _tags(cell: Mapping[str, Any]) -> frozenset[str]:
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return frozenset(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else frozenset()


def _attachments(cell: Mapping[str, Any]) -> dict[str, bytes]:
    attachments = cell.get("attachments")
    return dict(_decoded(attachments)) if isinstance(attachments, dict) else {}


def _decoded(attachments: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    for name, forms in attachments.items():
        for mime in _MIMES:
            body = joined(forms.get(mime)) if isinstance(forms, dict) else ""
            if body:
                try:
                    yield name, body.encode() if mime.endswith("xml") else base64.b64decode(body)
                except (binascii.Error, ValueError):
                    continue
                break
