"""Abaqus' status and message files, and the status and convergence files that CalculiX writes after them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.extract.case.logs.log import History, Log
from pipeline.extract.case.logs.messages import gather_messages
from pipeline.extract.case.numbers import NUMBER, number_of

_PRODUCT = re.compile(r"^\s*(Abaqus/\w+ \S+)", re.IGNORECASE)
_ENDING = re.compile(r"^\s*(THE ANALYSIS HAS (?:NOT )?(?:BEEN )?COMPLETED.*)$")
_ABAQUS = [
    "step", "increment", "attempt", "severe discontinuity iterations", "equilibrium iterations",
    "total iterations", "total time", "step time", "increment of time", "monitored degree of freedom",
]  # fmt: skip
_CALCULIX = ["step", "increment", "attempt", "iterations", "total time", "step time", "increment of time"]
_CONVERGENCE = [
    "step", "increment", "attempt", "iteration", "contact elements", "residual force [%]",
    "correction of displacement [%]", "residual flux [%]", "correction of temperature [%]",
]  # fmt: skip
_UNCONVERGED = re.compile(r"^(\d+)U$")
_STEP = re.compile(r"^\s*S T E P\s+(\d+)\s+(.*)$")
_STARTS = re.compile(rf"INCREMENT\s+(\d+) STARTS\. ATTEMPT NUMBER\s+(\d+), TIME INCREMENT\s+({NUMBER})")
_CHECKS = re.compile(r"CONVERGENCE CHECKS FOR (EQUILIBRIUM|SEVERE DISCONTINUITY) ITERATION\s+(\d+)")
_VALUES = (
    ("average force", re.compile(rf"^\s*AVERAGE FORCE\s+({NUMBER})")),
    ("largest residual force", re.compile(rf"^\s*LARGEST RESIDUAL FORCE\s+({NUMBER})")),
    ("largest increment of displacement", re.compile(rf"^\s*LARGEST INCREMENT OF DISP\.\s+({NUMBER})")),
    ("largest correction to displacement", re.compile(rf"^\s*LARGEST CORRECTION TO DISP\.\s+({NUMBER})")),
)
_MESSAGE = ["step", "increment", "attempt", "iteration", "time increment", *(name for name, _ in _VALUES)]


def read_status(lines: Sequence[str]) -> Log:
    """Read a status or a convergence file: one row for each attempt at an increment, or each iteration."""
    text = "\n".join(lines[:12])
    convergence, abaqus = "NVERGENCE" in text, "SEVERE" in text or "Abaqus" in text
    columns = _CONVERGENCE if convergence else _ABAQUS if abaqus else _CALCULIX
    log = Log("Abaqus" if abaqus else "CalculiX")
    counted = "iteration" if convergence else "attempt at an increment"
    history = History(columns, counted=counted, name="increments")
    unconverged = 0
    for line in lines:
        if product := _PRODUCT.match(line):
            log.solver = product[1]
        elif ending := _ENDING.match(line):
            log.ended, log.ending = "NOT" not in ending[1], " ".join(ending[1].split()).capitalize()
        elif (cells := line.split()) and cells[0].isdigit() and len(cells) >= len(_CALCULIX):
            if len(cells) > 2 and (cut := _UNCONVERGED.match(cells[2])):
                cells[2], unconverged = cut[1], unconverged + 1
            values = [number_of(cell) for cell in cells[: len(columns)]]
            if None not in values:
                history.rows.append([*values, *([None] * (len(columns) - len(values)))])
    if unconverged:
        log.facts.append(("attempts that did not converge", str(unconverged)))
    if abaqus and not convergence:
        log.ended = bool(log.ended)
    log.histories.append(_without_empty(history))
    gather_messages(log, lines)
    return log


def read_message(lines: Sequence[str]) -> Log:
    """Read a message file: one row for each iteration."""
    log = Log("Abaqus")
    history = History(list(_MESSAGE), counted="iteration", name="iterations")
    row: dict[str, float | None] = {}
    for line in lines:
        if product := _PRODUCT.match(line):
            log.solver = product[1]
        elif ending := _ENDING.match(line):
            log.ended, log.ending = "NOT" not in ending[1], " ".join(ending[1].split()).capitalize()
        elif step := _STEP.match(line):
            row = {"step": float(step[1])}
            words = re.sub(r"\b(\w) (?=\w\b)", r"\1", step[2]).split()
            log.facts.append((f"step {step[1]}", " ".join(words).lower()))
        elif start := _STARTS.search(line):
            row = {"step": row.get("step"), "increment": float(start[1]), "attempt": float(start[2])}
            row["time increment"] = number_of(start[3])
        elif check := _CHECKS.search(line):
            row = {name: row.get(name) for name in ("step", "increment", "attempt", "time increment")}
            row["iteration"] = float(check[2])
            history.rows.append([row.get(name) for name in _MESSAGE])
        else:
            for name, pattern in _VALUES:
                if (found := pattern.match(line)) and "iteration" in row and history.rows:
                    row[name] = number_of(found[1])
                    history.rows[-1] = [row.get(column) for column in _MESSAGE]
    log.histories.append(history)
    log.ended = bool(log.ended)
    gather_messages(log, lines)
    return log


def _without_empty(history: History) -> History:
    kept = [k for k in range(len(history.columns)) if any(row[k] is not None for row in history.rows)]
    rows = [[row[k] for k in kept] for row in history.rows]
    return History([history.columns[k] for k in kept], rows, history.counted, history.name)
