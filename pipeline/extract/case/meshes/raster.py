"""Triangles to pixels: a z-buffer in numpy, triangles of about one size at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.extract.case.meshes.mesh import Floats, Indices

_PIXELS_AT_A_TIME = 2_000_000


@dataclass
class Canvas:
    """What is nearest at each pixel, H x W.

    Attributes:
        depth: distance from the eye, infinite where nothing is.
        triangle: index of the triangle, -1 where nothing is.
        weights: H x W x 2, the barycentric weights of the triangle's first two corners.
    """

    depth: npt.NDArray[np.float32]
    triangle: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float32]


def rasterise(corners: Floats, width: int, height: int) -> Canvas:
    """Draw triangles.

    Args:
        corners: T x 3 x 3, for each corner x and y in pixels (y downwards) and its distance from the eye.
        width: of the canvas, in pixels.
        height: likewise.
    """
    depth = np.full(height * width, np.inf, np.float32)
    triangle = np.full(height * width, -1, np.int32)
    weights = np.zeros((height * width, 2), np.float32)
    for chosen, size in _by_size(corners):
        pixels, distance, shares, owner = _cover(corners, chosen, size, width, height)
        if not len(pixels):
            continue
        # Far ones first; of equals the lower index wins, so that the picture is always the same.
        order = np.lexsort((-owner, -distance))
        pixels, distance, shares, owner = pixels[order], distance[order], shares[order], owner[order]
        last = _last_of_each(pixels)
        pixels, distance, shares, owner = pixels[last], distance[last], shares[last], owner[last]
        nearer = distance < depth[pixels]
        where = pixels[nearer]
        depth[where], triangle[where], weights[where] = distance[nearer], owner[nearer], shares[nearer]
    shape = (height, width)
    return Canvas(depth.reshape(shape), triangle.reshape(shape), weights.reshape(*shape, 2))


def _by_size(corners: Floats) -> Iterator[tuple[Indices, int]]:
    """Give triangles of about the same size, a bounded number of pixels at a time."""
    spans = (corners[:, :, :2].max(axis=1) - corners[:, :, :2].min(axis=1)).max(axis=1)
    sides = 2 ** np.ceil(np.log2(np.maximum(spans + 2, 4))).astype(np.int64)
    for side in np.unique(sides):
        chosen = np.flatnonzero(sides == side)
        step = max(1, _PIXELS_AT_A_TIME // int(side) ** 2)
        for start in range(0, len(chosen), step):
            yield chosen[start : start + step], int(side)


def _cover(
    corners: Floats, chosen: Indices, side: int, width: int, height: int
) -> tuple[Indices, npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.int32]]:
    """Return the pixels whose centres lie in the triangles: index, distance, weights, triangle."""
    some = corners[chosen]
    low = np.floor(some[:, :, :2].min(axis=1)).astype(np.int64)
    grid = np.arange(side)
    x = low[:, 0, None, None] + grid[None, None, :]
    y = low[:, 1, None, None] + grid[None, :, None]
    (ax, ay), (bx, by), (cx, cy) = (some[:, k, :2].T[:, :, None, None] for k in range(3))
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    px, py = x + 0.5, y + 0.5
    with np.errstate(divide="ignore", invalid="ignore"):
        first = ((bx - px) * (cy - py) - (by - py) * (cx - px)) / area
        second = ((cx - px) * (ay - py) - (cy - py) * (ax - px)) / area
    third = 1.0 - first - second
    inside = (
        (first >= -1e-6)
        & (second >= -1e-6)
        & (third >= -1e-6)
        & (x >= 0)
        & (x < width)
        & (y >= 0)
        & (y < height)
    )
    number, row, column = np.nonzero(inside)
    shares = np.stack([first[inside], second[inside]], axis=1).astype(np.float32)
    z = some[number, :, 2]
    distance = z[:, 0] * first[inside] + z[:, 1] * second[inside] + z[:, 2] * third[inside]
    pixels = (low[number, 1] + row) * width + low[number, 0] + column
    return pixels, distance.astype(np.float32), shares, chosen[number].astype(np.int32)


def _last_of_each(pixels: Indices) -> Indices:
    """Return the positions at which each pixel stands last."""
    _, first = np.unique(pixels[::-1], return_index=True)
    return len(pixels) - 1 - first
