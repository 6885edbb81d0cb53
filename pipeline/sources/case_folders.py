"""Which folders are simulation cases, told by the files in them or by the user's patterns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.sources.globs import matches

#: What only a solver reads or writes: its folder is a case.
_DECKS_AND_LOGS = (
    ".inp", ".k", ".key", ".dyn", ".fem", ".bdf", ".nas", ".comm", ".cas", ".jou", ".su2",
    ".sta", ".msg", ".cvg", ".frd", ".odb", ".f06", ".log", ".res",
)  # fmt: skip
#: Meshes lie in libraries too: their folder is a case where there is no deck and no log above or below.
_MESHES = (
    ".vtu", ".vtk", ".msh", ".stl", ".ply", ".obj", ".off", ".mesh", ".meshb", ".vol", ".ele", ".geo",
)  # fmt: skip


def case_folders(paths: Sequence[str], patterns: Sequence[str] | None) -> list[str]:
    """Return the folders that are cases, relative to the root ("" is the root), in order.

    A case has all that lies below it, so that no case lies within another.

    Args:
        paths: the files below the root, relative.
        patterns: globs of the folders that are cases; None recognises a folder that holds an input deck, a
            solver's log or OpenFOAM's `system/controlDict`, or, with none of them near, a mesh.
    """
    if patterns is not None:
        below = {folder for path in paths for folder in _folders_above(path)}
        return _topmost(folder for folder in below if matches(folder or ".", patterns))
    strong = _topmost(_folder(path) for path in paths if _is_deck_or_log(path))
    if "system/controlDict" in paths or any(path.endswith("/system/controlDict") for path in paths):
        foam = {_folder(_folder(path)) for path in paths if _is_control(path)}
        strong = _topmost([*strong, *foam])
    busy = set(strong) | {above for folder in strong for above in _folders_above(folder)}
    weak = {_folder(path) for path in paths if path.lower().endswith(_MESHES)}
    free = [folder for folder in weak if folder not in busy and case_of(folder, strong) is None]
    return sorted([*strong, *_topmost(free)])


def case_of(path: str, cases: Iterable[str]) -> str | None:
    """Return the case, of some sorted ones, that a file or a folder lies in."""
    wanted = {path, *_folders_above(path)}
    return next((case for case in cases if case in wanted), None)


def _is_deck_or_log(path: str) -> bool:
    name = path.rsplit("/", 1)[-1].lower()
    return name.endswith(_DECKS_AND_LOGS) or name.startswith("log.")


def _is_control(path: str) -> bool:
    return path == "system/controlDict" or path.endswith("/system/controlDict")


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _folders_above(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[:end]) for end in range(len(parts) + 1)]


def _topmost(folders: Iterable[str]) -> list[str]:
    chosen: list[str] = []
    known = set(folders)
    for folder in sorted(known):
        if folder and any(above in known for above in _folders_above(folder)):
            continue
        chosen.append(folder)
    return chosen
