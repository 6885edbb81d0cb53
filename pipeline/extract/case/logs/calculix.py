"""What CalculiX prints while it runs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.extract.case.logs.log import History, Log
from pipeline.extract.case.logs.messages import gather_messages
from pipeline.extract.case.numbers import NUMBER, number_of

_VERSION = re.compile(r"^\s*CalculiX Version ([\w.]+)")
_COUNT = re.compile(r"^\s+(nodes|elements|one-dimensional elements|equations)\s*[:=]?\s*(\d+)\s*$")
_EQUATIONS = re.compile(r"^\s*number of equations\s*$", re.IGNORECASE)
_ANALYSIS = re.compile(r"^\s*(.+ analysis was selected)\s*$")
_STEP = re.compile(r"^\s*STEP\s+(\d+)\s*$")
_INCREMENT = re.compile(r"^\s*increment (\d+) attempt (\d+)", re.IGNORECASE)
_ITERATION = re.compile(r"^\s*iteration (\d+)\s*$", re.IGNORECASE)
_VALUES = (
    ("total time", re.compile(rf"^\s*actual total time=\s*({NUMBER})")),
    ("average force", re.compile(rf"^\s*average force=\s*({NUMBER})")),
    ("largest residual force", re.compile(rf"^\s*largest residual force=\s*({NUMBER})")),
    ("largest increment of displacement", re.compile(rf"^\s*largest increment of disp=\s*({NUMBER})")),
    ("largest correction to displacement", re.compile(rf"^\s*largest correction to disp=\s*({NUMBER})")),
)
_COLUMNS = ["step", "increment", "attempt", "iteration", *(name for name, _ in _VALUES)]


def read_calculix(lines: Sequence[str]) -> Log:
    """Read a log: one row for each equilibrium iteration."""
    log = Log("CalculiX")
    history = History(list(_COLUMNS), counted="equilibrium iteration", name="equilibrium iterations")
    at: dict[str, float | None] = {"step": None, "increment": None, "attempt": None}
    row: dict[str, float | None] = {}
    awaits_equations = False
    for line in lines:
        if version := _VERSION.match(line):
            log.solver = f"CalculiX {version[1]}"
        elif awaits_equations and line.strip().isdigit():
            log.facts.append(("equations", line.strip()))
            awaits_equations = False
        elif _EQUATIONS.match(line):
            awaits_equations = True
        elif (count := _COUNT.match(line)) and count[1] not in dict(log.facts):
            log.facts.append((count[1], count[2]))
        elif analysis := _ANALYSIS.match(line):
            log.facts.append(("analysis", analysis[1].removesuffix(" was selected")))
        elif step := _STEP.match(line):
            at["step"] = float(step[1])
        elif increment := _INCREMENT.match(line):
            at["increment"], at["attempt"] = float(increment[1]), float(increment[2])
            row = {}
        elif iteration := _ITERATION.match(line):
            total = row.get("total time")
            row = {**at, "iteration": float(iteration[1]), "total time": total}
            history.rows.append([row.get(name) for name in _COLUMNS])
        elif line.strip() == "Job finished":
            log.ended, log.ending = True, "Job finished"
        else:
            _value(history, row, line)
    log.histories.append(history)
    log.ended = bool(log.ended)
    gather_messages(log, lines)
    return log


def _value(history: History, row: dict[str, float | None], line: str) -> None:
    for name, pattern in _VALUES:
        found = pattern.match(line)
        if found is None:
            continue
        row[name] = number_of(found[1])
        if "iteration" in row and history.rows:
            history.rows[-1] = [row.get(column) for column in _COLUMNS]
        return
