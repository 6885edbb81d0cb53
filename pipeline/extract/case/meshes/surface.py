"""What one sees of a mesh: the outside of its solids, its plane elements, its lines, its points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.extract.case.meshes.mesh import Floats, Indices, Mesh


@dataclass(frozen=True)
class Surface:
    """Triangles and lines to draw.

    Attributes:
        triangles: T x 3 indices of points.
        edges: T x 3, whether the side from corner k to k + 1 is an edge of an element.
        values: T x 3, what the corners are coloured by, NaN where there is nothing; None without a field.
        lines: L x 2 indices of points, of elements that are lines.
        dots: indices of points, where there are neither.
        faces: how many faces of elements the triangles are.
    """

    triangles: Indices
    edges: npt.NDArray[np.bool_]
    values: Floats | None
    lines: Indices
    dots: Indices
    faces: int


def surface_of(mesh: Mesh, point_values: Floats | None, cell_values: list[Floats] | None) -> Surface:
    """Return what is seen of a mesh.

    Args:
        mesh: the mesh.
        point_values: a value for each point to colour by, or None.
        cell_values: a value for each element, block by block, or None.
    """
    faces: list[tuple[Indices, Floats]] = []
    solids: list[tuple[Indices, Floats]] = []
    lines: list[Indices] = []
    for number, block in enumerate(mesh.blocks):
        values = cell_values[number] if cell_values is not None else np.full(len(block.nodes), np.nan)
        shape = block.shape
        if block.type == "polygon":
            faces.append((block.nodes, values))
        elif shape is None or shape.dimension == 0:
            continue
        elif shape.dimension == 1:
            lines.append(block.nodes[:, :2])
        elif shape.dimension == 2:
            faces.append((block.nodes[:, : shape.corners], values))
        else:
            solids += [(block.nodes[:, list(face)], values) for face in shape.faces]
    # Beside solids, plane elements are mostly their boundary again.
    chosen = _outside(solids) if solids else faces
    triangles, edges, owners = _triangles(chosen)
    colours = None
    if point_values is not None:
        colours = point_values[triangles]
    elif cell_values is not None and len(triangles):
        colours = np.repeat(owners[:, None], 3, axis=1)
    ends = np.concatenate(lines) if lines and not len(triangles) else np.zeros((0, 2), np.int64)
    dots = np.arange(len(mesh.points)) if not len(triangles) and not len(ends) else np.zeros(0, np.int64)
    return Surface(triangles, edges, colours, ends, dots, sum(len(nodes) for nodes, _ in chosen))


def _outside(faces: list[tuple[Indices, Floats]]) -> list[tuple[Indices, Floats]]:
    """Return the faces that only one solid has."""
    width = max(nodes.shape[1] for nodes, _ in faces)
    padded = np.concatenate([_filled(nodes, width) for nodes, _ in faces])
    values = np.concatenate([owner for _, owner in faces])
    ordered = np.sort(padded, axis=1)
    order = np.lexsort(ordered.T)
    ranked = ordered[order]
    same = np.all(ranked[1:] == ranked[:-1], axis=1)
    alone = np.ones(len(ranked), np.bool_)
    alone[1:] &= ~same
    alone[:-1] &= ~same
    kept = np.sort(order[alone])
    return [(padded[kept], values[kept])]


def _filled(nodes: Indices, width: int) -> Indices:
    return np.pad(nodes, ((0, 0), (0, width - nodes.shape[1])), constant_values=-1)


def _triangles(faces: list[tuple[Indices, Floats]]) -> tuple[Indices, npt.NDArray[np.bool_], Floats]:
    """Cut faces into fans of triangles; a side within a face is no edge."""
    corners, edges, owners = [], [], []
    for nodes, values in faces:
        counts = (nodes >= 0).sum(axis=1)
        for count in np.unique(counts):
            if count < 3:
                continue
            some = nodes[counts == count]
            for k in range(1, count - 1):
                corners.append(some[:, [0, k, k + 1]])
                sides = np.array([k == 1, True, k == count - 2])
                edges.append(np.repeat(sides[None, :], len(some), axis=0))
                owners.append(values[counts == count])
    if not corners:
        return np.zeros((0, 3), np.int64), np.zeros((0, 3), np.bool_), np.zeros(0)
    return np.concatenate(corners), np.concatenate(edges), np.concatenate(owners)
