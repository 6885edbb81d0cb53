"""Plane shapes and their triangle meshes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Shape:
    """A plane shape in its own length unit."""

    name: Literal["holed", "tapered", "corner", "disc"]
    width: float
    height: float
    inner_x: float = 0.0  # half axes of a hole
    inner_y: float = 0.0
    offset: float = 0.0  # of the hole from the middle, along x
    ratio: float = 1.0  # tip height (tapered) or leg thickness (corner), as a part of the whole
    free: bool = False  # whether the mesh looks unstructured
    seed: int = 0


def mesh_of(shape: Shape, density: float = 1.0) -> Any:
    """Return a skfem triangle mesh of `shape` whose sides are named boundaries.

    Args:
        shape: what to mesh.
        density: 1 gives some 700 to 1,200 triangles; the number grows with its square.
    """
    from skfem import MeshTri  # noqa: PLC0415  (only the generating processes need it)

    if shape.name == "holed":
        points, triangles = _holed(shape, density)
    elif shape.name == "tapered":
        points, triangles = _tapered(shape, density)
    elif shape.name == "corner":
        points, triangles = _corner(shape, density)
    else:
        points, triangles = _disc(shape, density)
    mesh = MeshTri(np.ascontiguousarray(points), np.ascontiguousarray(triangles))
    if shape.free:
        mesh = _loosened(mesh, shape.seed)
    return mesh.with_boundaries(_sides(shape))


def _grid(rows: int, columns: int, periodic: bool) -> NDArray[np.int64]:
    """Triangles [3, T] of a grid of points whose index is `row * columns + column`."""
    last = columns if periodic else columns - 1
    i, j = (a.ravel() for a in np.meshgrid(np.arange(rows - 1), np.arange(last), indexing="ij"))
    k = (j + 1) % columns
    a, b, c, d = i * columns + j, i * columns + k, (i + 1) * columns + k, (i + 1) * columns + j
    flip = (i + j) % 2 == 0
    first = np.where(flip, np.stack([a, b, c]), np.stack([a, b, d]))
    second = np.where(flip, np.stack([a, c, d]), np.stack([b, c, d]))
    return np.concatenate([first, second], axis=1)


def _holed(shape: Shape, density: float) -> tuple[Floats, NDArray[np.int64]]:
    """Rings that pass from the hole's ellipse to the rectangle around it."""
    around = 4 * max(6, round(13 * density))
    rings = max(4, round(10 * density)) + 1
    half_w, half_h = shape.width / 2, shape.height / 2
    edge = np.linspace(-1, 1, around // 4, endpoint=False)
    one = np.ones_like(edge)
    outer = np.concatenate(
        [np.stack([edge, -one]), np.stack([one, edge]), np.stack([-edge, one]), np.stack([-one, -edge])],
        axis=1,
    ) * np.array([[half_w], [half_h]])
    angle = np.arctan2(outer[1] / half_h, outer[0] / half_w)
    inner = np.stack([shape.offset + shape.inner_x * np.cos(angle), shape.inner_y * np.sin(angle)])
    step = np.linspace(0, 1, rings)[:, None] ** 1.5  # finer at the hole, where the gradients are
    points = np.stack([inner[k] * (1 - step) + outer[k] * step for k in (0, 1)])
    return points.reshape(2, -1), _grid(rings, around, periodic=True)


def _tapered(shape: Shape, density: float) -> tuple[Floats, NDArray[np.int64]]:
    """A rectangle whose height falls linearly from the left edge to the right one."""
    aspect = shape.width / shape.height
    across = max(3, round(20 / np.sqrt(aspect) * density))
    along = max(6, round(22 * np.sqrt(aspect) * density))
    x, eta = np.meshgrid(np.linspace(0, 1, along + 1), np.linspace(-0.5, 0.5, across + 1))
    height = shape.height * (1 - (1 - shape.ratio) * x)
    points = np.stack([x * shape.width, eta * height])
    return points.reshape(2, -1), _grid(across + 1, along + 1, periodic=False)


def _corner(shape: Shape, density: float) -> tuple[Floats, NDArray[np.int64]]:
    """An L: the grid of its bounding box without the cells of the upper right part."""
    cells = max(8, round(25 * density))
    leg = max(3, round(cells * shape.ratio))
    line = np.concatenate(
        [np.linspace(0, shape.ratio, leg + 1), np.linspace(shape.ratio, 1, cells - leg + 1)[1:]]
    )
    x, y = np.meshgrid(line * shape.width, line * shape.height)
    triangles = _grid(cells + 1, cells + 1, periodic=False)
    points = np.stack([x.ravel(), y.ravel()])
    middle = points[:, triangles].mean(axis=1)
    keep = (middle[0] < shape.width * shape.ratio) | (middle[1] < shape.height * shape.ratio)
    used, renumbered = np.unique(triangles[:, keep], return_inverse=True)
    return points[:, used], renumbered.reshape(3, -1)


def _disc(shape: Shape, density: float) -> tuple[Floats, NDArray[np.int64]]:
    """A square grid pulled onto an ellipse."""
    cells = max(8, round(22 * density))
    line = np.linspace(-1, 1, cells + 1)
    u, v = np.meshgrid(line, line)
    x, y = u * np.sqrt(1 - v**2 / 2), v * np.sqrt(1 - u**2 / 2)
    points = np.stack([x.ravel() * shape.width / 2, y.ravel() * shape.height / 2])
    return points, _grid(cells + 1, cells + 1, periodic=False)


def _loosened(mesh: Any, seed: int) -> Any:
    """Move each inner point by a part of its shortest edge, so that the mesh looks free."""
    edges = mesh.p[:, mesh.facets]
    length = np.linalg.norm(edges[:, 0] - edges[:, 1], axis=0)
    shortest = np.full(mesh.p.shape[1], np.inf)
    for end in (0, 1):
        np.minimum.at(shortest, mesh.facets[end], length)
    shortest[mesh.boundary_nodes()] = 0.0
    move = np.random.default_rng(seed).uniform(-0.17, 0.17, mesh.p.shape)
    return type(mesh)(mesh.p + move * shortest, mesh.t)


def _sides(shape: Shape) -> dict[str, Any]:
    """Tests of facet midpoints, by the name of the side."""
    near = 1e-6 * shape.width
    if shape.name == "disc":
        return {"rim": lambda x: x[0] < np.inf}
    low_x, high_x = (0.0, shape.width) if shape.name != "holed" else (-shape.width / 2, shape.width / 2)
    sides: dict[str, Any] = {
        "left": lambda x: abs(x[0] - low_x) < near,
        "right": lambda x: abs(x[0] - high_x) < near,
    }
    if shape.name == "holed":
        sides["top"] = lambda x: abs(x[1] - shape.height / 2) < near
        sides["bottom"] = lambda x: abs(x[1] + shape.height / 2) < near
        sides["hole"] = lambda x: (
            (abs(abs(x[0]) - high_x) > near) & (abs(abs(x[1]) - shape.height / 2) > near)
        )
    elif shape.name == "corner":
        sides["top"] = lambda x: abs(x[1] - shape.height) < near
        sides["bottom"] = lambda x: abs(x[1]) < near
    else:
        inside = (low_x + near, high_x - near)
        sides["top"] = lambda x: (x[1] > 0) & (x[0] > inside[0]) & (x[0] < inside[1])
        sides["bottom"] = lambda x: (x[1] < 0) & (x[0] > inside[0]) & (x[0] < inside[1])
    return sides
