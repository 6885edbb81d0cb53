"""Numbers as solvers write them, and numbers in words."""

from __future__ import annotations

import math
import re

#: A number, with Fortran's "D" exponent and its exponent without a letter ("1.5-103") too.
NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d+|[+-]\d{2,3}(?!\d))?|[+-]?(?:nan|inf(?:inity)?)\b"
#: Points between thousands stand before a decimal comma.
_THOUSANDS = re.compile(r"^[+-]?\d{1,3}(?:\.\d{3})+(?:,\d*)?$")
_FORTRAN = re.compile(r"^([+-]?(?:\d+\.?\d*|\.\d+))(?:[dD]([+-]?\d+)|([+-]\d{2,3}))$")


def number_of(text: str, decimal: str = ".") -> float | None:
    """Return what a cell says, or None if it is no number; NaN and infinities are numbers."""
    cell = text.strip()
    if decimal == ",":
        if "." in cell and not _THOUSANDS.match(cell):
            return None
        cell = cell.replace(".", "").replace(",", ".")
    if not cell or "_" in cell:
        return None
    try:
        return float(cell)
    except ValueError:
        fortran = _FORTRAN.match(cell)
        return float(f"{fortran[1]}e{fortran[2] or fortran[3]}") if fortran else None


def shown(value: float | None, digits: int = 4) -> str:
    """Return a number for a person, to so many digits; whole ones in full."""
    if value is None:
        return ""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Inf" if value > 0 else "-Inf"
    if value == int(value) and abs(value) < 1e9:
        return str(int(value))
    return f"{value:.{digits}g}"


def counted(count: int, one: str, many: str | None = None) -> str:
    """Return "1 row" or "2 rows"."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def bytes_in_words(size: int) -> str:
    """Return a file's size for a person, in bytes, kB, MB or GB."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return counted(size, "byte")


def evenly(count: int, most: int) -> list[int]:
    """Return the indices of at most `most` of `count` items, evenly spread, both ends among them."""
    if count <= most:
        return list(range(count))
    return sorted({round(step * (count - 1) / (most - 1)) for step in range(most)})
