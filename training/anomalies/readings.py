"""What a picture says in numbers: single ones, and the ends of a legend."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from training.anomalies.documents import Figure, PictureWord
from training.numbers.quantities import PLAIN, Quantity, Unit, quantities, units_named

_FEWEST_TICKS = 3
_FEWEST_DIGITS = 2
_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True)
class Reading:
    """A number read in a picture, or a legend: the maximum lies between its last tick and the next one."""

    quantity: Quantity
    units: tuple[Unit, ...]  # in which it may be read: its own, or those that the picture names
    reach: float = 0.0  # of a legend: how far above the number the maximum may lie
    unitless: bool = False  # the picture names no unit

    @property
    def is_legend(self) -> bool:
        """Whether it is the end of a legend."""
        return self.reach > 0

    @property
    def weight(self) -> float:
        """How much it says when it is found again: few digits are found by chance."""
        return min(1.0, (self.quantity.digits - 1) / 2)


def readings(figure: Figure) -> list[Reading]:
    """Return what can be read in a figure, each once.

    A round number without unit and words is the tick of an axis, and says nothing on its own.
    """
    lines = figure.lines
    named = tuple(
        dict.fromkeys(unit for line in lines for unit in units_named(line) if unit.dimension != "share")
    )
    found: dict[str, Reading] = {}
    for line in lines:
        for quantity in quantities(line):
            own = quantity.unit != PLAIN
            if quantity.digits >= _FEWEST_DIGITS and (own or _WORD.search(line) or not quantity.is_round):
                plain = (PLAIN,) if _WORD.search(line) or not named else ()
                units = (quantity.unit,) if own else (*named, *plain)
                found.setdefault(quantity.said, Reading(quantity, units, unitless=not named))
    return list(found.values()) + [legend for legend in _legends(figure.words, named) if legend.units]


def _legends(words: Sequence[PictureWord], named: tuple[Unit, ...]) -> list[Reading]:
    """Find columns of numbers that fall from top to bottom in equal steps."""
    ticks = [(word, number[0]) for word in words if (number := _alone(word))]
    columns: list[list[tuple[PictureWord, Quantity]]] = []
    for word, quantity in sorted(ticks, key=lambda tick: (tick[0].left, tick[0].top)):
        column = next((one for one in columns if _aligned(one[0][0], word)), None)
        if column is None:
            columns.append([(word, quantity)])
        else:
            column.append((word, quantity))
    legends = []
    for column in columns:
        column.sort(key=lambda tick: tick[0].top)
        values = [quantity.number for _, quantity in column]
        steps = [upper - lower for upper, lower in pairwise(values)]
        if len(values) < _FEWEST_TICKS or min(steps) <= 0 or max(steps) > 2.5 * min(steps):
            continue
        own = _above(column[0][0], words)
        legends.append(Reading(column[0][1], own or named, min(steps)))
    return legends


def _alone(word: PictureWord) -> list[Quantity]:
    found = quantities(word.text)
    return found if len(found) == 1 and found[0].said == word.text and not word.vertical else []


def _aligned(first: PictureWord, word: PictureWord) -> bool:
    left = abs(first.left - word.left) <= first.height
    right = abs(first.left + first.width - word.left - word.width) <= first.height
    return left or right


def _above(top: PictureWord, words: Sequence[PictureWord]) -> tuple[Unit, ...]:
    """Return the unit that stands as a title above a column."""
    found = []
    for word in words:
        higher = 0 < top.top - word.top <= 5 * top.height
        beside = word.left <= top.left + 2 * top.width and word.left + word.width >= top.left - 2 * top.width
        if higher and beside:
            found += units_named(word.text)
    return tuple(found)
