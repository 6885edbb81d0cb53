"""Tables: which ones hold data, and their cells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from pipeline.extract.html.marks import marks_of
from pipeline.extract.html.visibility import is_hidden

Attributes = Mapping[str, str | None]

#: Blocks that no cell of data holds; the second set only where the table shows no other sign of data.
_LAYOUT = "table, h1, h2, h3, figure, form, nav, article, section"
_DOUBTFUL = "table, h1, h2, h3, h4, h5, h6, figure, form, nav, article, section, pre, blockquote"
_SECTIONS = frozenset({"thead", "tbody", "tfoot"})
_DATA_NAMES = frozenset(
    {
        "docutils", "wikitable", "dataframe", "tableblock", "doxtable", "table-bordered", "table-striped",
        "data",
        "data-table", "informaltable", "fieldtable", "longtable", "colwidths-auto", "colwidths-given",
    }
)  # fmt: skip
_MAX_COLUMN_SPAN = 1_000
_MAX_ROW_SPAN = 65_534
#: Larger tables than this, spans counted, are written without repeating what spans.
_MAX_CELLS = 200_000
_EQUATION = re.compile(r"^(?:\$[^$]+\$\s*[.,;]?\s*)+$")
_NUMBERING = re.compile(r"^\(?[A-Z]?[\d.]{1,8}[a-z]?\)?$")


class Cell(NamedTuple):
    """A cell's node and how many columns and rows it spans; what it says, once it is read."""

    node: LexborNode
    columns: int
    rows: int
    header: bool


@dataclass(frozen=True)
class Grid:
    """A table's rows in the order that they are shown, its caption, and whether it shows signs of data."""

    rows: tuple[tuple[Cell, ...], ...]
    caption: LexborNode | None
    is_data: bool
    has_head: bool

    @property
    def columns(self) -> int:
        """The number of columns of the widest row, spans not counted."""
        return max((len(row) for row in self.rows), default=0)


def read_grid(node: LexborNode, attributes: Attributes) -> Grid | None:
    """Return the rows of a table, or None for one that only arranges the page.

    A table arranges the page if it says so, or if it holds other blocks (tables, headings, code).
    """
    if attributes.get("role") in {"presentation", "none"}:
        return None
    head: list[tuple[Cell, ...]] = []
    body: list[tuple[Cell, ...]] = []
    foot: list[tuple[Cell, ...]] = []
    caption: LexborNode | None = None
    sections: list[LexborNode] = []
    child = node.first_child
    while child is not None:
        tag = child.tag
        if tag == "caption" and caption is None:
            caption = child
        elif tag in _SECTIONS:
            sections.append(child)
            target = head if tag == "thead" else foot if tag == "tfoot" else body
            row = child.first_child
            while row is not None:
                if row.tag == "tr" and not _is_left_out(row):
                    target.append(_cells(row))
                row = row.next
        child = child.next
    rows = tuple(row for row in (*head, *body, *foot) if row)
    has_head = any(cell.header for row in rows for cell in row)
    is_data = (
        caption is not None
        or has_head
        or (attributes.get("border") or "0").strip() not in {"0", ""}
        or bool(_DATA_NAMES & set((attributes.get("class") or "").split()))
    )
    blocks = _LAYOUT if is_data else _DOUBTFUL
    if any(section.css_first(blocks) is not None for section in sections):
        return None
    return Grid(rows, caption, is_data, has_head)


def _is_left_out(row: LexborNode) -> bool:
    attributes = row.attributes
    return bool(attributes) and is_hidden("tr", attributes, marks_of(attributes.get("class") or ""))


def spread(grid: Grid, texts: list[list[str]]) -> tuple[list[list[str]], list[list[str]]]:
    """Return a table's rows twice: each text where its cell begins, and in every place that its cell spans.

    Args:
        grid: the table.
        texts: what each cell says, in the grid's shape.
    """
    if all(cell.columns == 1 and cell.rows == 1 for row in grid.rows for cell in row):
        return texts, texts
    limit = sum(cell.columns for row in grid.rows for cell in row)
    repeat = (
        limit <= _MAX_CELLS
        and sum(c.columns * min(c.rows, len(grid.rows)) for r in grid.rows for c in r) <= _MAX_CELLS
    )
    shown: list[list[str]] = []
    full: list[list[str]] = []
    open_cells: dict[int, tuple[int, str]] = {}  # by column: rows still to span, text
    for row, said in zip(grid.rows, texts, strict=True):
        shown_row: list[str] = []
        full_row: list[str] = []
        for cell, text in zip(row, said, strict=True):
            _fill(open_cells, shown_row, full_row)
            columns = cell.columns if repeat else 1
            for number in range(columns):
                if repeat and cell.rows > 1:
                    open_cells[len(full_row)] = (cell.rows - 1, text)
                shown_row.append(text if number == 0 else "")
                full_row.append(text)
        _fill(open_cells, shown_row, full_row)
        shown.append(shown_row)
        full.append(full_row)
    return shown, full


def equations(texts: list[list[str]]) -> list[str] | None:
    """Return the formulas of a table that only sets them out (in parts, numbered at the end), else None."""
    found: list[str] = []
    for row in texts:
        parts = [text for text in row if text]
        if len(parts) > 1 and _NUMBERING.match(parts[-1]):
            parts.pop()
        if not parts or not all(_EQUATION.match(part) for part in parts):
            return None
        found.append(" ".join(part.replace("$", "").strip() for part in parts))
    return found or None


def _fill(open_cells: dict[int, tuple[int, str]], shown: list[str], full: list[str]) -> None:
    """Write the cells of rows above that reach into this one, at its next places."""
    while (column := len(full)) in open_cells:
        left, text = open_cells.pop(column)
        if left > 1:
            # Taken up again in the next row.
            open_cells[column] = (left - 1, text)
        shown.append("")
        full.append(text)


def _cells(row: LexborNode) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    node = row.first_child
    while node is not None:
        if node.tag in {"td", "th"}:
            attributes: Attributes = node.attributes
            cells.append(
                Cell(
                    node,
                    _span(attributes.get("colspan"), 1, _MAX_COLUMN_SPAN),
                    _span(attributes.get("rowspan"), 0, _MAX_ROW_SPAN) or _MAX_ROW_SPAN,
                    node.tag == "th",
                )
            )
        node = node.next
    return tuple(cells)


def _span(value: str | None, least: int, most: int) -> int:
    value = (value or "").strip()
    return min(max(int(value), least), most) if value.isascii() and value.isdigit() and len(value) < 9 else 1
