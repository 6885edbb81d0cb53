"""Lists in plain text: items that a sign or a number begins, nested by their indents."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.extract.builder import Builder

_ITEM = re.compile(r"^(\s*)(?:[-*+•‣◦o–]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+(?=\S)")


def is_list(lines: Sequence[str]) -> bool:
    """Tell whether a block of lines is a list: its first line begins an item, and the others fit below it."""
    first = _ITEM.match(lines[0])
    if first is None:
        return False
    margin = len(first[1])
    return all(_ITEM.match(line) or len(line) - len(line.lstrip()) > margin for line in lines[1:]) or (
        sum(bool(_ITEM.match(line)) for line in lines) >= 2
    )


def add_list(builder: Builder, lines: Sequence[str], boilerplate: bool = False) -> None:
    """Add the items of a list, each with its level."""
    margins: list[int] = []
    item: list[str] = []
    for line in lines:
        found = _ITEM.match(line)
        if found is None:
            item.append(line.strip())
            continue
        _add(builder, item, len(margins), boilerplate)
        margin = len(found[1])
        while margins and margins[-1] > margin:
            margins.pop()
        if not margins or margins[-1] < margin:
            margins.append(margin)
        item = [line[found.end() :]]
    _add(builder, item, len(margins), boilerplate)


def _add(builder: Builder, item: list[str], level: int, boilerplate: bool) -> None:
    if item:
        builder.add("list_item", " ".join(item), level=max(level, 1), boilerplate=boilerplate)
