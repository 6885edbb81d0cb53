"""The outline (bookmarks) of a document, and the lines of its pages that its entries name."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.extract.pdf.page import Line, Page

_MAX_ENTRIES = 20_000
_MAX_DEPTH = 10
#: A heading goes over so many lines at most.
_MAX_LINES = 4
#: Points from the stated place within which a line is the heading even if it comes again on other pages.
_NEAR = 40.0
_NUMBER = re.compile(r"^(?:[A-Z]?\d+(?:\.\d+)*\.?|[IVXLC]+\.?|[A-Z]\.?)(?=\s)\s+")
_PREFIX = re.compile(
    r"^(?:part|chapter|appendix|section|teil|kapitel|anhang|chapitre|annexe)?[a-z]?[ivxlcdm\d]{0,9}$"
)
_NO_WORD = re.compile(r"[\W_]+")
_TITLE_BYTES = 4096


@dataclass(frozen=True)
class Entry:
    """A bookmark: its depth from 1, its title, the index of its page, where on it (user space), if stated."""

    level: int
    title: str
    page: int
    y: float | None


def read_outline(document: Any) -> list[Entry]:
    """Return the outline's entries in order; those that lead to no page are left out.

    Args:
        document: pdfium's handle of the document.
    """
    import pypdfium2.raw as pdfium  # noqa: PLC0415 - loads a library that only this reader needs

    return [entry for entry in _walk(pdfium, document, None, 1, set()) if entry.title and entry.page >= 0]


def _walk(pdfium: Any, document: Any, parent: Any, level: int, seen: set[int]) -> Iterator[Entry]:
    mark = pdfium.FPDFBookmark_GetFirstChild(document, parent)
    while mark and len(seen) < _MAX_ENTRIES:
        address = ctypes.addressof(mark.contents)
        if address in seen:  # an outline that bites its tail
            return
        seen.add(address)
        yield _entry(pdfium, document, mark, level)
        if level < _MAX_DEPTH:
            yield from _walk(pdfium, document, mark, level + 1, seen)
        mark = pdfium.FPDFBookmark_GetNextSibling(document, mark)


def _entry(pdfium: Any, document: Any, mark: Any, level: int) -> Entry:
    buffer = ctypes.create_string_buffer(_TITLE_BYTES)
    size = min(pdfium.FPDFBookmark_GetTitle(mark, buffer, _TITLE_BYTES), _TITLE_BYTES)
    title = buffer.raw[: max(size - 2, 0)].decode("utf-16-le", "replace").strip()
    target = pdfium.FPDFBookmark_GetDest(document, mark)
    if not target:
        action = pdfium.FPDFBookmark_GetAction(mark)
        target = pdfium.FPDFAction_GetDest(document, action) if action else None
    if not target:
        return Entry(level, title, -1, None)
    has_x, has_y, has_zoom = (ctypes.c_int() for _ in range(3))
    x, y, zoom = (ctypes.c_float() for _ in range(3))
    pdfium.FPDFDest_GetLocationInPage(target, has_x, has_y, has_zoom, x, y, zoom)
    page = pdfium.FPDFDest_GetDestPageIndex(document, target)
    return Entry(level, title, page, y.value if has_y.value else None)


def outlined(
    pages: Sequence[Page], entries: Sequence[Entry], furniture: set[int]
) -> dict[int, tuple[int, int]]:
    """Return, for each line that is part of a heading of the outline (by `id`), the entry's number and level.

    Args:
        pages: the document's pages, in order.
        entries: its outline.
        furniture: what comes again at the edges of pages, by `id`.
    """
    by_index = {page.number - 1: page for page in pages}
    found: dict[int, tuple[int, int]] = {}
    for number, entry in enumerate(entries):
        page = by_index.get(entry.page)
        if page is None:
            continue
        lines = [line for line in page.lines() if id(line) not in found]
        best = _best(lines, entry, page, furniture)
        for line in best:
            found[id(line)] = number, entry.level
    return found


def _best(lines: Sequence[Line], entry: Entry, page: Page, furniture: set[int]) -> Sequence[Line]:
    titles = {_folded(entry.title), _folded(_NUMBER.sub("", entry.title))} - {""}
    height = page.frame.point(0.0, entry.y)[1] if entry.y is not None and page.frame.turns == 0 else 0.0
    best: Sequence[Line] = ()
    distance = float("inf")
    for start, line in enumerate(lines):
        text = ""
        for end in range(start, min(start + _MAX_LINES, len(lines))):
            text += _folded(lines[end].text)
            if any(text.endswith(title) and _PREFIX.match(text[: -len(title)]) for title in titles):
                away = abs(line.box.y0 - height)
                # A running head has the words of its chapter's heading, but another place.
                if away < distance and (id(line) not in furniture or away < _NEAR):
                    best, distance = lines[start : end + 1], away
                break
            if len(text) > max(map(len, titles), default=0) + 20:
                break
    return best


def _folded(text: str) -> str:
    return _NO_WORD.sub("", text).casefold()
