"""A document's elements as blocks of a page: list items in a row make a list, images a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from flows.report.links import Link

_CODE_LINES = 30
_TABLE_ROWS = 40


@dataclass(frozen=True)
class Picture:
    """An image in its place, or the slot that it left."""

    position: int
    state: str  # kept, rejected, missing
    uri: str | None  # a data URI, where bytes are stored and decode
    name: str
    alt: str
    reason: str  # the rule that dropped it
    detail: str
    links: list[Link] = field(default_factory=list)


@dataclass(frozen=True)
class Line:
    """One text."""

    position: int
    text: str
    level: int
    boilerplate: bool


@dataclass(frozen=True)
class Block:
    """What stands by itself: one element, a whole list, or the images of a figure."""

    kind: str  # heading, text, caption, list, table, code, math, quote, images
    lines: list[Line] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)  # of a table; the first is its head
    pictures: list[Picture] = field(default_factory=list)


def blocks_of(elements: Sequence[Mapping[str, Any]], pictures: Mapping[int, Picture]) -> list[Block]:
    """Lay out elements, given in reading order.

    Args:
        elements: rows with position, kind, level, text, cells (if known), figure, caption_of and boilerplate.
        pictures: by position, one for each element of kind image.
    """
    blocks = []
    for _, run in groupby(enumerate(elements), key=_belongs):
        rows = [row for _, row in run]
        kind = rows[0]["kind"]
        if kind == "image":
            blocks.append(Block("images", pictures=[pictures[row["position"]] for row in rows]))
        elif kind == "table":
            blocks.append(Block("table", [_line(rows[0])], rows=_table_rows(rows[0])))
        elif rows[0]["caption_of"] is not None:
            blocks.append(Block("caption", [_line(row) for row in rows]))
        else:
            blocks.append(Block("list" if kind == "list_item" else kind, [_line(row) for row in rows]))
    return blocks


def _table_rows(row: Mapping[str, Any]) -> list[list[str]]:
    """Return a table's cells as its reader found them, or those of its text; a long table is cut."""
    cells = row.get("cells")
    if not cells:
        return markdown_rows(row["text"] or "")
    kept = [[cell or "" for cell in line] for line in cells[: 1 + _TABLE_ROWS]]
    hidden = len(cells) - len(kept)
    return [*kept, [f"… and {hidden} more rows"]] if hidden else kept


def markdown_rows(text: str) -> list[list[str]]:
    """Return the cells of a Markdown table, or nothing if `text` is not one; a long table is cut."""
    lines = [line.strip() for line in text.strip().splitlines()]
    if len(lines) < 2 or not all(line.startswith("|") for line in lines) or set(lines[1]) - set("|-: "):
        return []
    kept = [lines[0], *lines[2 : 2 + _TABLE_ROWS]]
    hidden = len(lines) - 1 - len(kept)
    rows = [[cell.strip().replace("\0", "|") for cell in _cells(line)] for line in kept]
    return [*rows, [f"… and {hidden} more rows"]] if hidden else rows


def _cells(line: str) -> list[str]:
    return line.replace("\\|", "\0").strip("|").split("|")


def _belongs(item: tuple[int, Mapping[str, Any]]) -> tuple[Any, ...]:
    """Return what neighbours must share to stand in one block."""
    index, row = item
    if row["kind"] == "list_item" and row["caption_of"] is None:
        return ("list",)
    if row["kind"] == "image":
        return ("images", row["figure"])
    return ("alone", index)


def _line(row: Mapping[str, Any]) -> Line:
    text = row["text"] or ""
    if row["kind"] == "code":
        lines = text.splitlines()
        if len(lines) > _CODE_LINES:
            text = "\n".join([*lines[:_CODE_LINES], f"… and {len(lines) - _CODE_LINES} more lines"])
    return Line(row["position"], text, row["level"] or 1, bool(row["boilerplate"]))
