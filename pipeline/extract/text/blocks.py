"""Lines to blocks: what blank lines and indents set apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

_CODE_INDENT = 4
#: Lines that all begin further in than this are centred.
_CENTRED = 16


@dataclass(frozen=True)
class Block:
    """Lines without a blank one between them, less the indent that the whole text has.

    Attributes:
        lines: the lines.
        indent: of the first line.
        page: the page on which it begins, from 1.
        is_indented: whether every line is indented as code is.
    """

    lines: tuple[str, ...]
    indent: int
    page: int
    is_indented: bool


def blocks_of(text: str) -> Iterator[Block]:
    """Give the blocks of a text; a form feed begins a page."""
    for page, part in enumerate(text.split("\f"), 1):
        lines = [line.expandtabs(8).rstrip() for line in part.splitlines()]
        base = _base_indent(lines)
        block: list[str] = []
        for line in [*lines, ""]:
            if line:
                block.append(line)
            elif block:
                yield _block(block, base, page)
                block = []


def _base_indent(lines: list[str]) -> int:
    """Return the indent that most lines have: a text may be set in from the margin as a whole."""
    indents = Counter(_indent(line) for line in lines if line)
    if not indents:
        return 0
    at_margin = sum(count for indent, count in indents.items() if indent < _CODE_INDENT)
    return 0 if 4 * at_margin >= indents.total() else min(indents.most_common(2), key=lambda pair: pair[0])[0]


def _block(lines: list[str], base: int, page: int) -> Block:
    indents = [_indent(line) for line in lines]
    cut = min(base, *indents)
    code = base + _CODE_INDENT <= min(indents) < base + _CENTRED
    return Block(tuple(line[cut:] for line in lines), indents[0] - cut, page, code)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
