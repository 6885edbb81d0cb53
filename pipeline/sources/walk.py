"""The files below a folder, here or remote, and whether a link leads out of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from storage.filesystem import is_local, local_path, open_filesystem


def files_below(folder: str) -> Iterator[tuple[str, int]]:
    """Give relative path and size of each file below a folder, in the order of the paths."""
    if is_local(folder):
        base = str(local_path(folder))
        for parent, folders, names in os.walk(base):
            folders.sort()
            for name in sorted(names):
                path = Path(parent, name)
                if path.is_file():
                    yield path.relative_to(base).as_posix(), path.stat().st_size
        return
    filesystem, base = open_filesystem(folder)
    found = filesystem.find(base, detail=True)
    for path in sorted(found):
        yield path[len(base.rstrip("/")) + 1 :], int(found[path]["size"] or 0)


def linked_folders(folder: str) -> Iterator[str]:
    """Give the relative path of each link to a folder below a local folder: `files_below` follows none."""
    if not is_local(folder):
        return
    base = str(local_path(folder))
    for parent, folders, _ in os.walk(base):
        folders.sort()
        for name in folders:
            if os.path.islink(os.path.join(parent, name)):
                yield Path(parent, name).relative_to(base).as_posix()


def stays_within(location: str, folder: str) -> bool:
    """Tell whether a file of a local folder lies in it when every link is followed."""
    real = os.path.realpath(local_path(location))
    return real.startswith(os.path.realpath(local_path(folder)).rstrip("/") + "/")


def uri_of(location: str) -> str:
    """Return the name of a place for a person: a local path as a file URL, others as they are."""
    return local_path(location).as_uri() if is_local(location) else location
