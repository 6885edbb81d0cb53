"""Reads a PDF of the tests, and picks elements out of it."""

from __future__ import annotations

from pipeline.extract.element import Element, ReadDocument
from pipeline.extract.pdf import read_pdf
from tests.pipeline.extract.pdf.sheets import (
    MARGIN,
    WIDTH,
)

FULL = WIDTH - 2 * MARGIN


def read(data: bytes) -> ReadDocument:
    return read_pdf(data, "file:///a.pdf")


def of_kind(document: ReadDocument, kind: str) -> list[Element]:
    return [element for element in document.elements if element.kind == kind]


def texts(document: ReadDocument, kind: str = "text") -> list[str]:
    return [element.text or "" for element in of_kind(document, kind)]
