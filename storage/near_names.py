"""What DuckDB says about a query that it cannot answer, in one sentence, with the names that were meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence

_TABLE = re.compile(r"Table with name (?P<name>\S+) does not exist")
_COLUMN = re.compile(
    r'Referenced column "(?P<name>[^"]+)" not found|does not have a column named "(?P<other>[^"]+)"'
)
_MOST_PLACES = 4


def told(error: Exception, columns: Mapping[str, Sequence[str]]) -> str:
    """Return the reason of `error` as one line, with the nearest of our names for one that does not exist.

    Args:
        error: DuckDB's.
        columns: the columns of each table and view.
    """
    text = str(error).strip()
    if table := _TABLE.search(text):
        return _missing_table(table["name"], columns)
    if column := _COLUMN.search(text):
        return _missing_column(column["name"] or column["other"], columns)
    # What follows is the query itself with a mark under it, every form of a function, or locked settings.
    first = re.split(r"\n\nLINE |\n\tCandidate functions:|\n\nPossible solutions:", text, maxsplit=1)[0]
    return " ".join(first.split())


def _missing_table(name: str, columns: Mapping[str, Sequence[str]]) -> str:
    start = f'there is no table or view "{name}"'
    near = _near(name, columns)
    if near:
        return f"{start}: did you mean {near}?"
    return f"{start}: the dataset has {', '.join(sorted(columns))}"


def _missing_column(name: str, columns: Mapping[str, Sequence[str]]) -> str:
    start = f'there is no column "{name}" in what is asked'
    holders = [table for table, names in columns.items() if name.lower() in names]
    if holders:
        more = " and others" if len(holders) > _MOST_PLACES else ""
        return f"{start}: it is one of {', '.join(holders[:_MOST_PLACES])}{more}"
    near = _near(name, {column for names in columns.values() for column in names})
    return (
        f"{start}: did you mean {near}?" if near else f"{start}: `DESCRIBE documents` tells a table's columns"
    )


def _near(name: str, names: Iterable[str]) -> str:
    """Return the names most like `name`, quoted; empty if there are none."""
    # What a name begins with, or holds, is as near as one that differs by a letter.
    known = sorted(names)
    close = difflib.get_close_matches(name.lower(), known, n=2, cutoff=0.7)
    begun = [one for one in known if one.startswith(name.lower()) and one not in close]
    return " or ".join(f'"{one}"' for one in (close + begun)[:2])
