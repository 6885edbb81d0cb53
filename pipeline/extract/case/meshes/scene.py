"""What is drawn of a mesh, and from where it is looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.extract.case.meshes.fields import Colouring
from pipeline.extract.case.meshes.mesh import Floats
from pipeline.extract.case.meshes.surface import Surface

#: From where a solid is looked at: right, front and above, z upwards.
_EYE = np.array([0.58, -0.72, 0.42])
_FLAT = 1e-9


@dataclass(frozen=True)
class View:
    """Directions to the right, upwards and towards the eye, as rows; `flat` says that the mesh is plane."""

    axes: Floats
    flat: bool


@dataclass(frozen=True)
class Scene:
    """A surface over points, N x 3 in the mesh's unit and N x 3 in pixels, y downwards, with the depth."""

    surface: Surface
    points: Floats
    placed: Floats
    view: View
    colouring: Colouring | None


def view_of(points: Floats) -> View:
    """Look at what is flat from above it, at what is not from the right, the front and above.

    Args:
        points: those that are seen, K x 3.
    """
    spans = points.max(axis=0) - points.min(axis=0)
    if spans.min() <= _FLAT * spans.max():
        axis = 2 if spans[2] <= _FLAT * spans.max() else int(spans.argmin())
        right, up = {2: (0, 1), 1: (0, 2), 0: (1, 2)}[axis]
        unit = np.eye(3)
        return View(np.stack([unit[right], unit[up], np.cross(unit[right], unit[up])]), flat=True)
    eye = _EYE / np.linalg.norm(_EYE)
    across = np.cross([0.0, 0.0, 1.0], eye)
    across /= np.linalg.norm(across)
    return View(np.stack([across, np.cross(eye, across), eye]), flat=False)
