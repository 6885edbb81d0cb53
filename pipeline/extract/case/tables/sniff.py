"""How a table of numbers is written: what stands between its cells, its decimal mark, its head."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.extract.case.numbers import number_of

#: What introduces a line that is no row.
_MARKS = re.compile(r"^\s*(?:#+|%+|!+|//|;|\"#)\s?")
_BRACKETS = re.compile(r"[()\[\]]")
_SAMPLE = 200
_LEAST_COLUMNS = 2
_LEAST_ROWS = 2
#: This share of the sampled lines has the most frequent number of cells, or it is no table.
_REGULAR = 0.6


@dataclass(frozen=True)
class Form:
    """How a table is written; `delimiter` is None for white space, `first` the line of the first row."""

    delimiter: str | None
    decimal: str
    first: int
    width: int


def cells_of(line: str, delimiter: str | None) -> list[str]:
    """Return a line's cells; those of a quoted cell hold what stands between its quotes."""
    if delimiter is None:
        return _BRACKETS.sub(" ", line).split()
    if '"' not in line:
        return [cell.strip() for cell in line.split(delimiter)]
    cells, cell, quoted = [], "", False
    for character in line:
        if character == '"':
            quoted = not quoted
        elif character == delimiter and not quoted:
            cells.append(cell.strip())
            cell = ""
        else:
            cell += character
    return [*cells, cell.strip()]


def sniff(lines: Sequence[str]) -> Form | None:
    """Return how a table is written, or None if it is no table of numbers.

    Of the delimiters and decimal marks that come into question, those win under which most lines have one
    number of cells, most of which are numbers.

    Args:
        lines: the first lines of the file, comments included.
    """
    rows = [
        (number, line)
        for number, line in enumerate(lines[: _SAMPLE * 2])
        if line.strip() and not _MARKS.match(line)
    ]
    rows = rows[:_SAMPLE]
    best: tuple[float, Form] | None = None
    for delimiter, decimal in (
        (";", "."),
        (";", ","),
        ("\t", "."),
        ("\t", ","),
        (",", "."),
        (None, "."),
        (None, ","),
        ("|", "."),
    ):
        found = _form(rows, delimiter, decimal)
        if found is not None and (best is None or found[0] > best[0] + 1e-9):
            best = found
    return best[1] if best else None


def looks_like_table(text: str) -> bool:
    """Tell whether a text is a table of numbers with at least three rows."""
    lines = text.splitlines()
    form = sniff(lines)
    return form is not None and form.width >= _LEAST_COLUMNS and len(lines) - form.first >= 3


def comment_of(line: str) -> str | None:
    """Return what a line says that is no row, without its mark; None for a row."""
    return _MARKS.sub("", line).strip() if _MARKS.match(line) else None


def _form(rows: Sequence[tuple[int, str]], delimiter: str | None, decimal: str) -> tuple[float, Form] | None:
    split = [(number, cells_of(line, delimiter)) for number, line in rows]
    numeric = [
        (number, cells)
        for number, cells in split
        if len(cells) >= _LEAST_COLUMNS
        and sum(number_of(cell, decimal) is not None or not cell for cell in cells) >= max(1, len(cells) / 2)
        and any(number_of(cell, decimal) is not None for cell in cells)
    ]
    if len(numeric) < _LEAST_ROWS:
        return None
    width, regular = Counter(len(cells) for _, cells in numeric).most_common(1)[0]
    if regular < _REGULAR * max(1, len(rows) - 3):
        return None
    right = [(number, cells) for number, cells in numeric if len(cells) == width]
    numbers = sum(number_of(cell, decimal) is not None for _, cells in right for cell in cells)
    score = regular / len(rows) + numbers / (width * len(right))
    # "1,5;2,5" has four numbers under the comma, and two that mean something.
    if delimiter == ",":
        score -= 0.01 + 0.6 * _padded(right)
    return score, Form(delimiter, decimal, right[0][0], width)


def _padded(rows: Sequence[tuple[int, list[str]]]) -> float:
    """Return how many cells hold white space within: cut in the wrong place."""
    cells = [cell for _, row in rows for cell in row]
    return sum(" " in cell or ";" in cell or "\t" in cell for cell in cells) / max(1, len(cells))
