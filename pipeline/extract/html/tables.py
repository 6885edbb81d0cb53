"""Tables: which ones hold data, and their cells."""

from __future__ import annotations

from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from pipeline.extract.html.inline import inline_text
from pipeline.extract.tables import markdown_table

_LAYOUT_CONTENT = "table, h1, h2, h3, h4, h5, h6, figure, form, nav, article, section, pre, blockquote"
_MAX_SPAN = 50


@dataclass(frozen=True)
class ReadTable:
    """A data table: its text as Markdown, its caption, and the image nodes in its cells, in order."""

    text: str
    caption: str
    images: tuple[LexborNode, ...]


def read_table(node: LexborNode) -> ReadTable | None:
    """Return a table that holds data, or None for one that only arranges the page.

    A table arranges the page if it says so, if it holds other blocks (tables, headings, code), or if it has
    one row or one column.
    """
    attributes = node.attributes
    if attributes.get("role") in {"presentation", "none"}:
        return None
    if any(inner.mem_id != node.mem_id for inner in node.css(_LAYOUT_CONTENT)):
        return None
    rows: list[list[str]] = []
    images: list[LexborNode] = []
    caption = ""
    head_seen = False
    for part in node.css("tr, caption"):
        if part.tag == "caption":
            caption = inline_text(part).text
            continue
        cells: list[str] = []
        cell = part.first_child
        while cell is not None:
            if cell.tag in {"td", "th"}:
                found = inline_text(cell)
                images += found.images
                cells += [found.text, *[""] * (_span(cell) - 1)]
                head_seen = head_seen or (cell.tag == "th" and not rows)
            cell = cell.next
        rows.append(cells)
    if len(rows) < 2 or max(len(row) for row in rows) < 2:
        return None
    return ReadTable(markdown_table(rows, header=head_seen), caption, tuple(images))


def _span(cell: LexborNode) -> int:
    value = cell.attributes.get("colspan") or ""
    return min(max(int(value), 1), _MAX_SPAN) if value.isascii() and value.isdigit() and len(value) < 6 else 1
