"""A mesh to elements, read in a child process."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.extract.builder import Builder
from pipeline.extract.case.files import CaseFile, CaseLimits, Problem
from pipeline.extract.case.meshes.worker import Told
from pipeline.extract.element import UnreadableDocumentError
from pipeline.extract.tables import markdown_table
from pipeline.isolation.call import IsolationError, Limits, isolated

#: What one mesh may take in a child process; 1.2 million tetrahedra took 9 s and 0.7 GiB.
LIMITS = Limits(seconds=90.0, memory=2048)
_FOAM_PARTS = ("points", "faces", "owner", "boundary")


def read_mesh(builder: Builder, file: CaseFile, limits: CaseLimits) -> list[Problem]:
    """Add a mesh's elements: words, tables, and a picture of it.

    Raises:
        UnreadableDocumentError: if it is too large, or cannot be read within time and memory.
    """
    _check_size(file.size, limits.max_bytes)
    told = _call("tell_of_mesh", file.location, file.name, limits.pictures)
    _add(builder, told, file.name)
    return []


def read_foam_mesh(builder: Builder, files: Sequence[CaseFile], limits: CaseLimits) -> list[Problem]:
    """Add each OpenFOAM mesh, a folder `polyMesh`, as a section; one that cannot be read is told in rows."""
    problems = []
    folders = sorted({file.path.rpartition("/")[0] for file in files})
    for folder in folders:
        parts = {file.name: file for file in files if file.path.rpartition("/")[0] == folder}
        missing = [name for name in _FOAM_PARTS if name not in parts]
        if missing:
            detail = f"The mesh lacks the file {missing[0]}."
            problems.append(Problem(folder, "incomplete_mesh", detail, float(len(missing)), 0.0))
            continue
        try:
            _check_size(sum(file.size for file in parts.values()), limits.max_bytes)
            wanted = {name: parts[name].location for name in _FOAM_PARTS}
            told = _call("tell_of_foam", wanted, folder, limits.pictures)
        except UnreadableDocumentError as error:
            problems.append(Problem(folder, error.rule, error.detail, error.value, error.threshold))
            continue
        builder.heading(2, folder)
        _add(builder, told, folder)
    return problems


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise UnreadableDocumentError(
            "too_large", f"The mesh has {size} bytes, over the limit of {limit}.", float(size), float(limit)
        )


def _call(function: str, *arguments: object) -> Told:
    try:
        told = isolated(f"pipeline.extract.case.meshes.worker:{function}", LIMITS)(*arguments)
    except IsolationError as error:
        raise UnreadableDocumentError(error.rule, error.detail, error.value, error.threshold) from error
    assert isinstance(told, Told)
    return told


def _add(builder: Builder, told: Told, name: str) -> None:
    builder.add("text", told.description.text)
    if told.picture is not None:
        builder.inline_image(told.picture, f"Mesh {name} drawn{told.shows}")
    for rows in (told.description.properties, told.description.arrays):
        if rows:
            builder.add("table", markdown_table(rows), cells=rows)
