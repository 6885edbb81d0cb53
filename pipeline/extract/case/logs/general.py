"""Logs of any program: lines that count and say values, and columns of numbers under a head."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from pipeline.extract.case.logs.log import History, Log
from pipeline.extract.case.logs.messages import gather_messages
from pipeline.extract.case.numbers import NUMBER, number_of

_COUNTED = re.compile(
    r"^\W*(?P<what>iter(?:ation)?|(?:time\s?)?step|increment|inc|cycle|epoch|it)\b\W*(?P<number>\d+)\b(?P<rest>.*)$",
    re.IGNORECASE,
)
_PAIR = re.compile(
    rf"(?P<name>[^\W\d][\w./|-]*(?: [^\W\d][\w./|-]*){{0,3}})\s*(?:[:=]|\s)\s*(?P<value>{NUMBER})"
    r"\s*(?P<unit>\[[^\]\s]{1,8}\]|%|[a-zA-Z]{1,3}(?=[\s,;]|$))?",
    re.IGNORECASE,
)
_CELLS = re.compile(r"[\s|,;]+")
_VERSION = re.compile(
    r"^\W*([A-Za-z][\w+-]*(?: [A-Za-z][\w+-]*)?)[,\s]+(?:version|ver\.?|v|release)\s*(\d[\w.]*)",
    re.IGNORECASE,
)
_END = re.compile(
    r"^\W*((?:normal(?:ly)? (?:termination|ended)|(?:job|run|simulation|analysis|calculation|solver) "
    r"(?:finished|completed|done|ended|converged)|finished|done|converged|exit success)\b.*)$",
    re.IGNORECASE,
)
_LEAST_ROWS = 3


def read_general(lines: Sequence[str]) -> Log:
    """Read a log of a program that is not known."""
    log = Log("unknown solver")
    for line in lines[:60]:
        if version := _VERSION.match(line):
            log.solver = f"{version[1]} {version[2]}"
            break
    for history in (_counted(lines), _columns(lines)):
        if history is not None:
            log.histories.append(history)
    for line in reversed(lines[-40:]):
        if end := _END.match(line):
            log.ended, log.ending = True, " ".join(end[1].split())[:200]
            break
    gather_messages(log, lines)
    return log


def _counted(lines: Sequence[str]) -> History | None:
    """Return the values of lines such as "iter 12: residual = 1.2e-3, energy 4.5 J"."""
    found = [match for line in lines if (match := _COUNTED.match(line[:1000]))]
    if len(found) < _LEAST_ROWS:
        return None
    what = Counter(_called(match) for match in found).most_common(1)[0][0]
    history = History([what], counted=what, name="history")
    for match in found:
        if _called(match) != what:
            continue
        values: dict[str, float | None] = {what: float(match["number"])}
        for pair in _PAIR.finditer(match["rest"]):
            unit = (pair["unit"] or "").strip("[]")
            name = " ".join(pair["name"].split())
            values.setdefault(f"{name} [{unit}]" if unit else name, number_of(pair["value"]))
        if len(values) == 1:
            continue
        for name in values:
            if name not in history.columns:
                history.columns.append(name)
                for row in history.rows:
                    row.append(None)
        history.rows.append([values.get(name) for name in history.columns])
    return history if len(history.rows) >= _LEAST_ROWS and len(history.columns) <= 40 else None


def _called(match: re.Match[str]) -> str:
    what = match["what"].lower()
    return {"iter": "iteration", "it": "iteration", "inc": "increment"}.get(what, what)


def _columns(lines: Sequence[str]) -> History | None:
    """Return the longest run of lines of numbers under a head with as many names; heads may be repeated."""
    histories: dict[tuple[str, ...], History] = {}
    head: tuple[str, ...] | None = None
    for line in lines:
        cells = tuple(cell for cell in _CELLS.split(line.strip(" |#\t")[:2000]) if cell)
        if not 2 <= len(cells) <= 40:
            continue
        values = [number_of(cell) for cell in cells]
        if head is not None and len(cells) == len(head) and None not in values:
            histories.setdefault(head, History(list(head), counted="line", name="columns")).rows.append(
                values
            )
        elif all(value is None and cell[0].isalpha() for value, cell in zip(values, cells, strict=True)):
            head = cells
    longest = max(histories.values(), key=lambda history: len(history.rows), default=None)
    return longest if longest is not None and len(longest.rows) >= _LEAST_ROWS else None
