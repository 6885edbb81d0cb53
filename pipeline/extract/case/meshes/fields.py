"""Which of a mesh's arrays it is coloured by, and the range of each."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from pipeline.extract.case.meshes.mesh import Floats, Mesh

#: Arrays that number things: there is nothing to see in them.
_NUMBERS = re.compile(
    r"(?:^|[:_\s.])(?:ids?|ref|tags?|geometrical|physical|index|number|label|proc(?:essor)?|rank|bid|red|green|blue|alpha|groups?|cell_?zones?)$|"
    r"^(?:gmsh|medit|nastran|avsucd|flac3d|netgen|tetgen|abaqus|ply|stl|obj)\b|^vtkOriginal|normals?$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Field:
    """An array: its name, on what it stands, components, and the range of its values or their lengths.

    `low` and `high` are None where no value is finite; `wrong` counts those that are not.
    """

    name: str
    on: str
    components: int
    low: float | None
    high: float | None
    wrong: int


@dataclass(frozen=True)
class Colouring:
    """What the picture shows: a name, and a value for each point or for each element of each block."""

    name: str
    points: Floats | None
    cells: list[Floats] | None
    low: float
    high: float


def fields_of(mesh: Mesh) -> list[Field]:
    """Return all arrays of a mesh, those on points first."""
    on_points = [_field(name, "points", values) for name, values in mesh.point_data.items()]
    on_cells = [
        _field(name, "elements", np.concatenate([_flat(part) for part in parts]))
        for name, parts in mesh.cell_data.items()
        if len({_flat(part).shape[1] for part in parts}) == 1
    ]
    return [*on_points, *on_cells]


def colouring_of(mesh: Mesh) -> Colouring | None:
    """Return what a mesh is coloured by: the first scalar that varies, else the first vector's length."""
    for wanted in (1, 2):
        for name, values in mesh.point_data.items():
            found = _magnitude(name, values, wanted)
            if found is not None:
                return Colouring(found[0], found[1], None, *_range(found[1]))
        for name, parts in mesh.cell_data.items():
            shown = [_magnitude(name, part, wanted, varies=False) for part in parts]
            if parts and all(part is not None for part in shown):
                named = [part for part in shown if part is not None]
                on_cells = [part[1] for part in named]
                low, high = _range(np.concatenate(on_cells))
                if high > low:
                    return Colouring(named[0][0], None, on_cells, low, high)
    return None


def _magnitude(name: str, values: Floats, wanted: int, varies: bool = True) -> tuple[str, Floats] | None:
    """Return a scalar (wanted 1), or a vector's length (wanted 2), with what it is called."""
    flat = _flat(values)
    if _NUMBERS.search(name) or not len(flat):
        return None
    if (wanted == 1 and flat.shape[1] != 1) or (wanted == 2 and flat.shape[1] not in (2, 3)):
        return None
    found: Floats = flat[:, 0] if wanted == 1 else np.linalg.norm(flat, axis=1)
    low, high = _range(found)
    if varies and not high > low:
        return None
    return (name if wanted == 1 else f"length of {name}"), found


def _field(name: str, on: str, values: Floats) -> Field:
    flat = _flat(values)
    size = flat[:, 0] if flat.shape[1] == 1 else np.linalg.norm(flat, axis=1)
    finite = size[np.isfinite(size)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (None, None)
    return Field(name, on, flat.shape[1], low, high, len(size) - len(finite))


def _range(values: Floats) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)


def _flat(values: Floats) -> Floats:
    array = np.asarray(values, np.float64)
    return array.reshape(len(array), -1) if array.size else np.zeros((len(array), 1))
