"""What the child process does: reads a mesh, measures it and draws it."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pipeline.extract.case.meshes.describe import Description, describe
from pipeline.extract.case.meshes.fields import colouring_of
from pipeline.extract.case.meshes.foam import load_foam
from pipeline.extract.case.meshes.load import load_mesh
from pipeline.extract.case.meshes.mesh import Mesh
from pipeline.extract.case.meshes.picture import draw
from storage.filesystem import is_local, local_path, read_bytes


@dataclass(frozen=True)
class Told:
    """What came of a mesh: words, tables, and its picture (None where none was wanted) and what it shows."""

    description: Description
    picture: bytes | None
    shows: str


def tell_of_mesh(location: str, name: str, picture: bool) -> Told:
    """Read, measure and draw a mesh file.

    Args:
        location: path or fsspec URL of the file.
        name: its name for people.
        picture: whether to draw it.

    Raises:
        UnreadableDocumentError: if it cannot be read.
    """
    if is_local(location):
        return _told(load_mesh(str(local_path(location))), name, picture)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, f"mesh{os.path.splitext(location)[1]}")
        copy.write_bytes(read_bytes(location))
        return _told(load_mesh(str(copy)), name, picture)


def tell_of_foam(locations: dict[str, str], name: str, picture: bool) -> Told:
    """Read and draw an OpenFOAM mesh.

    Args:
        locations: of its files (points, faces, owner, boundary), by name.
        name: its folder's name for people.
        picture: whether to draw it.

    Raises:
        UnreadableDocumentError: if it cannot be read.
    """
    return _told(
        load_foam({part: read_bytes(location) for part, location in locations.items()}), name, picture
    )


def _told(mesh: Mesh, name: str, picture: bool) -> Told:
    colouring = colouring_of(mesh)
    shows = f", coloured by {colouring.name}" if colouring is not None else ""
    return Told(describe(name, mesh), draw(mesh, name, colouring) if picture else None, shows)
