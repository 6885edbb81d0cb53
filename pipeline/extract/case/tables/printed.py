"""The tables that solvers print among words: CalculiX' and Abaqus' .dat files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.extract.builder import Builder
from pipeline.extract.case.files import CaseFile, CaseLimits, Problem, cut_problem, read_excerpt
from pipeline.extract.case.logs.log import Log
from pipeline.extract.case.logs.messages import MOST, gather_messages
from pipeline.extract.case.numbers import counted, number_of, shown
from pipeline.extract.case.tables.columns import Column
from pipeline.extract.case.tables.read import add_table

#: Tables of one file that are shown; the rest is counted.
MOST_TABLES = 30
_CALCULIX = re.compile(r"^\s*(?P<what>[^()]+?)\s*\((?P<columns>[^)]*)\)\s*(?P<rest>.*\bfor (?:set|all) .*)$")
_SET_AND_TIME = re.compile(r"for (?P<set>set \S+|all contact elements) and time\s+(?P<time>\S+)")
_SPACED = re.compile(r"^\s*(?P<title>(?:[A-Z] )+[A-Z]?(?: {2,}(?:[A-Z] )+[A-Z]?)+)\s*$")
_EIGENVALUES = ["mode", "eigenvalue", "frequency [rad/time]", "frequency [cycles/time]"]
#: What solvers print over several lines, by words of their head.
_SPACED_NAMES = (
    ("NODAL", ["nodal diameter", *_EIGENVALUES, "imaginary part [rad/time]"]),
    ("IMAGINARY", [*_EIGENVALUES, "imaginary part [rad/time]"]),
    ("GENERALIZED", [*_EIGENVALUES, "generalized mass", "composite modal damping"]),
    ("BUCKLING", ["mode", "buckling factor"]),
    ("EIGENVALUE", ["mode", "eigenvalue"]),
    ("ROTATION", ["mode", "x", "y", "z", "rotation about x", "rotation about y", "rotation about z"]),
)
_FOR_SET = re.compile(r"^\s*(?P<what>\D*?)\s+for set (?P<set>\S+) and time\s+(?P<time>\S+)\s*$")
_ABAQUS = re.compile(r"THE FOLLOWING TABLE IS PRINTED\s+(?P<what>.*)$", re.IGNORECASE)


@dataclass
class _Printed:
    title: str
    names: list[str]
    spaced: bool = False
    rows: list[list[str]] = field(default_factory=list)
    head: str = ""


def read_printed(builder: Builder, file: CaseFile, limits: CaseLimits) -> list[Problem]:
    """Add the tables of a printed file.

    Raises:
        OSError: if the file cannot be read.
    """
    excerpt = read_excerpt(file, limits.max_text_bytes)
    lines = [*excerpt.head.splitlines(), *excerpt.tail.splitlines()]
    printed = [table for table in _tables(lines) if table.rows]
    for table in printed[:MOST_TABLES]:
        width = len(table.rows[0])
        # The first column names what a row is of; columns that nobody named are counted.
        names = table.names if len(table.names) == width else [f"column {k + 1}" for k in range(width)]
        add_table(builder, table.title, [Column(name) for name in names], table.rows)
    if len(printed) > MOST_TABLES:
        builder.add(
            "text", f"{counted(len(printed) - MOST_TABLES, 'more table')} of {file.name} are left out."
        )
    log = Log("")
    gather_messages(log, lines)
    for name, found in (("Error", log.errors), ("Warning", log.warnings)):
        for text in list(found)[:MOST]:
            builder.add("text", f"{name}: {text}")
    return cut_problem(file, excerpt, limits.max_text_bytes)


def _tables(lines: Sequence[str]) -> list[_Printed]:
    tables: list[_Printed] = []
    current: _Printed | None = None
    for line in lines:
        cells = line.split()
        numbers = bool(cells) and all(number_of(cell) is not None for cell in cells[1:]) and len(cells) > 1
        if opened := _opened(line):
            current = opened
            tables.append(current)
        elif current is None or not cells:
            continue
        elif numbers and _belongs(current, cells):
            current.rows.append(cells)
        elif not current.rows and not numbers:
            _head(current, cells)
        elif current.rows and not numbers:
            current = None
    return tables


def _opened(line: str) -> _Printed | None:
    if calculix := _CALCULIX.match(line):
        names = [name.strip() for name in calculix["columns"].split(",")]
        time = _SET_AND_TIME.search(calculix["rest"])
        if time is None:
            return None
        title = f"{calculix['what']} for {time['set']} at time {_time(time['time'])}"
        lead = ["element", "point"] if names[:2] == ["elem", "integ.pnt."] else ["node"]
        names = names[2:] if lead[0] == "element" else names
        return _Printed(title, [*lead, *names])
    if bare := _FOR_SET.match(line):
        return _Printed(f"{bare['what']} for set {bare['set']} at time {_time(bare['time'])}", [])
    if spaced := _SPACED.match(line):
        words = re.split(r" {2,}", spaced["title"].strip())
        return _Printed(" ".join(word.replace(" ", "") for word in words).lower(), [], spaced=True)
    if abaqus := _ABAQUS.search(line):
        return _Printed(f"printed {abaqus['what'].lower().strip()}", [])
    return None


def _time(text: str) -> str:
    return shown(number_of(text)) or text


def _belongs(table: _Printed, cells: Sequence[str]) -> bool:
    return not table.rows or len(cells) == len(table.rows[0])


def _head(table: _Printed, cells: Sequence[str]) -> None:
    """Take the names of a table; the footnote column of Abaqus' is empty in most rows."""
    table.head += f" {' '.join(cells)}".upper()
    spaced = next((names for word, names in _SPACED_NAMES if table.spaced and word in table.head), None)
    if table.spaced:
        table.names = spaced or table.names
        return
    names = [cell for cell in cells if cell.upper() not in {"FOOT-", "NOTE"}]
    if len(names) > 1:
        table.names = names
