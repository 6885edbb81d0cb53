"""A table to elements: in words, and as a table with names and units, thinned where it is long."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pipeline.extract.builder import Builder
from pipeline.extract.case.files import (
    HEAD_BYTES,
    CaseFile,
    CaseLimits,
    Problem,
    cut_problem,
    read_excerpt,
    read_head,
)
from pipeline.extract.case.numbers import bytes_in_words, counted, evenly, number_of, shown
from pipeline.extract.case.tables.columns import Column, columns_of
from pipeline.extract.case.tables.sniff import cells_of, comment_of, sniff
from pipeline.extract.element import UnreadableDocumentError
from pipeline.extract.media import check_text
from pipeline.extract.tables import markdown_table
from storage.words import name_in_words

#: Rows and columns that are shown; of more rows so many are shown evenly spread, of more columns the first.
SHOWN_ROWS = 40
SHOWN_COLUMNS = 24
_IN_WORDS = 12


def read_table(builder: Builder, file: CaseFile, limits: CaseLimits) -> list[Problem]:
    """Add a table's elements.

    Raises:
        OSError: if the file cannot be read.
        UnreadableDocumentError: if it is no text, or no table of numbers.
    """
    excerpt = read_excerpt(file, limits.max_text_bytes)
    check_text(read_head(file, HEAD_BYTES))
    lines = excerpt.head.splitlines()
    form = sniff(lines)
    if form is None:
        raise UnreadableDocumentError(
            "no_table", "No rows with the same number of cells, most of them numbers, are in it."
        )
    columns, prose = columns_of(lines, form)
    for text in prose:
        builder.add("text", text)
    rows, odd = _rows([*lines[form.first :], *excerpt.tail.splitlines()], form.delimiter, form.width)
    remark = ""
    if excerpt.skipped:
        remark = f"{bytes_in_words(excerpt.skipped)} from the middle of the file were not read."
    name = name_in_words(file.name)
    add_table(builder, name, columns, rows, decimal=form.decimal, remark=remark)
    problems = cut_problem(file, excerpt, limits.max_text_bytes)
    if odd:
        detail = f"{counted(odd, 'line')} of the table did not have {form.width} cells."
        problems.append(Problem(file.path, "odd_rows", detail, float(odd), 0.0))
    return problems


def add_table(
    builder: Builder,
    name: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    *,
    decimal: str = ".",
    remark: str = "",
) -> None:
    """Add a table and what it says in words.

    Args:
        builder: where to.
        name: what the table is called.
        columns: names and units.
        rows: cells as they were written.
        decimal: the decimal mark of the cells.
        remark: a sentence to end the summary with, if any.
    """
    titled = [column.title for column in columns]
    kept = evenly(len(rows), SHOWN_ROWS)
    sentences = [f"The table {name} has {counted(len(rows), 'row')} and {counted(len(columns), 'column')}."]
    ranges = [
        _range(column, [number_of(row[k], decimal) for row in rows])
        for k, column in enumerate(columns[:_IN_WORDS])
    ]
    if len(columns) > _IN_WORDS:
        ranges.append(f"and {counted(len(columns) - _IN_WORDS, 'more column')}")
    sentences.append(f"{'; '.join(text for text in ranges if text)}.")
    if len(kept) < len(rows):
        sentences.append(f"{len(kept)} of the {len(rows)} rows are shown, evenly spread.")
    if len(columns) > SHOWN_COLUMNS:
        sentences.append(f"The first {SHOWN_COLUMNS} columns are shown.")
    builder.add("text", " ".join([*sentences, remark]))
    cells = [titled[:SHOWN_COLUMNS], *(list(rows[at][:SHOWN_COLUMNS]) for at in kept)]
    builder.add("table", markdown_table(cells), cells=cells)


def _rows(lines: Sequence[str], delimiter: str | None, width: int) -> tuple[list[list[str]], int]:
    rows, odd = [], 0
    for line in lines:
        if not line.strip() or comment_of(line) is not None:
            continue
        cells = cells_of(line, delimiter)
        if len(cells) == width + 1 and not cells[-1]:
            cells.pop()  # a delimiter at the end of the line
        if len(cells) == width:
            rows.append(cells)
        else:
            odd += 1
    return rows, odd


def _range(column: Column, values: Sequence[float | None]) -> str:
    """Say a column's range: "force from -1 to 4.5 kN"."""
    numbers = [value for value in values if value is not None]
    finite = [value for value in numbers if math.isfinite(value)]
    unit = f" {column.unit}" if column.unit and column.unit not in ("-", "1") else ""
    wrong = len(numbers) - len(finite)
    remark = (
        f" with {counted(wrong, 'value')} that {'is' if wrong == 1 else 'are'} NaN or infinite"
        if wrong
        else ""
    )
    if not finite:
        return f"{column.name} in words" if not numbers else f"{column.name} never finite"
    low, high = min(finite), max(finite)
    if low == high:
        return f"{column.name} always {shown(low)}{unit}{remark}"
    return f"{column.name} from {shown(low)} to {shown(high)}{unit}{remark}"
