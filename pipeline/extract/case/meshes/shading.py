"""The colour of each pixel: light on flat faces, a field's values, the edges of the elements."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline.extract.case.meshes.mesh import Floats
from pipeline.extract.case.meshes.raster import Canvas
from pipeline.extract.case.meshes.scene import Scene

#: Edges of elements are drawn where at most so many faces are seen.
_MOST_EDGED = 30_000
_PLAIN = np.array([168.0, 196.0, 228.0])
_NOTHING = np.array([150.0, 150.0, 150.0])
_COLOURS = 256


def paint(pixels: Floats, canvas: Canvas, scene: Scene) -> None:
    """Colour the pixels, H x W x 3 of 0 to 255, on which a triangle is seen."""
    seen = canvas.triangle >= 0
    number = canvas.triangle[seen]
    first = canvas.weights[seen].astype(np.float64)
    weights = np.concatenate([first, 1.0 - first.sum(axis=1, keepdims=True)], axis=1)
    colours = np.repeat(_PLAIN[None, :], len(number), axis=0)
    if scene.colouring is not None and scene.surface.values is not None:
        values = (scene.surface.values[number] * weights).sum(axis=1)
        colours = _colours(values, scene.colouring.low, scene.colouring.high)
    if not scene.view.flat:
        colours *= _light(scene)[number, None]
    if scene.surface.faces <= _MOST_EDGED:
        colours *= 1.0 - 0.55 * _on_edge(scene, number, weights)[:, None]
    pixels[seen] = colours


def colour_table() -> Floats:
    """Return the colours from the lowest to the highest value, 256 x 3 of 0 to 255."""
    from matplotlib import colormaps  # noqa: PLC0415 (slow to import, and only a field needs it)

    table: Floats = np.asarray(colormaps["viridis"](np.linspace(0, 1, _COLOURS)))[:, :3] * 255
    return table


def _light(scene: Scene) -> Floats:
    """Return how bright each triangle is: both sides are lit, by the eye and from above it on the left."""
    corners = scene.points[scene.surface.triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    unit = normals / np.maximum(np.linalg.norm(normals, axis=1), np.finfo(float).tiny)[:, None]
    right, up, eye = scene.view.axes
    unit *= np.where(unit @ eye < 0, -1.0, 1.0)[:, None]
    lamp = up * 0.64 - right * 0.64 + eye * 0.42
    light: Floats = np.minimum(0.46 + 0.26 * (unit @ eye) + 0.34 * np.maximum(unit @ lamp, 0.0), 1.0)
    return light


def _on_edge(scene: Scene, number: npt.NDArray[np.int32], weights: Floats) -> Floats:
    """Return how much of an edge each pixel shows, 0 to 1; the edges of very small faces fade."""
    flat = scene.placed[scene.surface.triangles][:, :, :2]
    sides = np.roll(flat, -1, axis=1) - flat  # from corner k to k + 1
    lengths = np.maximum(np.linalg.norm(sides, axis=2), 1e-12)
    doubled = np.abs(sides[:, 0, 0] * sides[:, 1, 1] - sides[:, 0, 1] * sides[:, 1, 0])
    # The weight of corner k + 2 times its height is the distance from side k.
    heights = doubled[:, None] / lengths
    distance = np.roll(weights, -2, axis=1) * heights[number]
    distance = np.where(scene.surface.edges[number], distance, np.inf).min(axis=1)
    strength = np.clip((np.sqrt(doubled) - 3.0) / 10.0, 0.0, 1.0)[number]
    faded: Floats = np.clip(1.6 - distance, 0.0, 1.0) * strength
    return faded


def _colours(values: Floats, low: float, high: float) -> Floats:
    """Return colours, K x 3 of 0 to 255; grey where there is no value."""
    table = colour_table()
    span = high - low if high > low else 1.0
    finite = np.isfinite(values)
    index = np.zeros(len(values), np.int64)
    index[finite] = np.clip((values[finite] - low) / span * (_COLOURS - 1) + 0.5, 0, _COLOURS - 1).astype(
        np.int64
    )
    colours: Floats = table[index]
    colours[~finite] = _NOTHING
    return colours
