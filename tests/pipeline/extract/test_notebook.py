from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from pipeline.extract.element import UnreadableDocumentError
from pipeline.extract.notebook import read_notebook

URL = "file:///d/docs/a.ipynb"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 200


def code(source: str, outputs: list[dict[str, Any]], tags: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"cell_type": "code", "source": [source], "outputs": outputs, "metadata": {"tags": list(tags)}}


def text(source: str, **more: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": source, **more}


def png(data: bytes = PNG) -> dict[str, Any]:
    body = base64.encodebytes(data).decode()
    return {"output_type": "display_data", "data": {"image/png": body, "text/plain": "<Figure>"}}


def read(*cells: dict[str, Any]) -> Any:
    return read_notebook(json.dumps({"nbformat": 4, "cells": cells}).encode(), URL)


def test_cells_in_order() -> None:
    stream = {"output_type": "stream", "name": "stdout", "text": ["\x1b[31m1\x1b[0m\n"]}
    table = {
        "output_type": "execute_result",
        "data": {"text/html": "<table><tr><th>a<th>b<tr><td>1<td>2</table>"},
    }
    warning = {"output_type": "stream", "name": "stderr", "text": "Warning"}
    document = read(
        text("# One\n"), text("Words."), code("plot()", [stream, warning, png(), table]), text("## Two")
    )
    assert [(e.kind, e.text) for e in document.elements] == [
        ("heading", "One"),
        ("text", "Words."),
        ("code", "plot()"),
        ("code", "1"),
        ("image", None),
        ("table", "| a | b |\n| --- | --- |\n| 1 | 2 |"),
        ("heading", "Two"),
    ]
    image = document.elements[4]
    assert document.inline_images[image.image_id] == PNG
    assert image.section_path == ("One",)
    assert document.title == "One"


def test_tags_that_take_parts_off_the_page() -> None:
    document = read(
        code("a", [png()], ("remove-input",)),
        code("b", [png()], ("remove-output",)),
        code("c", [], ("remove-cell",)),
    )
    assert [e.kind for e in document.elements] == ["image", "code"]
    assert document.elements[1].text == "b"


def test_attachment() -> None:
    attachments = {"a.png": {"image/png": base64.b64encode(PNG).decode()}}
    document = read(text("![x](attachment:a.png)", attachments=attachments))
    assert list(document.inline_images.values()) == [PNG]


def test_format_3() -> None:
    old = {
        "nbformat": 3,
        "worksheets": [
            {
                "cells": [
                    {"cell_type": "heading", "level": 2, "source": "Old"},
                    {"cell_type": "code", "input": "x", "outputs": [{"output_type": "pyout", "text": ["1"]}]},
                ]
            }
        ],
    }
    document = read_notebook(json.dumps(old).encode(), URL)
    assert [(e.kind, e.text) for e in document.elements] == [("heading", "Old"), ("code", "x"), ("code", "1")]


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"{}", b'{"cells": 3}', b"[" * 200_000])
def test_broken_notebooks_say_so(data: bytes) -> None:
    with pytest.raises(UnreadableDocumentError) as error:
        read_notebook(data, URL)
    assert error.value.rule == "broken_notebook"


@pytest.mark.parametrize(
    "cell",
    [
        {},
        {"cell_type": "code", "outputs": 3},
        {"cell_type": "code", "outputs": [{"output_type": [], "name": {}}]},
        {"cell_type": {}, "source": "x"},
        {"cell_type": "markdown", "source": 3},
    ],
)
def test_odd_cells_do_not_raise(cell: dict[str, Any]) -> None:
    assert read(cell, code("x", [{"output_type": "display_data", "data": {"image/png": "é"}}])).elements
