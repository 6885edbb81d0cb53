"""What a PDF says of itself: title, language, licence."""

from __future__ import annotations

import ctypes
import re
from typing import Any

from pipeline.extract.builder import Builder

_MAX_BYTES = 8192
#: Titles that a program put there, not a person.
_NO_TITLE = re.compile(
    r"^(?:untitled|microsoft (?:word|powerpoint) -.*|.*\.(?:docx?|tex|dvi|indd|qxd|pptx?))$", re.I
)
_LANGUAGE = re.compile(r"^[A-Za-z]{2,3}(?=$|[-_])")
_LICENSES = (
    (re.compile(r"creativecommons\.org/licenses/([a-z\-]+)/(\d\.\d)", re.I), "CC-{}-{}"),
    (re.compile(r"creativecommons\.org/publicdomain/zero/(1\.0)", re.I), "CC0-{}"),
    (re.compile(r"\bCC[ -](BY(?:[ -](?:NC|SA|ND)){0,2})[ -](\d\.\d)\b", re.I), "CC-{}-{}"),
)


def describe(document: Any, builder: Builder) -> None:
    """Set a document's title, declared language and licence from its catalogue and its metadata.

    Args:
        document: pdfium's handle of it.
        builder: what is set.
    """
    import pypdfium2.raw as pdfium  # noqa: PLC0415 - loads a library that only this reader needs

    title = _meta(pdfium, document, b"Title")
    if title and not _NO_TITLE.match(title):
        builder.title = title
    buffer = ctypes.create_string_buffer(_MAX_BYTES)
    wide = ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR))
    size = pdfium.FPDFCatalog_GetLanguage(document, wide, _MAX_BYTES)
    language = _LANGUAGE.match(_decoded(buffer, size))
    builder.declared_language = language[0].lower() if language else None
    for name in (b"License", b"Rights", b"Copyright", b"Subject", b"Keywords"):
        builder.license = builder.license or _license(_meta(pdfium, document, name))


def _meta(pdfium: Any, document: Any, name: bytes) -> str:
    buffer = ctypes.create_string_buffer(_MAX_BYTES)
    return _decoded(buffer, pdfium.FPDF_GetMetaText(document, name, buffer, _MAX_BYTES))


def _decoded(buffer: Any, size: int) -> str:
    return buffer.raw[: max(min(size, _MAX_BYTES) - 2, 0)].decode("utf-16-le", "replace").strip()


def _license(text: str) -> str | None:
    for pattern, form in _LICENSES:
        found = pattern.search(text)
        if found:
            return form.format(*(group.upper().replace(" ", "-") for group in found.groups()))
    return None
