"""Masks personal data in a document that was read, before any of it is stored."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from pipeline.extract.element import Element, ReadDocument
from pipeline.privacy.mask import mask


def mask_document(read: ReadDocument, kinds: Collection[str]) -> tuple[ReadDocument, int]:
    """Return the document with personal data of these kinds masked in its texts, and how many pieces were.

    Texts, alternative texts, cells, section titles and the title are masked; what stands in a table's cells
    or in a section's title counts once, where it is an element's text.
    """
    if not kinds:
        return read, 0
    elements, count = [], 0
    for element in read.elements:
        masked, found = _masked(element, kinds)
        elements.append(masked)
        count += found
    title = mask(read.title, kinds)[0] if read.title else read.title
    return replace(read, title=title, elements=tuple(elements)), count


def _masked(element: Element, kinds: Collection[str]) -> tuple[Element, int]:
    text, in_text = mask(element.text, kinds) if element.text else (element.text, 0)
    alt, in_alt = mask(element.alt, kinds) if element.alt else (element.alt, 0)
    path = tuple(mask(title, kinds)[0] for title in element.section_path)
    cells = element.cells
    if in_text and cells is not None:
        cells = tuple(tuple(mask(cell, kinds)[0] for cell in row) for row in cells)
    if not in_text and not in_alt and path == element.section_path:
        return element, 0
    return replace(element, text=text, alt=alt, section_path=path, cells=cells), in_text + in_alt
