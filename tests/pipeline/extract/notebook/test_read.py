"""A notebook that the tests write comes back element for element."""

from __future__ import annotations

import base64
import json
from typing import Any

from pipeline.extract.notebook import read_notebook
from tests.documents import images_of, png, rows_of

CELLS: list[dict[str, Any]] = [
    {"cell_type": "markdown", "source": ["# Beam\n", "\n", "A beam bends.\n", "\n", "- one\n", "  - two\n"]},
    {
        "cell_type": "code",
        "source": "solve(beam)",
        "outputs": [
            {"output_type": "stream", "name": "stdout", "text": ["converged\n"]},
            {
                "output_type": "display_data",
                "data": {"image/png": base64.b64encode(png(1)).decode(), "text/plain": "<Figure>"},
            },
            {
                "output_type": "execute_result",
                "data": {"text/html": "<table><tr><th>x<th>w<tr><td>0<td>1</table>"},
            },
        ],
    },
    {"cell_type": "markdown", "source": "## Formula\n\n$$w = \\frac{q l^4}{8 E I}$$\n\n> Quoted.\n"},
    {"cell_type": "markdown", "source": "![the arm](attachment:a.png)", "attachments": {"a.png": {}}},
]
CELLS[3]["attachments"]["a.png"]["image/png"] = base64.b64encode(png(2, (640, 480))).decode()


def test_a_notebook_element_for_element() -> None:
    notebook = {"nbformat": 4, "metadata": {"language_info": {"name": "python"}}, "cells": CELLS}
    found = read_notebook(json.dumps(notebook).encode(), "file:///d/a.ipynb")
    beam, formula = ("Beam",), ("Beam", "Formula")
    assert rows_of(found) == [
        ("heading", 1, "Beam", beam, None, None, None),
        ("text", None, "A beam bends.", beam, None, None, None),
        ("list_item", 1, "one", beam, None, None, None),
        ("list_item", 2, "two", beam, None, None, None),
        ("code", None, "solve(beam)", beam, None, None, None),
        ("code", None, "converged", beam, None, None, None),
        ("image", None, None, beam, None, None, None),
        ("table", None, "| x | w |\n| --- | --- |\n| 0 | 1 |", beam, None, None, None),
        ("heading", 2, "Formula", formula, None, None, None),
        ("math", None, "w = \\frac{q l^4}{8 E I}", formula, None, None, None),
        ("quote", None, "Quoted.", formula, None, None, None),
        ("image", None, None, formula, None, "the arm", None),
    ]
    assert images_of(found) == [png(1), png(2, (640, 480))]
    assert [e.code_language for e in found.elements if e.kind == "code"] == ["python", None]
    assert found.title == "Beam"
