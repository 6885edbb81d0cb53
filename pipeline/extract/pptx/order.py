"""The order in which a person reads boxes on a page: recursive cuts between them (X-Y cut, Nagy 1984)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

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

    Free lines part rows and columns: the widest first, and a line between rows before one between columns
    that is as wide. What overlaps is read by its upper left corner.
    """
    if len(boxes) <= 1 or depth > _MAX_DEPTH:
        return [box.number for box in sorted(boxes, key=_corner)]
    rows, row_gap = _cut(boxes, by_rows=True)
    columns, column_gap = _cut(boxes, by_rows=False)
    parts = columns if len(columns) > 1 and (len(rows) < 2 or column_gap > row_gap) else rows
    if len(parts) > 1:
        return [number for part in parts for number in reading_order(part, depth + 1)]
    return [box.number for box in sorted(boxes, key=_corner)]


def _corner(box: Box) -> tuple[float, float, int]:
    return box.top, box.left, box.number


def _cut(boxes: Sequence[Box], by_rows: bool) -> tuple[list[list[Box]], float]:
    """Return the boxes as the widest gap (or several that are as wide) parts them, and that gap."""

    def low(box: Box) -> float:
        return box.top if by_rows else box.left

    def high(box: Box) -> float:
        return box.bottom if by_rows else box.right

    ordered = sorted(boxes, key=lambda box: (low(box), box.number))
    gaps: dict[int, float] = {}
    reach, smallest = high(ordered[0]), high(ordered[0]) - low(ordered[0])
    for at, box in enumerate(ordered[1:], 1):
        size = high(box) - low(box)
        if low(box) >= reach - _SLACK * min(size, smallest):
            gaps[at] = low(box) - reach
            reach, smallest = high(box), size
        else:
            reach, smallest = max(reach, high(box)), min(smallest, size)
    widest = max(gaps.values(), default=float("-inf"))
    cuts = [0, *(at for at, gap in gaps.items() if gap >= widest), len(ordered)]
    return [ordered[start:end] for start, end in pairwise(cuts)], widest
