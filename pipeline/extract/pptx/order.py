"""The order in which a person reads boxes on a page: recursive cuts between them (X-Y cut, Nagy 1984)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: Boxes may overlap by this share of the smaller one and still be cut apart.
_SLACK = 0.15
_MAX_DEPTH = 60


@dataclass(frozen=True)
class Box:
    """A rectangle: its place among those of its page, left, top, right and bottom, in any unit."""

    number: int
    left: float
    top: float
    right: float
    bottom: float


def reading_order(boxes: Sequence[Box], depth: int = 0) -> list[int]:
    """Return the numbers of boxes in reading order.

    Rows that a free line parts are read from the top; within one, columns from the left; what overlaps is
    read by its upper left corner.
    """
    if len(boxes) <= 1 or depth > _MAX_DEPTH:
        return [box.number for box in sorted(boxes, key=_corner)]
    for by_rows in (True, False):
        parts = _cut(boxes, by_rows)
        if len(parts) > 1:
            return [number for part in parts for number in reading_order(part, depth + 1)]
    return [box.number for box in sorted(boxes, key=_corner)]


def _corner(box: Box) -> tuple[float, float, int]:
    return box.top, box.left, box.number


def _cut(boxes: Sequence[Box], by_rows: bool) -> list[list[Box]]:
    def low(box: Box) -> float:
        return box.top if by_rows else box.left

    def high(box: Box) -> float:
        return box.bottom if by_rows else box.right

    parts: list[list[Box]] = []
    reach = smallest = 0.0
    for box in sorted(boxes, key=lambda box: (low(box), box.number)):
        size = high(box) - low(box)
        if parts and low(box) < reach - _SLACK * min(size, smallest):
            parts[-1].append(box)
            reach, smallest = max(reach, high(box)), min(smallest, size)
        else:
            parts.append([box])
            reach, smallest = high(box), size
    return parts
