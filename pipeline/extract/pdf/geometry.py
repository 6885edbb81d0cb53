"""Boxes on a page as a person sees it: points (1/72 inch) from its upper left corner, y downwards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle: left, top, right, bottom."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        """Its width."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """Its height."""
        return self.y1 - self.y0

    @property
    def area(self) -> float:
        """Its area; none where it is empty."""
        return max(self.width, 0.0) * max(self.height, 0.0)

    def grown(self, margin: float) -> Box:
        """Return it with a margin all around."""
        return Box(self.x0 - margin, self.y0 - margin, self.x1 + margin, self.y1 + margin)

    def within(self, other: Box) -> Box:
        """Return the part of it that lies within `other`; it may be empty."""
        return Box(
            max(self.x0, other.x0), max(self.y0, other.y0), min(self.x1, other.x1), min(self.y1, other.y1)
        )

    def touches(self, other: Box) -> bool:
        """Tell whether the two have a point in common."""
        return self.x0 <= other.x1 and other.x0 <= self.x1 and self.y0 <= other.y1 and other.y0 <= self.y1

    def holds_centre_of(self, other: Box) -> bool:
        """Tell whether the middle of `other` lies within it."""
        x, y = (other.x0 + other.x1) / 2, (other.y0 + other.y1) / 2
        return self.x0 <= x <= self.x1 and self.y0 <= y <= self.y1

    def share_within(self, other: Box) -> float:
        """Return which share of its area lies within `other`."""
        return self.within(other).area / self.area if self.area else 0.0


def union(boxes: Iterable[Box]) -> Box:
    """Return the smallest box around `boxes`, of which there is at least one."""
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return Box(min(x0), min(y0), max(x1), max(y1))


def overlap(low: float, high: float, other_low: float, other_high: float) -> float:
    """Return the length that two intervals share; below zero, the gap between them."""
    return min(high, other_high) - max(low, other_low)
