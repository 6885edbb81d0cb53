"""Which readings of a picture a report confirms, and where it says the same number in another unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.anomalies.documents import Report
from training.anomalies.quantities import PLAIN, Quantity, quantities
from training.anomalies.readings import Reading

#: Digits from which on a number without its decimal point is known again: pictures lose points.
_KNOWN_BY_DIGITS = 4
#: Digits from which on an equal number in another unit is no chance.
_MISTAKEN_BY_DIGITS = 3
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Numbers:
    """The numbers of a report, Q of them."""

    said: tuple[Quantity, ...]
    low: NDArray[np.float64]  # [Q], SI
    high: NDArray[np.float64]  # [Q]
    dimension: NDArray[np.str_]  # [Q]
    extreme: NDArray[np.bool_]  # [Q]
    figures: NDArray[np.str_]  # [Q], the significant ones


def numbers_of(report: Report) -> Numbers:
    """Return the numbers of a report."""
    said = tuple(found for statement in report.statements for found in quantities(statement))
    ends = np.array([quantity.interval() for quantity in said]).reshape(-1, 2)
    return Numbers(
        said,
        ends[:, 0],
        ends[:, 1],
        np.array([quantity.unit.dimension for quantity in said], dtype=np.str_),
        np.array([quantity.extreme for quantity in said], dtype=np.bool_),
        np.array([quantity.figures for quantity in said], dtype=np.str_),
    )


def confirmation(reading: Reading, numbers: Numbers) -> Quantity | None:
    """Return the number of a report that a reading agrees with, units converted, or None.

    A number agrees within the digits that both print. A legend agrees with a number that is said to be a
    maximum and lies between its last tick and the next.
    """
    for unit, low, high in reading.intervals():
        slack = _ROUNDING * max(abs(low), abs(high))
        agrees = (numbers.dimension == unit.dimension) & (numbers.high >= low - slack)
        agrees &= numbers.low <= high + slack
        if reading.is_legend:
            agrees &= numbers.extreme
        if agrees.any():
            return numbers.said[int(agrees.argmax())]
    if not reading.is_legend and reading.quantity.digits >= _KNOWN_BY_DIGITS:
        for index in np.flatnonzero(numbers.figures == reading.quantity.figures).tolist():
            if numbers.said[index].unit in reading.units:
                return numbers.said[index]
    return None


def mistaken_unit(reading: Reading, numbers: Numbers) -> Quantity | None:
    """Return the number of a report that has the reading's digits and another unit, or None.

    Asked of readings that nothing confirms. A number of the report without a unit is no mistake. A legend's
    end is asked for a maximum of its dimension, or of none, that lies within it as a bare number.
    """
    if reading.quantity.digits < _MISTAKEN_BY_DIGITS and not reading.is_legend:
        return None
    for unit in reading.units:
        if unit == PLAIN:
            continue
        for index, said in enumerate(numbers.said):
            if said.unit in (unit, PLAIN):
                continue
            low, high = reading.quantity.interval(PLAIN)
            near = said.number + said.half >= low and said.number - said.half <= high + reading.reach
            if reading.is_legend:
                near &= bool(numbers.extreme[index]) and said.unit.dimension == unit.dimension
            if near:
                return said
    return None
