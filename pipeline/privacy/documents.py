"""Masks personal data in a document that was read, before any of it is stored."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from pipeline.extract.element import Element, ReadDocument
from pipeline.privacy.mask import mask


def mask_document(read: ReadDocument, kinds: Collection[str]) -> tuple[ReadDocument, int]:
    """Return the document with personal data of these kinds masked in its texts, and how many pieces were.

    Texts, alternative texts, cells, section titles, the title and the licence are masked; what stands in a
    table's cells or in a section's title counts once, where it is an element's text.
    """
    if not kinds:
        return read, 0
    elements, count = [], 0
    for element in read.elements:
        masked, found = _masked(element, kinds)
        elements.append(masked)
        count += found
    title = mask(read.title, kinds)[0] if read.title else read.title
    stated = mask(read.license, kinds)[0] if read.license else read.license
    return replace(read, title=title, license=stated, elements=tuple(elements)), count


def _masked(element: Element, kinds: Collection[str]) -> tuple[Element, int]:
    text, in_text = mask(element.text, kinds) if element.text else (element.text, 0)
    alt, in_alt = mask(element.alt, kinds) if element.alt else (element.alt, 0)
    path = tuple(mask(title, kinds)[0] for title in element.section_path)
    # Not only where the text has some: what is masked in a row of Markdown may look different in a cell.
    cells, in_cells = element.cells, 0
    if cells is not None:
        found = [[mask(cell, kinds) for cell in row] for row in cells]
        cells = tuple(tuple(cell for cell, _ in row) for row in found)
        in_cells = sum(count for row in found for _, count in row)
    if (text, alt, path, cells) == (element.text, element.alt, element.section_path, element.cells):
        return element, 0
    return replace(element, text=text, alt=alt, section_path=path, cells=cells), (
        in_text or in_cells
    ) + in_alt
