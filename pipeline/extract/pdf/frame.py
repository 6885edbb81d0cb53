"""From a PDF's user space to the page as it is seen."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.extract.pdf.geometry import Box

#: a, b, c, d, e, f of a PDF matrix: x' = ax + cy + e, y' = bx + dy + f.
Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True)
class Frame:
    """The visible part of a page in user space (its four edges), and its quarter turns clockwise."""

    left: float
    bottom: float
    right: float
    top: float
    turns: int

    @property
    def page(self) -> Box:
        """The whole page."""
        width, height = self.right - self.left, self.top - self.bottom
        return Box(0.0, 0.0, height, width) if self.turns % 2 else Box(0.0, 0.0, width, height)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point of user space is seen."""
        turns = self.turns
        if turns == 0:
            return x - self.left, self.top - y
        if turns == 1:
            return y - self.bottom, x - self.left
        if turns == 2:
            return self.right - x, y - self.bottom
        return self.top - y, self.right - x

    def back(self, x: float, y: float) -> tuple[float, float]:
        """Return the point of user space that is seen at a place."""
        turns = self.turns
        if turns == 0:
            return x + self.left, self.top - y
        if turns == 1:
            return y + self.left, x + self.bottom
        if turns == 2:
            return self.right - x, y + self.bottom
        return self.right - y, self.top - x

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        """Return where a rectangle of user space is seen."""
        x0, y0 = self.point(left, bottom)
        x1, y1 = self.point(right, top)
        return Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))

    def turned(self, turns: int) -> Frame:
        """Return it with further quarter turns clockwise."""
        return Frame(self.left, self.bottom, self.right, self.top, (self.turns + turns) % 4)

    def seen_from(self, box: Box, other: Frame) -> Box:
        """Return a box of the frame `other` of the same page as this frame shows it."""
        x0, y0 = other.back(box.x0, box.y0)
        x1, y1 = other.back(box.x1, box.y1)
        return self.box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


def times(first: Matrix, then: Matrix) -> Matrix:
    """Return the matrix that applies `first`, then `then`."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return (
        a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m
    )  # fmt: skip


def mapped(matrix: Matrix, bounds: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Return the bounds (left, bottom, right, top) of a rectangle that a matrix maps."""
    if matrix == IDENTITY:
        return bounds
    a, b, c, d, e, f = matrix
    left, bottom, right, top = bounds
    xs = [a * x + c * y + e for x in (left, right) for y in (bottom, top)]
    ys = [b * x + d * y + f for x in (left, right) for y in (bottom, top)]
    return min(xs), min(ys), max(xs), max(ys)
