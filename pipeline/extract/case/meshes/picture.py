"""A picture of a mesh, drawn in software: flat shading, the edges of the elements, a colour bar."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from pipeline.extract.case.meshes.fields import Colouring
from pipeline.extract.case.meshes.labels import BAR, BOTTOM, INK, SIDE, TOP, write_labels
from pipeline.extract.case.meshes.mesh import Floats, Mesh
from pipeline.extract.case.meshes.raster import rasterise
from pipeline.extract.case.meshes.scene import Scene, view_of
from pipeline.extract.case.meshes.shading import paint
from pipeline.extract.case.meshes.surface import Surface, surface_of

WIDTH, HEIGHT = 800, 600
#: The picture is drawn so many times larger and then reduced, which smooths its edges.
_FINER = 2


def draw(mesh: Mesh, title: str, colouring: Colouring | None) -> bytes:
    """Return a picture of a mesh as PNG; the same mesh gives the same bytes.

    Args:
        mesh: with at least one point, all of them finite.
        title: written above it.
        colouring: what it is coloured by, if anything.
    """
    points = colouring.points if colouring is not None else None
    cells = colouring.cells if colouring is not None else None
    surface = surface_of(mesh, points, cells)
    used = _used(mesh, surface)
    view = view_of(mesh.points[used])
    room = (WIDTH - 2 * SIDE - (BAR if colouring else 0), HEIGHT - TOP - BOTTOM)
    placed = _placed(mesh.points @ view.axes.T, used, room) * np.array([_FINER, _FINER, 1.0])
    scene = Scene(surface, mesh.points, placed, view, colouring)
    pixels = np.full((HEIGHT * _FINER, WIDTH * _FINER, 3), 255.0)
    if len(surface.triangles):
        paint(pixels, rasterise(placed[surface.triangles], WIDTH * _FINER, HEIGHT * _FINER), scene)
    image = Image.fromarray(np.clip(pixels + 0.5, 0, 255).astype(np.uint8))
    _strokes(image, surface, placed)
    image = image.resize((WIDTH, HEIGHT), Image.Resampling.BOX)
    write_labels(image, title, mesh.points[used], scene)
    out = BytesIO()
    image.save(out, format="PNG", compress_level=6)
    return out.getvalue()


def _used(mesh: Mesh, surface: Surface) -> npt.NDArray[np.int64]:
    found = np.unique(np.concatenate([surface.triangles.ravel(), surface.lines.ravel(), surface.dots]))
    return found if len(found) else np.arange(len(mesh.points))


def _placed(seen: Floats, used: npt.NDArray[np.int64], room: tuple[int, int]) -> Floats:
    """Return points in pixels, y downwards, third the distance from the eye."""
    low, high = seen[used].min(axis=0), seen[used].max(axis=0)
    spans = (high - low)[:2]
    scale = min((float(side / span) for side, span in zip(room, spans, strict=True) if span > 0), default=1.0)
    centre = (low + high) / 2
    x = SIDE + room[0] / 2 + (seen[:, 0] - centre[0]) * scale
    y = TOP + room[1] / 2 - (seen[:, 1] - centre[1]) * scale
    return np.stack([x, y, (centre[2] - seen[:, 2]) * scale], axis=1)


def _strokes(image: Image.Image, surface: Surface, fine: Floats) -> None:
    pen = ImageDraw.Draw(image)
    for a, b in surface.lines:
        pen.line([tuple(fine[a, :2]), tuple(fine[b, :2])], fill=INK, width=3)
    for dot in surface.dots:
        x, y = fine[dot, :2]
        pen.ellipse([x - 3, y - 3, x + 3, y + 3], fill=INK)
