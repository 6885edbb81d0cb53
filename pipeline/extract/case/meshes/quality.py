"""How good the elements of a mesh are: aspect ratio and scaled Jacobian, from their corners."""

from __future__ import annotations

import numpy as np

from pipeline.extract.case.meshes.mesh import Block, Floats, Shape


def aspect_ratios(points: Floats, block: Block, shape: Shape) -> Floats:
    """Return longest edge over shortest edge of each element, M; infinite for one with an edge of no length.

    Args:
        points: N x 3.
        block: M elements.
        shape: of the block.
    """
    lengths = np.stack(
        [
            np.linalg.norm(points[block.nodes[:, b]] - points[block.nodes[:, a]], axis=1)
            for a, b in shape.edges
        ]
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios: Floats = lengths.max(axis=0) / lengths.min(axis=0)
    return ratios


def scaled_jacobians(points: Floats, block: Block, shape: Shape) -> tuple[Floats, int]:
    """Return the least scaled Jacobian over the corners of each element, M: 1 is ideal, 0 is flat.

    Scaled as in the Verdict library (Stimpson et al. 2007): the determinant of the edges at a corner over
    their lengths, over its value in the ideal element. An element all of whose corners are negative is
    numbered inside out, which is no matter of its shape: it is taken the other way round.

    Args:
        points: N x 3.
        block: M elements of a plane or a solid shape.
        shape: of the block.

    Returns:
        The values, and how many elements are numbered inside out.
    """
    corners = points[block.nodes[:, : shape.corners]]
    values = []
    normal = _normals(corners) if shape.dimension == 2 else None
    for spoke in shape.spokes:
        edges = [corners[:, k] - corners[:, spoke[0]] for k in spoke[1:]]
        cross = np.cross(edges[0], edges[1])
        determinant = np.einsum("ij,ij->i", cross, normal if normal is not None else edges[2])
        product = np.prod([np.linalg.norm(edge, axis=1) for edge in edges], axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            values.append(np.where(product > 0, determinant / product, 0.0))
    stacked = np.stack(values)
    inside_out = stacked.max(axis=0) < 0
    least: Floats = np.where(inside_out, -stacked.max(axis=0), stacked.min(axis=0)) / shape.ideal
    return np.clip(least, -1.0, 1.0), int(inside_out.sum())


def _normals(corners: Floats) -> Floats:
    """Return the unit normal of each plane element, by Newell's method, M x 3."""
    following = np.roll(corners, -1, axis=1)
    normal = np.cross(corners, following).sum(axis=1)
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    unit: Floats = np.divide(normal, length, out=np.zeros_like(normal), where=length > 0)
    return unit
