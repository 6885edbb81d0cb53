"""What can come next in a query: tables after FROM, columns of the tables that are asked, words of SQL."""

# ruff: noqa: PLC0415 - what is heavy waits until somebody presses the tab key

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence

import click
from click.shell_completion import CompletionItem

Names = Mapping[str, Sequence[str]]

_KEYWORDS = re.split(
    "; ",
    "SELECT; FROM; WHERE; GROUP BY; GROUP BY ALL; ORDER BY; LIMIT; HAVING; JOIN; LEFT JOIN; USING; ON; "
    "AS; AND; OR; NOT; IN; IS NULL; IS NOT NULL; LIKE; ILIKE; BETWEEN; DISTINCT; CASE WHEN; THEN; ELSE; "
    "END; UNION ALL; WITH; OVER; PARTITION BY; QUALIFY; FILTER; UNNEST; DESC; DESCRIBE; SUMMARIZE; SHOW "
    "TABLES; count(*); count(; sum(; avg(; min(; max(; median(; quantile_cont(; string_agg(; list(; "
    "arg_max(; coalesce(; length(; lower(; regexp_extract(; regexp_matches(; list_contains(",
)
_TABLE_PLACE = re.compile(r"\b(?:from|join|describe|summarize|table)\s+$", re.IGNORECASE)
_AFTER_COMMA = re.compile(r"\bfrom\s+[\w\s,]*,\s*$", re.IGNORECASE)
_OWNED = re.compile(r"\b(\w+)\.$")
_WORD = re.compile(r"\w*$")
_ALIAS = re.compile(r"\b(?:from|join)\s+(\w+)(?:\s+(?:as\s+)?(\w+))?", re.IGNORECASE)
_NO_ALIAS = {*(word.split()[0].lower() for word in _KEYWORDS), "inner"}


def suggestions(text: str, names: Names, after: str = "") -> tuple[str, list[str]]:
    """Return the word that is being written at the end of `text`, and what it may be, the likeliest first.

    Args:
        text: the query up to the cursor.
        names: the columns of each table and view.
        after: the query behind the cursor, whose tables count too.
    """
    match = _WORD.search(text)
    assert match is not None
    word, before = match.group(), text[: match.start()]
    if _inside_string(before):
        return word, []
    if owner := _OWNED.search(before):
        table = _aliases(text + after).get(owner[1].lower(), owner[1].lower())
        return word, _starting(word, names.get(table, ()))
    if _TABLE_PLACE.search(before) or _AFTER_COMMA.search(before):
        # The shortest first: a table comes before what is named after it.
        return word, _starting(word, sorted(names, key=lambda name: (len(name), name)))
    asked = [name for name in _aliases(text + after).values() if name in names]
    columns = [column for table in asked or names for column in names[table]]
    return word, _starting(word, [*columns, *_KEYWORDS, *names])


def complete_query(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the query on the command line: the shell replaces the whole of it."""
    from storage.queries import known_names

    word, found = suggestions(incomplete, known_names())
    start = incomplete[: len(incomplete) - len(word)]
    if not (word or start):
        return []
    if len(found) == 1 and os.environ.get("_LOOSELEAF_COMPLETE", "").startswith("bash"):
        # After the only candidate bash would close the quote that the query stands in.
        found.append(f"{found[0]} ")
    return [CompletionItem(start + one) for one in found]


def _aliases(text: str) -> dict[str, str]:
    """Return the tables that a query names after FROM and JOIN, by alias and by their own names."""
    found = {}
    for table, alias in _ALIAS.findall(text):
        found[table.lower()] = table.lower()
        if alias and alias.lower() not in _NO_ALIAS:
            found[alias.lower()] = table.lower()
    return found


def _inside_string(text: str) -> bool:
    return text.count("'") % 2 == 1


def _starting(word: str, candidates: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(one for one in candidates if one.lower().startswith(word.lower())))
