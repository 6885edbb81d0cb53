"""Plain text to elements."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.extract.builder import Builder
from pipeline.extract.element import ReadDocument
from pipeline.extract.encoding import decode
from pipeline.extract.tables import markdown_table
from pipeline.extract.text.blocks import Block, blocks_of
from pipeline.extract.text.lists import add_list, is_list
from pipeline.extract.text.tables import drawn_cells, is_in_columns

_UNDERLINE = re.compile(r"^([=\-~^*#+_\"'])\1{2,}$")
_NUMBERED = re.compile(r"^(\d{1,3}(?:\.\d{1,3}){0,5})\.?\s{1,4}(?=[^\W\d_])")
_SENTENCE_END = (".", ",", ";", ":", "?", "!")
_MAX_HEADING = 80


def read_text(data: bytes, url: str, content_type: str | None = None) -> ReadDocument:
    """Read a plain text: paragraphs, underlined and numbered headings, lists, indented code, drawn tables.

    Args:
        data: its bytes.
        url: its URL.
        content_type: the Content-Type header that it came with.
    """
    builder = Builder(url, url)
    add_text(builder, decode(data, content_type, prescan=False))
    builder.page = None
    return builder.document()


def add_text(builder: Builder, text: str, boilerplate: bool = False) -> None:
    """Add what a plain text holds to a document.

    Args:
        builder: the document.
        text: the text; form feeds part its pages.
        boilerplate: whether it is none of the document's own content.
    """
    blocks = list(blocks_of(text))
    underlines: list[str] = []
    for at, block in enumerate(blocks):
        if "\f" in text:
            builder.page = block.page
        lines = _without_heading(builder, block.lines, underlines, boilerplate)
        if not lines:
            continue
        level = _numbered_level(lines, blocks, at)
        if level is not None:
            builder.heading(level, lines[0], boilerplate=boilerplate)
        else:
            _add_lines(builder, lines, block.is_indented, boilerplate)


def _add_lines(builder: Builder, lines: Sequence[str], is_indented: bool, boilerplate: bool) -> None:
    cells = drawn_cells(lines)
    if cells is not None:
        builder.add("table", markdown_table(cells), boilerplate=boilerplate, cells=cells)
    elif is_list(lines):
        add_list(builder, lines, boilerplate)
    elif is_indented or is_in_columns(lines):
        margin = min(len(line) - len(line.lstrip()) for line in lines)
        code = "\n".join(line[margin:] for line in lines)
        builder.add("code", code, boilerplate=boilerplate)
    elif not all(_UNDERLINE.match(line.strip()) for line in lines):
        builder.add("text", " ".join(lines), boilerplate=boilerplate)


def _without_heading(
    builder: Builder, lines: Sequence[str], underlines: list[str], boilerplate: bool
) -> Sequence[str]:
    """Add the underlined headings that a block begins with; returns the lines after them.

    The first kind of line that is met marks the highest level; a line above the title too is
    a kind of its own.
    """
    while True:
        over = len(lines) > 2 and _UNDERLINE.match(lines[0].strip()) and lines[0].strip() == lines[2].strip()
        title, rule = (lines[1], lines[2]) if over else (lines[0], lines[1] if len(lines) > 1 else "")
        found = _UNDERLINE.match(rule.strip())
        if not found or not _fits(title, rule):
            return lines
        kind = found[1] + ("over" if over else "")
        if kind not in underlines:
            underlines.append(kind)
        builder.heading(min(underlines.index(kind) + 1, 6), title, boilerplate=boilerplate)
        lines = lines[3:] if over else lines[2:]
        if not lines:
            return ()


def _fits(title: str, rule: str) -> bool:
    words = title.strip()
    if _UNDERLINE.match(words) or not any(char.isalpha() for char in words):
        return False
    return abs(len(words) - len(rule.strip())) <= 2 or (len(words) <= _MAX_HEADING <= len(rule.strip()))


def _numbered_level(lines: Sequence[str], blocks: Sequence[Block], at: int) -> int | None:
    """Return the level of a numbered heading: one short line alone, which is no item of a list."""
    found = _NUMBERED.match(lines[0].strip())
    if len(lines) != 1 or not found or blocks[at].is_indented or at + 1 == len(blocks):
        return None
    title = lines[0].strip()
    if len(title) > _MAX_HEADING or title.endswith(_SENTENCE_END):
        return None
    depth = found[1].count(".")
    for other in (*blocks[max(at - 1, 0) : at], blocks[at + 1]):
        beside = _NUMBERED.match(other.lines[0].strip())
        if beside and beside[1].count(".") == depth:
            return None
    return min(depth + 1, 6)
