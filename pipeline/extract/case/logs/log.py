"""What every reader of a log gives."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class History:
    """Values over iterations, increments or time; a cell is None where nothing was written.

    `columns` holds a name with its unit, if any, for each cell of a row. `counted` says what a row is.
    """

    columns: list[str]
    rows: list[list[float | None]] = field(default_factory=list)
    counted: str = "iteration"
    name: str = ""


@dataclass
class Log:
    """A log.

    Attributes:
        solver: as the log names it, with its version.
        facts: what the log says of the run: name and value.
        histories: those with no row are left out.
        warnings: distinct texts and how often each stands there.
        errors: likewise.
        notes: what a person wrote into the log.
        timings: name and value with its unit.
        ended: whether the run says that it came to its end; None where this solver never says.
        ending: the words with which it says so.
    """

    solver: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    histories: list[History] = field(default_factory=list)
    warnings: dict[str, int] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    timings: list[tuple[str, str]] = field(default_factory=list)
    ended: bool | None = None
    ending: str = ""
