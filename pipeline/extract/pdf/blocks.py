"""Lines to blocks: paragraphs, items of lists, headings, code and captions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from pipeline.extract.pdf.furniture import at_edge
from pipeline.extract.pdf.geometry import Box, union
from pipeline.extract.pdf.page import Image, Line, Page
from pipeline.extract.pdf.ruled import Table
from pipeline.extract.pdf.typography import MOSTLY, Typography, heading_level
from pipeline.extract.pdf.words import CAPTION, marker_of

#: How much further than usual the next line of a paragraph may stand.
_LOOSE = 1.22
#: Ems by which a first line is set in.
_INDENT = 0.8
#: Blank lines that code may hold.
_MAX_BLANK = 2.6
_LEADERS = re.compile(r"(?:\.\s?){4,}\s*(?:\d+|[ivxlc]+)?$")
_PAGE = re.compile(r"\s(?:\d+|[ivxlc]+)$")
#: A column with more leaders than this share of its lines is a table of contents.
_CONTENTS = 0.3
_MAX_HEADING_LINES = 4
#: Ems between the cells of a row at least.
_ROW_GAP = 2.0
#: Bullets that begin no line of running text, as a dash may.
_PLAIN_BULLETS = frozenset("•◦▪■●○◆►▸\uf0b7")


@dataclass(eq=False)
class Block:
    """Something that becomes an element: its kind, its lines, its picture or its table."""

    kind: str  # heading, text, list_item, code, math, caption, image, table, furniture, contents
    page: int
    box: Box
    right: float = 0.0  # where the lines of its column end
    lines: list[Line] = field(default_factory=list)
    level: int | None = None
    marker: str | None = None
    image: Image | None = None
    table: Table | None = None
    tail: list[Line] = field(default_factory=list)  # the rest of it, from the next column or page


@dataclass(frozen=True)
class Marks:
    """What the whole document says of single lines, by their `id`."""

    furniture: set[int]
    outlined: dict[int, tuple[int, int]]  # the entry of the outline and its level
    known: Typography


def page_blocks(page: Page, marks: Marks) -> list[list[Block]]:
    """Return the blocks of a page, column by column in reading order; its furniture comes first and last."""
    head: list[Block] = []
    foot: list[Block] = []
    found: list[list[Block]] = []
    for column in page.columns:
        content = []
        for entry in column:
            if id(entry) in marks.furniture and not isinstance(entry, Table) and at_edge(entry, page):
                (head if entry.box.y0 < page.box.height / 2 else foot).append(_furniture(page.number, entry))
            else:
                content.append(entry)
        if content:
            found.append(_Column(page.number, content, marks).blocks())
    return [*([head] if head else []), *found, *([foot] if foot else [])]


def _furniture(page: int, entry: Line | Image) -> Block:
    if isinstance(entry, Line):
        return Block("furniture", page, entry.box, lines=[entry])
    return Block("furniture", page, entry.box, image=entry)


class _Column:
    """One column of a page on its way to blocks."""

    def __init__(self, page: int, entries: Sequence[Line | Image | Table], marks: Marks) -> None:
        self._page = page
        self._entries = entries
        self._marks = marks
        prose = [entry for entry in entries if isinstance(entry, Line) and entry.mono < MOSTLY]
        self._right = _right_edge([line.box.x1 for line in prose])
        self._left = min((line.box.x0 for line in prose), default=0.0)
        leaders = sum(bool(_LEADERS.search(line.text)) for line in prose)
        self._is_contents = leaders > _CONTENTS * len(prose)
        self._blocks: list[Block] = []
        self._markers: list[float] = []

    def blocks(self) -> list[Block]:
        """Return the column's blocks."""
        block: Block | None = None
        for entry in self._entries:
            if id(entry) in self._marks.furniture and not isinstance(entry, Table):
                block = None
                self._blocks.append(_furniture(self._page, entry))
                continue
            if isinstance(entry, Line):
                if block is not None and self._goes_on(block, entry):
                    block.lines.append(entry)
                    block.box = union((block.box, entry.box))
                else:
                    block = self._begin(entry)
                continue
            block = None
            if isinstance(entry, Image):
                self._blocks.append(Block("image", self._page, entry.box, image=entry))
            else:
                self._blocks.append(Block("table", self._page, entry.box, table=entry))
        for one in self._blocks:
            self._settle(one)
        return self._blocks

    def _begin(self, line: Line) -> Block:
        block = Block("text", self._page, line.box, self._right, [line])
        if id(line) in self._marks.outlined:
            block.kind, block.level = "heading", self._marks.outlined[id(line)][1]
        elif self._in_contents(line):
            block.kind = "contents"
        elif self._is_code(line):
            block.kind = "code"
        elif CAPTION.match(line.text):
            block.kind = "caption"
        else:
            block.marker = self._marker(line)
            if block.marker is not None:
                block.kind = "list_item"
        self._nest(block, line)
        self._blocks.append(block)
        return block

    def _nest(self, block: Block, line: Line) -> None:
        """Set the level of an item by how far its marker is set in."""
        if block.kind in ("heading", "caption") or (block.kind == "text" and line.box.x0 <= self._left + 1):
            self._markers.clear()
        if block.kind != "list_item":
            return
        while self._markers and line.box.x0 < self._markers[-1] - 0.5 * line.size:
            self._markers.pop()
        if not self._markers or line.box.x0 > self._markers[-1] + 0.5 * line.size:
            self._markers.append(line.box.x0)
        block.level = len(self._markers)

    def _in_contents(self, line: Line) -> bool:
        return bool(_LEADERS.search(line.text) or (self._is_contents and _PAGE.search(line.text)))

    def _is_code(self, line: Line) -> bool:
        return self._marks.known.mono_is_code and line.mono > 0.95

    def _marker(self, line: Line) -> str | None:
        marker = marker_of(line.text)
        if marker is None or len(line.text.strip()) == len(marker) > 1:
            return None
        return marker

    def _goes_on(self, block: Block, line: Line) -> bool:
        """Tell whether a line belongs to the block before it."""
        above, known, outlined = block.lines[-1], self._marks.known, self._marks.outlined
        step = line.baseline - above.baseline
        mine, other = outlined.get(id(above)), outlined.get(id(line))
        if mine is not None or other is not None:
            return mine is not None and other is not None and mine[0] == other[0]
        if block.kind == "code":
            return self._is_code(line) and 0 < step <= _MAX_BLANK * known.leading * line.size
        if block.kind == "contents" or self._in_contents(line) or (_is_row(above) and _is_row(line)):
            return False
        alike = 0.92 <= line.size / above.size <= 1.09 and line.spans[0].upright == above.spans[0].upright
        if not alike or not 0 < step <= _LOOSE * known.leading * max(line.size, above.size):
            return False
        if _are_centred(above, line) and line.box.x0 > self._left + 2:
            return not self._is_code(line)
        if block.kind == "caption" and not CAPTION.match(line.text):
            return True
        level = heading_level(above, known)
        if level is not None and heading_level(line, known) != level:
            return False
        return self._is_full(above, line) and self._is_in_line(block, line)

    def _is_full(self, above: Line, line: Line) -> bool:
        """Tell whether a line ends only because the first word of the next had no room on it."""
        if self._is_code(line) and above.mono < MOSTLY and above.box.x1 < self._right - 4 * line.size:
            return False
        return above.text.endswith("-") or above.box.x1 + _first_word(line) > self._right - 0.5 * line.size

    def _is_in_line(self, block: Block, line: Line) -> bool:
        """Tell whether a line begins where the lines of a block do."""
        marker = self._marker(line)
        if block.kind == "list_item":
            return marker is None and line.box.x0 > block.lines[0].box.x0 + 1
        if marker is not None and (marker in _PLAIN_BULLETS or abs(line.box.x0 - block.lines[-1].box.x0) > 1):
            return False
        # A term with its definition beside it: the definition's lines hang below each other.
        if any(abs(line.box.x0 - span.box.x0) < 1 for span in block.lines[0].spans[1:]):
            return True
        left = min(one.box.x0 for one in block.lines[1:] or block.lines)
        if len(block.lines) == 1:
            return line.box.x0 <= left + 0.3 * line.size
        return abs(line.box.x0 - left) < _INDENT * line.size

    def _settle(self, block: Block) -> None:
        """Decide on what only the whole block tells."""
        lines = block.lines
        if block.kind == "text" and len(lines) <= _MAX_HEADING_LINES:
            levels = {heading_level(line, self._marks.known) for line in lines}
            level = levels.pop()
            if not levels and level is not None:
                block.kind, block.level = "heading", level
        elif block.kind == "list_item" and len(lines) == 1:
            level = heading_level(lines[0], self._marks.known)
            if level is not None and (block.marker or "")[-1:] in ".)":
                block.kind, block.level = "heading", level
        if block.kind == "text":
            letters = sum(len(line.text) for line in lines)
            if sum(line.math * len(line.text) for line in lines) > 0.5 * letters:
                block.kind = "math"


def _right_edge(ends: list[float]) -> float:
    """Return where lines end that are full: at the rightmost place that two have in common."""
    ends = sorted(ends, reverse=True)
    shared = (one for one, other in pairwise(ends) if one - other < 1.5)
    return next(shared, ends[0] if ends else 0.0)


def _are_centred(above: Line, line: Line) -> bool:
    return abs(line.box.x0 + line.box.x1 - above.box.x0 - above.box.x1) < 3


def _is_row(line: Line) -> bool:
    """Tell whether a line has the gaps of a table's row."""
    return any(right.box.x0 - left.box.x1 > _ROW_GAP * line.size for left, right in pairwise(line.spans))


def _first_word(line: Line) -> float:
    """Return the width of a line's first word with a space before it."""
    length = len(line.text.split(maxsplit=1)[0]) if line.text.split() else 0
    return line.box.width * (length + 1) / max(len(line.text), 1)
