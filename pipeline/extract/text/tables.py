"""Tables that are drawn with characters."""

from __future__ import annotations

import re
from collections.abc import Sequence

_RULE = re.compile(r"^\s*[-=:+|]{3}[-=:+| ]*$")
_GAP = re.compile(r"\s{2,}|\t")
_MIN_COLUMNS = 2
#: So many lines in columns are no accident.
_MIN_LINES = 3


def drawn_cells(lines: Sequence[str]) -> list[list[str]] | None:
    """Return the cells of a table that is drawn with bars, or None for other lines.

    In one with rules between its rows, the lines of a row that are not parted belong together.
    """
    inner = [line.strip() for line in lines]
    if len(inner) < 2 or not all(line.startswith(("|", "+")) and line.endswith(("|", "+")) for line in inner):
        return None
    rows: list[list[str]] = []
    is_grid = sum(line.startswith("+") for line in inner) > 1
    begins = True
    for line in inner:
        if line.startswith("+") or _RULE.match(line):
            begins = True
            continue
        cells = [cell.strip() for cell in line[1:-1].split("|")]
        if is_grid and not begins and rows and len(cells) == len(rows[-1]) and _has_rules_between(inner):
            rows[-1] = [f"{above} {cell}".strip() for above, cell in zip(rows[-1], cells, strict=True)]
        else:
            rows.append(cells)
        begins = False
    return rows if rows and max(len(row) for row in rows) >= _MIN_COLUMNS else None


def is_in_columns(lines: Sequence[str]) -> bool:
    """Tell whether lines are a table by their gaps alone: the same columns begin in each of them."""
    if len(lines) < _MIN_LINES:
        return False
    ruled = any(_RULE.match(line) and len(line.split()) > 1 for line in lines)
    starts = [_column_starts(line) for line in lines if not _RULE.match(line)]
    if not starts or not all(starts):
        return False
    shared = set.intersection(*starts)
    ends = [len(_GAP.split(line.strip())) for line in lines]
    return bool(shared - {0}) and (ruled or min(ends) >= _MIN_COLUMNS)


def _column_starts(line: str) -> set[int]:
    return {match.end() for match in _GAP.finditer(line) if match.end() < len(line)}


def _has_rules_between(lines: Sequence[str]) -> bool:
    """Tell whether more rules than those around the table and below its head part the rows."""
    return sum(line.startswith("+") for line in lines) > 3
