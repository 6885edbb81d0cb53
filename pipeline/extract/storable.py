"""Text that tables can hold: JSON may name halves of characters, which UTF-8 cannot write."""

from __future__ import annotations

from dataclasses import replace

from pipeline.extract.element import Element, ReadDocument


def storable(document: ReadDocument) -> ReadDocument:
    """Return a document with every half of a surrogate pair as "?"; the same one where there is none."""
    strings = [document.title or "", document.language or "", document.license or ""]
    for e in document.elements:
        strings += [e.text or "", e.alt or "", e.image_url or "", e.code_language or "", e.language or ""]
        strings += [*e.section_path, *e.image_candidates]
        strings += [cell for row in e.cells or () for cell in row]
    try:
        "".join(strings + [part.detail for part in document.left_out]).encode()
    except UnicodeEncodeError:
        return replace(
            document,
            title=_whole(document.title),
            language=_whole(document.language),
            license=_whole(document.license),
            elements=tuple(_element(element) for element in document.elements),
            left_out=tuple(replace(part, detail=_whole(part.detail) or "") for part in document.left_out),
        )
    return document


def _element(element: Element) -> Element:
    rows = element.cells
    return replace(
        element,
        text=_whole(element.text),
        alt=_whole(element.alt),
        image_url=_whole(element.image_url),
        code_language=_whole(element.code_language),
        language=_whole(element.language),
        section_path=tuple(_whole(title) or "" for title in element.section_path),
        image_candidates=tuple(_whole(url) or "" for url in element.image_candidates),
        cells=tuple(tuple(_whole(cell) or "" for cell in row) for row in rows) if rows is not None else None,
    )


def _whole(text: str | None) -> str | None:
    return text.encode("utf-8", "replace").decode() if text is not None else None
