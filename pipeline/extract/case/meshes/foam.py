"""OpenFOAM's own mesh: the outside of its cells, patch by patch, from a folder `polyMesh`."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from pipeline.extract.case.meshes.mesh import Block, Floats, Indices, Mesh
from pipeline.extract.case.numbers import counted
from pipeline.extract.element import UnreadableDocumentError

_COMMENT = re.compile(rb"/\*.*?\*/|//[^\n]*", re.DOTALL)
_HEADER = re.compile(rb"FoamFile\s*\{.*?\}", re.DOTALL)
_LIST = re.compile(rb"(\d+)\s*\(")
_CELLS = re.compile(rb"nCells:\s*(\d+)")
_PATCH = re.compile(rb"(\S+)\s*\{([^{}]*)\}")
_ENTRY = re.compile(rb"(type|nFaces|startFace)\s+(\S+);")
#: Patches that are no wall of the body: the faces of a plane case, which hide it, are drawn; these are not.
_UNSEEN = (b"processor", b"cyclic")


def load_foam(files: Mapping[str, bytes]) -> Mesh:
    """Read a mesh.

    Args:
        files: the bytes of `points`, `faces`, `owner` and `boundary`, written as text.

    Returns:
        The mesh's outside as polygons; its parts are the patches.

    Raises:
        UnreadableDocumentError: if it is binary, or not of the form.
    """
    for name, data in files.items():
        if b"format" in data[:2000] and re.search(rb"format\s+binary", data[:2000]):
            raise UnreadableDocumentError(
                "binary_mesh", f"The file {name} is written in binary, which is not read."
            )
    points = _floats(_body(files["points"], "points"))
    if len(points) % 3:
        raise UnreadableDocumentError("broken_mesh", "The list of points breaks off.")
    points = points.reshape(-1, 3)
    if not np.isfinite(points).all():
        raise UnreadableDocumentError("broken_mesh", "A point of the mesh has no finite coordinates.")
    faces = _body(files["faces"], "faces")
    patches = _patches(files["boundary"])
    if not len(points) or not patches:
        raise UnreadableDocumentError("empty_mesh", "There is no point or no patch in the mesh.", 0.0, 1.0)
    cells = _CELLS.search(files["owner"][:4000])
    owner = _indices(_body(files["owner"], "owner"))
    flat = _indices(faces)
    blocks = []
    starts, sizes = _offsets(flat)
    for _, start, count in patches:
        if start + count > len(starts):
            raise UnreadableDocumentError("broken_mesh", "A patch names a face that is not there.")
        if not count:
            continue
        chosen = sizes[start : start + count]
        nodes = np.full((count, int(chosen.max())), -1, np.int64)
        for row, face in enumerate(range(start, start + count)):
            nodes[row, : sizes[face]] = flat[starts[face] : starts[face] + sizes[face]]
        if nodes.max() >= len(points):
            raise UnreadableDocumentError("broken_mesh", "A face names a point that is not there.")
        blocks.append(Block("polygon", nodes))
    return Mesh(
        points,
        blocks,
        parts=[f"{name} ({counted(count, 'face')})" for name, _, count in patches],
        cells=int(cells[1]) if cells else int(owner.max(initial=-1)) + 1,
    )


def _offsets(flat: Indices) -> tuple[Indices, Indices]:
    """Return where each face's corners begin in "4 0 1 2 3 3 4 5 6", and how many they are."""
    starts, sizes = [], []
    at = 0
    while at < len(flat):
        size = int(flat[at])
        if size < 1 or at + 1 + size > len(flat):
            raise UnreadableDocumentError("broken_mesh", "The list of faces breaks off.")
        starts.append(at + 1)
        sizes.append(size)
        at += 1 + size
    return np.array(starts, np.int64), np.array(sizes, np.int64)


def _body(data: bytes, name: str) -> bytes:
    """Return what stands between the brackets of a file's one list."""
    text = _HEADER.sub(b"", _COMMENT.sub(b"", data), count=1)
    opened = _LIST.search(text)
    end = text.rfind(b")")
    if opened is None or end < opened.end():
        raise UnreadableDocumentError("broken_mesh", f"There is no complete list in the file {name}.")
    return text[opened.end() : end]


def _split(body: bytes) -> list[bytes]:
    return body.replace(b"(", b" ").replace(b")", b" ").split()


def _floats(body: bytes) -> Floats:
    try:
        return np.array(_split(body), dtype=np.float64)
    except ValueError as error:
        raise UnreadableDocumentError(
            "broken_mesh", f"A number of the mesh cannot be read ({error})."
        ) from error


def _indices(body: bytes) -> Indices:
    try:
        return np.array(_split(body), dtype=np.int64)
    except ValueError as error:
        raise UnreadableDocumentError(
            "broken_mesh", f"A number of the mesh cannot be read ({error})."
        ) from error


def _patches(data: bytes) -> list[tuple[str, int, int]]:
    """Return name, first face and number of faces of each patch that is seen."""
    found = []
    for name, entries in _PATCH.findall(_HEADER.sub(b"", _COMMENT.sub(b"", data), count=1)):
        values = dict(_ENTRY.findall(entries))
        if values.get(b"type", b"").startswith(_UNSEEN):
            continue
        try:
            found.append((name.decode("utf-8", "replace"), int(values[b"startFace"]), int(values[b"nFaces"])))
        except (KeyError, ValueError) as error:
            raise UnreadableDocumentError(
                "broken_mesh", "A patch does not say which faces are its."
            ) from error
    return found
