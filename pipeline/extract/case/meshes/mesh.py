"""A mesh as every reader gives it, and the shapes of its elements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Shape:
    """A shape of element, by its corners; nodes on edges and faces stand behind them.

    Attributes:
        name: in words, one and many.
        dimension: 0 to 3.
        corners: how many.
        faces: of a solid, the corners of each face, in order around it.
        edges: pairs of corners.
        spokes: for each corner where the Jacobian is taken, itself and its two or three neighbours.
        ideal: what the scaled Jacobian of the best element is divided by.
    """

    name: tuple[str, str]
    dimension: int
    corners: int
    edges: tuple[tuple[int, int], ...] = ()
    faces: tuple[tuple[int, ...], ...] = ()
    spokes: tuple[tuple[int, ...], ...] = ()
    ideal: float = 1.0


def _ring(count: int) -> tuple[tuple[int, int], ...]:
    return tuple((k, (k + 1) % count) for k in range(count))


#: Scaled Jacobian as in the Verdict library (Stimpson, Ernst, Knupp, Pebay, Thompson 2007).
SHAPES: Mapping[str, Shape] = {
    "vertex": Shape(("point", "points"), 0, 1),
    "line": Shape(("line", "lines"), 1, 2, ((0, 1),)),
    "triangle": Shape(
        ("triangle", "triangles"), 2, 3, _ring(3), (), ((0, 1, 2), (1, 2, 0), (2, 0, 1)), np.sqrt(3) / 2
    ),
    "quad": Shape(
        ("quadrilateral", "quadrilaterals"), 2, 4, _ring(4), (), ((0, 1, 3), (1, 2, 0), (2, 3, 1), (3, 0, 2))
    ),
    "tetra": Shape(
        ("tetrahedron", "tetrahedra"), 3, 4, ((0, 1), (1, 2), (2, 0), (0, 3), (1, 3), (2, 3)),
        ((0, 2, 1), (0, 1, 3), (1, 2, 3), (0, 3, 2)),
        ((0, 1, 2, 3), (1, 2, 0, 3), (2, 0, 1, 3), (3, 0, 2, 1)), np.sqrt(2) / 2,
    ),
    "pyramid": Shape(
        ("pyramid", "pyramids"), 3, 5, (*_ring(4), (0, 4), (1, 4), (2, 4), (3, 4)),
        ((0, 3, 2, 1), (0, 1, 4), (1, 2, 4), (2, 3, 4), (3, 0, 4)),
        ((0, 1, 3, 4), (1, 2, 0, 4), (2, 3, 1, 4), (3, 0, 2, 4)), np.sqrt(2) / 2,
    ),
    "wedge": Shape(
        ("wedge", "wedges"), 3, 6, ((0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (0, 3), (1, 4), (2, 5)),
        ((0, 2, 1), (3, 4, 5), (0, 1, 4, 3), (1, 2, 5, 4), (2, 0, 3, 5)),
        ((0, 1, 2, 3), (1, 2, 0, 4), (2, 0, 1, 5), (3, 5, 4, 0), (4, 3, 5, 1), (5, 4, 3, 2)), np.sqrt(3) / 2,
    ),
    "hexahedron": Shape(
        ("hexahedron", "hexahedra"), 3, 8,
        (*_ring(4), (4, 5), (5, 6), (6, 7), (7, 4), (0, 4), (1, 5), (2, 6), (3, 7)),
        ((0, 3, 2, 1), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)),
        (
            (0, 1, 3, 4), (1, 2, 0, 5), (2, 3, 1, 6), (3, 0, 2, 7),
            (4, 7, 5, 0), (5, 4, 6, 1), (6, 5, 7, 2), (7, 6, 4, 3),
        ),
    ),
}  # fmt: skip


@dataclass
class Block:
    """Elements of one type, as meshio names it ("tetra10"); `nodes` is M x K indices of points.

    Polygons of any number of corners (`type` "polygon") are filled up with -1.
    """

    type: str
    nodes: Indices

    @property
    def shape(self) -> Shape | None:
        """What is known of the type, or None."""
        return SHAPES.get(self.type.rstrip("0123456789"))


@dataclass
class Mesh:
    """A mesh; `cell_data` has one array for each block, in their order.

    `cells` counts the elements where the blocks are only their outside (OpenFOAM's boundary); `remarks`
    are sentences about what was left out.
    """

    points: Floats
    blocks: list[Block]
    point_data: dict[str, Floats] = field(default_factory=dict)
    cell_data: dict[str, list[Floats]] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    cells: int | None = None
    remarks: list[str] = field(default_factory=list)

    @property
    def dimension(self) -> int:
        """The largest dimension of its elements."""
        if self.cells is not None:
            return 3
        return max((block.shape.dimension if block.shape else 2 for block in self.blocks), default=0)
