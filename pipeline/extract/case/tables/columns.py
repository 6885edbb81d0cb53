"""The names and units of a table's columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.extract.case.numbers import number_of
from pipeline.extract.case.tables.sniff import Form, cells_of, comment_of
from pipeline.extract.names import names

_BRACKETED = re.compile(r"^(?P<name>.*?)\s*[\[({<]\s*(?P<unit>[^\[\](){}<>]{1,16})\s*[\])}>]\s*$")
_SUFFIXED = re.compile(r"^(?P<name>.+?)(?:_|\s*/\s*|\s+in\s+)(?P<unit>[^\s_]{1,10})$")
#: Units that stand alone or behind a name without brackets; more in brackets are taken as they are.
_UNITS = names(
    "m mm cm km um µm nm in ft s ms us min h hz khz mhz n kn mn pa kpa mpa gpa bar psi ksi k °c c degc "
    "degf °f f kg g t j kj w kw mw nm n.mm n·m n*m n-mm n/mm n/mm2 n/mm^2 n/mm² m/s m/s2 m/s^2 m/s² "
    "mm/s rad deg ° rad/s rpm % ppm v a kg/m3 kg/m^3 kg/m³ kg/s w/m2 w/m^2 w/m² w/(m2k) w/mk m2 m^2 m² "
    "mm2 mm^2 mm² m3 m^3 m³ mm3 mm^3 1/s 1 - mm/mm"
)
#: Those that are more often part of a name ("disp_x", "run_1"), unless a slash or "in" stands before them.
_LOUD = names("n k c f a v j w g h t s m 1 in min")


@dataclass(frozen=True)
class Column:
    """A column: its name and, where one is stated, its unit."""

    name: str
    unit: str | None = None

    @property
    def title(self) -> str:
        """The head of the column: "stress [MPa]"."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name


def columns_of(lines: Sequence[str], form: Form) -> tuple[list[Column], list[str]]:
    """Return the columns of a table, and what else stands before its first row.

    The head is the line of names next before the first row, with a line of units between them or in the
    names themselves; it may be marked as a comment. Columns without a name are "column 1" and so on.

    Args:
        lines: those before the first row are read.
        form: how the table is written.
    """
    found: list[str] | None = None
    units: list[str] | None = None
    prose: list[str] = []
    for line in reversed(lines[: form.first]):
        content = comment_of(line)
        content = line.strip() if content is None else content
        if not content:
            continue
        cells = _fitting(content, form)
        if found is None and cells is not None:
            if units is None and _are_units(cells):
                units = cells
            elif sum(number_of(cell, form.decimal) is not None for cell in cells) <= len(cells) / 2:
                found = cells
        else:
            prose.insert(0, content)
    columns = []
    for index in range(form.width):
        name = found[index] if found is not None and found[index] else f"column {index + 1}"
        column = _with_unit(name)
        if units is not None and column.unit is None and units[index].strip("[]() -"):
            column = Column(column.name, units[index].strip("[]() "))
        columns.append(column)
    return columns, prose


def _fitting(content: str, form: Form) -> list[str] | None:
    """Return a head's cells if they are as many as the columns; names may hold single spaces."""
    options = [cells_of(content, form.delimiter)]
    if form.delimiter is None:
        options += [re.split(r"\s{2,}|\t", content), [cell.strip() for cell in content.split(",")]]
        options.append(re.findall(r"[^\s\[(]+(?:\s*[\[(][^\])]*[\])])?", content))
    return next((cells for cells in options if len(cells) == form.width), None)


def _are_units(cells: Sequence[str]) -> bool:
    stated = [cell for cell in cells if cell.strip("[]() ")]
    known = [cell for cell in stated if _is_unit(cell.strip("[]() ")) or cell.startswith(("[", "("))]
    return bool(stated) and len(known) >= 0.7 * len(stated)


def _is_unit(text: str) -> bool:
    return text.lower() in _UNITS


def _with_unit(name: str) -> Column:
    name = " ".join(name.split())
    found = _BRACKETED.match(name)
    if found and found["name"]:
        return Column(found["name"], found["unit"])
    found = _SUFFIXED.match(name)
    if (
        found
        and _is_unit(found["unit"])
        and (found["unit"].lower() not in _LOUD or "/" in name or " in " in name)
    ):
        return Column(found["name"], found["unit"])
    return Column(name)
