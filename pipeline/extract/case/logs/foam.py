"""Logs of OpenFOAM's solvers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.extract.case.logs.log import History, Log
from pipeline.extract.case.logs.messages import gather_messages
from pipeline.extract.case.numbers import NUMBER, number_of

_FACT = re.compile(r"^(Version|Build|Exec|Date|Time|nProcs|Case)\s*: (.+)$")
_TIME = re.compile(rf"^Time = ({NUMBER})s?\s*$")
_RESIDUAL = re.compile(
    rf"Solving for (\w+), Initial residual = ({NUMBER}), Final residual = ({NUMBER}), No Iterations (\d+)",
    re.IGNORECASE,
)
_CONTINUITY = re.compile(rf"continuity errors : sum local = ({NUMBER}), global = ({NUMBER})", re.IGNORECASE)
_COURANT = re.compile(rf"^Courant Number mean: ({NUMBER}) max: ({NUMBER})", re.IGNORECASE)
_CLOCK = re.compile(rf"^ExecutionTime = ({NUMBER}) s")
_CONVERGED = re.compile(r"^\s*\w+(?: solution)? converged in \d+ iterations")


def read_foam(lines: Sequence[str]) -> Log:
    """Read a log: for each time step the first initial residual of each field, as a person looks at it."""
    log = Log("OpenFOAM")
    history = History(["Time"], counted="time step", name="residuals and monitors")
    current: dict[str, float] = {}
    for line in lines:
        time = _TIME.match(line)
        if time is not None:
            _close(history, current)
            current = {"Time": number_of(time[1]) or 0.0}
        elif residual := _RESIDUAL.search(line):
            name = residual[1]
            value = number_of(residual[2])
            if value is not None:
                current.setdefault(f"{name} initial residual", value)
            column = f"{name} iterations"
            current[column] = current.get(column, 0.0) + float(residual[4])
        elif continuity := _CONTINUITY.search(line):
            current["continuity error, local"] = number_of(continuity[1]) or 0.0
        elif courant := _COURANT.match(line):
            current["Courant number, max"] = number_of(courant[2]) or 0.0
        elif clock := _CLOCK.match(line):
            current["execution time [s]"] = number_of(clock[1]) or 0.0
        elif line.strip() == "End":
            log.ended, log.ending = True, "End"
        elif _CONVERGED.match(line):
            log.ending = line.strip()
        elif (fact := _FACT.match(line)) is not None and not history.rows:
            log.facts.append((fact[1], fact[2].strip()))
    _close(history, current)
    log.histories.append(history)
    log.ended = bool(log.ended or log.ending)
    gather_messages(log, lines)
    executable = dict(log.facts).get("Exec")
    if executable:
        log.solver = f"OpenFOAM {executable.split()[0].rsplit('/', 1)[-1]}"
    return log


def _close(history: History, current: dict[str, float]) -> None:
    """Add the step that ends; a field that comes late gets its column then."""
    if "Time" not in current or len(current) == 1:
        return
    for name in current:
        if name not in history.columns:
            history.columns.append(name)
            for row in history.rows:
                row.append(None)
    history.rows.append([current.get(name) for name in history.columns])
