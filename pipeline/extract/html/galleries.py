"""Tables that set out pictures with their captions."""

from __future__ import annotations

import re
from typing import NamedTuple

from pipeline.extract.html.pictures import Picture

#: A longer text is no caption.
MAX_CAPTION = 600
_FIGURE = re.compile(
    r"^(?:fig(?:ure|\.)?|abb(?:ildung|\.)?|image|photo|plate|scheme|chart)\s*\.?\s*[\dIVXA-Z]", re.IGNORECASE
)


class ReadCell(NamedTuple):
    """What a cell says and shows."""

    text: str
    pictures: tuple[Picture, ...]


class Figure(NamedTuple):
    """Pictures and what is written about them."""

    pictures: tuple[Picture, ...]
    captions: tuple[str, ...]


def figures_of(rows: list[list[ReadCell]], caption: str) -> list[Figure] | None:
    """Return the figures that a table sets out, or None if it is no such table.

    It is one if its cells hold nothing but pictures and its `<caption>` or its only text is their caption; if
    rows of pictures and rows of texts as long take turns; or if each cell holds a picture with its text.
    """
    cells = [cell for row in rows for cell in row if cell.text or cell.pictures]
    pictures = tuple(picture for cell in cells for picture in cell.pictures)
    if not pictures or any(len(cell.text) > MAX_CAPTION for cell in cells):
        return None
    texts = [cell.text for cell in cells if cell.text]
    if not texts:
        return [Figure(pictures, (caption,) if caption else ())]
    pairs = _by_columns(rows)
    if pairs is not None:
        return (
            pairs
            if not caption
            else [*pairs[:-1], Figure(pairs[-1].pictures, (*pairs[-1].captions, caption))]
        )
    if all(cell.pictures for cell in cells):
        figures = [Figure(cell.pictures, (cell.text,) if cell.text else ()) for cell in cells]
        return figures if not caption else [Figure(pictures, (*texts, caption))]
    one_row = sum(any(cell.text or cell.pictures for cell in row) for row in rows) == 1
    if len(texts) == 1 and (not one_row or _FIGURE.match(texts[0])):
        return [Figure(pictures, (texts[0], caption) if caption else (texts[0],))]
    return None


def _by_columns(rows: list[list[ReadCell]]) -> list[Figure] | None:
    """The figures of a table where each row of pictures has a row of texts below (or above) it."""
    filled = [row for row in rows if any(cell.text or cell.pictures for cell in row)]
    if len(filled) < 2 or len(filled) % 2:
        return None
    figures: list[Figure] = []
    for upper, lower in zip(filled[::2], filled[1::2], strict=True):
        if len(upper) != len(lower):
            return None
        above = all(not cell.text for cell in upper) and all(not cell.pictures for cell in lower)
        below = all(not cell.pictures for cell in upper) and all(not cell.text for cell in lower)
        if not above and not below:
            return None
        for one, other in zip(upper, lower, strict=True):
            pictures, text = (one.pictures, other.text) if above else (other.pictures, one.text)
            if text and not pictures:
                return None
            if pictures:
                figures.append(Figure(pictures, (text,) if text else ()))
    return figures
