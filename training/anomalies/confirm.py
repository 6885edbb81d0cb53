"""Which readings of a picture a report confirms, and where it says the same number in another unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.anomalies.documents import Report
from training.anomalies.readings import Reading
from training.numbers.quantities import PLAIN, Quantity, Unit, quantities

#: Digits from which on a number without its decimal point is known again: pictures lose points.
_KNOWN_BY_DIGITS = 4
_DECADE = 10.0
#: How often a number lies by chance between the last tick of a legend and the next.
_WITHIN_A_LEGEND = 0.03
#: Digits from which on an equal number in another unit is no chance.
_MISTAKEN_BY_DIGITS = 3
_ROUNDING = 1e-6
#: Figures that a number of a text must have to confirm anything.
_CONFIRMED_BY_DIGITS = 2


@dataclass(frozen=True)
class Mistake:
    """A number that has a picture's digits and another unit, and how probable that is by chance."""

    said: Quantity
    chance: float
    usual: Unit | None = None  # in which siblings give such numbers


@dataclass(frozen=True)
class Numbers:
    """The numbers of a report, Q of them, as SI values and as they are printed."""

    said: tuple[Quantity, ...]
    value: NDArray[np.float64]  # [Q], SI
    half: NDArray[np.float64]  # [Q], of the last printed digit, SI
    bare: NDArray[np.float64]  # [Q], as printed
    bare_half: NDArray[np.float64]  # [Q]
    dimension: NDArray[np.str_]  # [Q]
    extreme: NDArray[np.bool_]  # [Q]
    figures: NDArray[np.str_]  # [Q], the significant ones


def numbers_of(report: Report) -> Numbers:
    """Return the numbers of a report."""
    said = tuple(
        found
        for statement in report.statements
        for found in quantities(statement)
        if found.digits >= _CONFIRMED_BY_DIGITS
    )
    low, high = np.array([quantity.interval() for quantity in said]).reshape(-1, 2).T
    return Numbers(
        said,
        (low + high) / 2,
        (high - low) / 2,
        np.array([quantity.number for quantity in said], dtype=np.float64),
        np.array([quantity.half for quantity in said], dtype=np.float64),
        np.array([quantity.unit.dimension for quantity in said], dtype=np.str_),
        np.array([quantity.extreme for quantity in said], dtype=np.bool_),
        np.array([quantity.figures for quantity in said], dtype=np.str_),
    )


def confirmation(reading: Reading, numbers: Numbers) -> Quantity | None:
    """Return the number of a report that a reading agrees with, units converted, or None.

    A number agrees within the coarser one of both roundings. A number of a picture that names no unit is
    compared as it is printed. A legend agrees with a number that is said to be a maximum and lies between its
    last tick and the next.
    """
    for unit in reading.units:
        low, high = reading.quantity.interval(unit)
        middle, half, reach = (low + high) / 2, (high - low) / 2, reading.reach * unit.factor
        anything = unit == PLAIN and reading.unitless
        value, rounding = (numbers.bare, numbers.bare_half) if anything else (numbers.value, numbers.half)
        coarser = np.maximum(half, rounding) * (1 + _ROUNDING) + _ROUNDING * abs(middle)
        agrees = (value >= middle - coarser) & (value <= middle + reach + coarser)
        if not anything:
            agrees &= numbers.dimension == unit.dimension
        if reading.is_legend:
            agrees &= numbers.extreme
        if agrees.any():
            return numbers.said[int(agrees.argmax())]
    if not reading.is_legend and reading.quantity.digits >= _KNOWN_BY_DIGITS:
        for index in np.flatnonzero(numbers.figures == reading.quantity.figures).tolist():
            if numbers.said[index].unit in reading.units:
                return numbers.said[index]
    return None


def mistaken_unit(reading: Reading, numbers: Numbers) -> Mistake | None:
    """Return the number of a report that has the reading's digits and another unit, or None.

    Asked of readings that nothing confirms and whose unit is clear. A number of the report without a unit is
    no mistake. A legend's end is asked for a maximum of its dimension that lies within it as a bare number.
    """
    units = [unit for unit in reading.units if unit != PLAIN]
    if len(units) != 1 or (not reading.is_legend and _too_common(reading.quantity)):
        return None
    low, high = reading.quantity.interval(PLAIN)
    own = units[0].dimension
    for said in numbers.said:
        if said.unit in (units[0], PLAIN) or _too_common(said):
            continue
        if reading.is_legend and not (said.extreme and said.unit.dimension == own):
            continue
        if said.number + said.half >= low and said.number - said.half <= high + reading.reach:
            rivals = numbers.dimension == own if said.unit.dimension == own else numbers.dimension != ""
            digits = min(reading.quantity.digits, said.digits)
            chance = _WITHIN_A_LEGEND if reading.is_legend else _DECADE ** (1 - digits)
            return Mistake(said, min(1.0, float(rivals.sum()) * chance))
    return None


def unlike_siblings(reading: Reading, numbers: Numbers, siblings: Sequence[Numbers]) -> Mistake | None:
    """Return the number of a report that a bare reading agrees with, in a unit that no sibling uses, or None.

    A picture may not say its unit. Where all siblings give such numbers in one unit and the report in another
    one, although the picture has the very digits, they were not converted.
    """
    if not reading.unitless or reading.is_legend or _too_common(reading.quantity):
        return None
    said = confirmation(reading, numbers)
    if said is None or said.unit == PLAIN:
        return None
    usual = {
        other.unit.name: other.unit
        for sibling in siblings
        for other in sibling.said
        if other.unit.dimension == said.unit.dimension
    }
    if len(usual) != 1 or said.unit.name in usual:
        return None
    rivals = float((numbers.dimension == said.unit.dimension).sum())
    chance = min(1.0, rivals * _DECADE ** (1 - min(reading.quantity.digits, said.digits)))
    return Mistake(said, chance, next(iter(usual.values())))


def _too_common(quantity: Quantity) -> bool:
    return quantity.digits < _MISTAKEN_BY_DIGITS or quantity.is_round
