"""Word's tables: their cells with spans, and whether they hold data or only arrange the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.extract.docx.styles import is_on, number
from pipeline.extract.ooxml.names import W
from pipeline.extract.xml import local_name

_MAX_SPAN = 200
_FIRST_ROW = 0x20


@dataclass(frozen=True)
class Cell:
    """A cell: its node, the columns that it covers, and whether it goes on with the cell above."""

    node: Any
    span: int
    continues: bool


def rows_of(table: Any) -> list[list[Cell]]:
    """Return the rows of a `w:tbl`, without those that a tracked change deleted; None cells fill gaps."""
    rows = []
    for row in _inner(table, "tr"):
        properties = row.find(f"{W}trPr")
        if properties is not None and properties.find(f"{W}del") is not None:
            continue
        before = properties.find(f"{W}gridBefore") if properties is not None else None
        gap = _span(before.get(f"{W}val")) if before is not None else 0
        cells = [Cell(None, 1, False)] * gap
        for node in _inner(row, "tc"):
            own = node.find(f"{W}tcPr")
            span = own.find(f"{W}gridSpan") if own is not None else None
            merge = own.find(f"{W}vMerge") if own is not None else None
            continues = merge is not None and merge.get(f"{W}val") != "restart"
            cells.append(Cell(node, _span(span.get(f"{W}val")) if span is not None else 1, continues))
        rows.append(cells)
    return rows


def has_head(table: Any) -> bool:
    """Tell whether the first row of a table is marked, or formatted, as its head."""
    first = next(_inner(table, "tr"), None)
    if first is not None and is_on(first.find(f"{W}trPr"), "tblHeader"):
        return True
    look = table.find(f"{W}tblPr/{W}tblLook")
    if look is None:
        return False
    stated = look.get(f"{W}firstRow")
    if stated is not None:
        return stated in {"1", "true", "on"}
    try:
        return bool(int(look.get(f"{W}val") or "0", 16) & _FIRST_ROW)
    except ValueError:
        return False


def cell_grid(rows: list[list[Cell]], text: Callable[[Any], str]) -> tuple[list[list[str]], list[list[str]]]:
    """Return the texts of cells: each once, for Markdown, and with what is merged repeated, as values."""
    once: list[list[str]] = []
    repeated: list[list[str]] = []
    for row in rows:
        shown: list[str] = []
        values: list[str] = []
        for cell in row:
            words = text(cell.node) if cell.node is not None and not cell.continues else ""
            above = repeated[-1] if repeated else []
            at = len(values)
            value = above[at] if cell.continues and at < len(above) else words
            shown += [words, *[""] * (cell.span - 1)]
            values += [value] * cell.span
        once.append(shown)
        repeated.append(values)
    return once, repeated


def cells_in_order(rows: list[list[Cell]], is_picture: Callable[[Any], bool]) -> Iterator[Any]:
    """Give the cells of a table that arranges the page, as one reads them.

    They come row by row; where a row of pictures stands above a row of their captions, each picture with its
    own.
    """
    at = 0
    while at < len(rows):
        row = [cell for cell in rows[at] if cell.node is not None and not cell.continues]
        below = rows[at + 1] if at + 1 < len(rows) else []
        under = [cell for cell in below if cell.node is not None and not cell.continues]
        pictures = all(is_picture(cell.node) for cell in row)
        if row and pictures and len(row) == len(under) and not any(is_picture(c.node) for c in under):
            for cell, caption in zip(row, under, strict=True):
                yield cell.node
                yield caption.node
            at += 2
            continue
        yield from (cell.node for cell in row)
        at += 1


def _inner(node: Any, name: str) -> Iterator[Any]:
    for child in node:
        if child.tag == f"{W}{name}":
            yield child
        elif local_name(child) in {"sdt", "sdtContent", "customXml", "ins", "moveTo"}:
            yield from _inner(child, name)


def _span(value: str | None) -> int:
    return min(max(number(value, 1), 1), _MAX_SPAN)
