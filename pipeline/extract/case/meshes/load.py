"""Mesh files to meshes, through meshio where it can."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.extract.case.meshes.deck import load_deck
from pipeline.extract.case.meshes.mesh import Block, Floats, Mesh
from pipeline.extract.element import UnreadableDocumentError
from pipeline.extract.encoding import decode

#: Normals and textures of a surface need not be one for each point, which meshio takes for granted.
_NORMALS = re.compile(rb"^v[nt]\b[^\n]*\n?", re.MULTILINE)
_NASTRAN = (".bdf", ".nas", ".fem")


def load_mesh(path: str) -> Mesh:
    """Read a mesh file.

    Args:
        path: of a local file whose suffix tells its format.

    Raises:
        UnreadableDocumentError: if no reader can read it, or there is no point or no finite one in it.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".inp":
        return load_deck(decode(Path(path).read_bytes(), prescan=False))
    if suffix != ".obj":
        return _checked(_read(path))
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "mesh.obj")
        copy.write_bytes(_NORMALS.sub(b"", Path(path).read_bytes()))
        return _checked(_read(str(copy)))


def _read(path: str) -> Any:
    import meshio  # noqa: PLC0415 (slow to import, and only child processes need it)

    try:
        return meshio.read(path, file_format="nastran" if path.lower().endswith(_NASTRAN) else None)
    except SystemExit:
        # What meshio does where every reader of the suffix fails.
        raise UnreadableDocumentError(
            "unreadable_mesh", "No reader of its format can read the mesh."
        ) from None
    except meshio.ReadError as error:
        raise UnreadableDocumentError(
            "unreadable_mesh", f"The mesh cannot be read ({_said(error)})."
        ) from error
    except ModuleNotFoundError as error:
        raise UnreadableDocumentError(
            "no_reader", f"The mesh needs the package {error.name}, which is not installed."
        ) from error


def _checked(found: Any) -> Mesh:
    points = np.asarray(found.points, np.float64)
    if points.ndim != 2 or not len(points):
        raise UnreadableDocumentError("empty_mesh", "There is no point in the mesh.", 0.0, 1.0)
    points = np.pad(points[:, :3], ((0, 0), (0, max(0, 3 - points.shape[1]))))
    finite = np.asarray(np.isfinite(points).all(axis=1), np.bool_)
    blocks, kept = [], []
    for number, block in enumerate(found.cells):
        nodes = _nodes(block)
        if nodes.size and (
            nodes.max() >= len(points) or nodes.min() < (-1 if block.type == "polygon" else 0)
        ):
            raise UnreadableDocumentError("broken_mesh", "An element names a point that is not there.")
        good = np.all(finite[nodes] | (nodes < 0), axis=1) if len(nodes) else np.zeros(0, np.bool_)
        if good.any():
            blocks.append(Block(str(block.type), nodes[good]))
            kept.append((number, good))
    if not finite.any():
        raise UnreadableDocumentError("broken_mesh", "No point of the mesh has finite coordinates.")
    points[~finite] = points[finite][0]
    return Mesh(
        points,
        blocks,
        {str(name): _floats(values) for name, values in found.point_data.items() if _is_numeric(values)},
        {
            str(name): [_floats(parts[number])[good] for number, good in kept]
            for name, parts in found.cell_data.items()
            if kept and _fits(parts, found.cells)
        },
        sorted({str(name) for name in (*found.point_sets, *found.cell_sets, *found.field_data)}),
    )


def _nodes(block: Any) -> Any:
    """Return the corners of elements as a matrix; short ones are filled up with -1."""
    data = block.data
    if isinstance(data, np.ndarray) and data.ndim == 2:
        return data.astype(np.int64)
    rows = [np.asarray(row, np.int64).ravel() for row in data]
    filled = np.full((len(rows), max((len(row) for row in rows), default=0)), -1, np.int64)
    for number, row in enumerate(rows):
        filled[number, : len(row)] = row
    return filled


def _fits(parts: Any, blocks: Any) -> bool:
    """Tell whether an array has a number for each element: some formats leave some elements out."""
    return len(parts) == len(blocks) and all(
        _is_numeric(part) and len(part) == len(block.data) for part, block in zip(parts, blocks, strict=True)
    )


def _is_numeric(values: Any) -> bool:
    array = np.asarray(values)
    return bool(np.issubdtype(array.dtype, np.number)) and array.ndim >= 1


def _floats(values: Any) -> Floats:
    return np.asarray(values, np.float64)


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:200].replace(os.sep, "/") or type(error).__name__
