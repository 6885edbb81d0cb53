"""A log to elements: what it says in words, its histories as tables, its messages and notes as text."""

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
from pipeline.extract.case.logs.abaqus import read_message, read_status
from pipeline.extract.case.logs.calculix import read_calculix
from pipeline.extract.case.logs.foam import read_foam
from pipeline.extract.case.logs.general import read_general
from pipeline.extract.case.logs.kinds import LogKind, log_kind
from pipeline.extract.case.logs.log import History, Log
from pipeline.extract.case.logs.messages import MOST
from pipeline.extract.case.numbers import bytes_in_words, counted, evenly, shown
from pipeline.extract.media import check_text
from pipeline.extract.tables import markdown_table

#: Rows of a history that are shown; a longer one is thinned evenly.
SHOWN_ROWS = 24
_DIGITS = 6
_READERS = {
    "openfoam": read_foam,
    "calculix": read_calculix,
    "status": read_status,
    "message": read_message,
    "general": read_general,
}


def read_log(builder: Builder, file: CaseFile, limits: CaseLimits) -> list[Problem]:
    """Add a log's elements.

    Raises:
        OSError: if the file cannot be read.
        UnreadableDocumentError: if it is no text.
    """
    excerpt = read_excerpt(file, limits.max_text_bytes)
    check_text(read_head(file, HEAD_BYTES))
    lines = [*excerpt.head.splitlines(), *excerpt.tail.splitlines()]
    log = parse_log(log_kind(file.name.lower(), excerpt.head[:100_000]) or "general", lines)
    builder.add("text", _summary(file, log, excerpt.skipped))
    _facts(builder, log)
    for history in log.histories:
        if history.rows:
            _history(builder, history)
    _messages(builder, "Error", log.errors)
    _messages(builder, "Warning", log.warnings)
    for note in log.notes[:MOST]:
        builder.add("text", note)
    if len(log.notes) > MOST:
        builder.add("text", f"{counted(len(log.notes) - MOST, 'more note')} of the log are left out.")
    return cut_problem(file, excerpt, limits.max_text_bytes)


def parse_log(kind: LogKind, lines: Sequence[str]) -> Log:
    """Read the lines of a log of the given kind."""
    return _READERS.get(kind, read_general)(lines)


def _summary(file: CaseFile, log: Log, skipped: int) -> str:
    what = "a log" if log.solver == "unknown solver" else f"a log of {log.solver}"
    parts = [f"{file.name} is {what}"]
    rows = [
        f"{counted(len(history.rows), history.counted, _many(history))}"
        for history in log.histories
        if history.rows
    ]
    if rows:
        parts.append(f"with {' and '.join(rows)}")
    sentences = [" ".join(parts) + "."]
    for history in log.histories:
        sentences += _falls(history)
    messages = [
        counted(sum(found.values()), name)
        for found, name in ((log.warnings, "warning"), (log.errors, "error"))
        if found
    ]
    if messages:
        sentences.append(f"It holds {' and '.join(messages)}.")
    if log.timings:
        name, value = log.timings[-1]
        sentences.append(f"The {name} is {value}.")
    if log.ended:
        sentences.append(f"The run came to its end: {log.ending.rstrip('.')}.")
    elif log.ended is False:
        said = f" ({log.ending.rstrip('.')})" if log.ending else ""
        sentences.append(f"The log does not say that the run came to its end{said}.")
    if skipped:
        sentences.append(f"{bytes_in_words(skipped)} from the middle of the log were not read.")
    return " ".join(sentences)


def _many(history: History) -> str:
    return (
        history.counted.replace("attempt at", "attempts at")
        if "attempt at" in history.counted
        else f"{history.counted}s"
    )


def _falls(history: History) -> list[str]:
    """Say how each residual went, from its first to its last value."""
    falls = []
    for index, name in enumerate(history.columns):
        values = [row[index] for row in history.rows]
        finite = [value for value in values if value is not None and math.isfinite(value)]
        if "resid" in name.lower() and len(finite) > 1:
            falls.append(f"{name} from {shown(finite[0])} to {shown(finite[-1])}")
    return [f"First to last: {'; '.join(falls[:8])}."] if falls else []


def _facts(builder: Builder, log: Log) -> None:
    rows = [[name, value] for name, value in (*log.facts, *log.timings)]
    if rows:
        _table(builder, [["Property", "Value"], *rows])


def _history(builder: Builder, history: History) -> None:
    """Add the range of each quantity, and the history itself, thinned where it is long."""
    kept = evenly(len(history.rows), SHOWN_ROWS)
    if len(kept) < len(history.rows):
        rows = [["Quantity", "First", "Last", "Least", "Largest", "Values"]]
        for index, name in enumerate(history.columns):
            values = [row[index] for row in history.rows if row[index] is not None] or [None]
            numbers = [value for value in values if value is not None and math.isfinite(value)]
            low, high = (min(numbers), max(numbers)) if numbers else (None, None)
            rows.append(
                [
                    name,
                    *(shown(value, _DIGITS) for value in (values[0], values[-1], low, high)),
                    str(len(values)),
                ]
            )
        _table(builder, rows)
        builder.add(
            "text",
            f"{len(kept)} of the {len(history.rows)} rows of the {history.name} follow, evenly spread.",
        )
    _table(builder, [history.columns, *([shown(value) for value in history.rows[at]] for at in kept)])


def _messages(builder: Builder, name: str, messages: dict[str, int]) -> None:
    for text, count in list(messages.items())[:MOST]:
        often = f" ({count} times)" if count > 1 else ""
        builder.add("text", f"{name}{often}: {text}")
    if len(messages) > MOST:
        builder.add("text", f"{counted(len(messages) - MOST, f'more {name.lower()}')} are left out.")


def _table(builder: Builder, rows: Sequence[Sequence[str]]) -> None:
    builder.add("table", markdown_table(rows), cells=rows)
