"""Images on filesystems: found, checked and hashed where they are, never copied."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from pipeline.images.tries import Answer, too_large
from pipeline.recipe import CasesSource, FilesSource, Recipe
from storage.filesystem import is_local, join, local_path, open_filesystem

_READ_BYTES = 1 << 20


@dataclass(frozen=True)
class LocalImage:
    """What came of looking for a file: the answer, and if it is there its id, URL and size in bytes."""

    answer: Answer
    image_id: str | None = None
    url: str | None = None
    size: int | None = None


def image_roots(dataset: str, recipe: Recipe) -> tuple[str, ...]:
    """Return the folders that images may be read from: those of the sources, and of unpacked archives.

    A document that came from elsewhere must not be able to name any other file of this machine.
    """
    roots = [source.root for source in recipe.sources if isinstance(source, FilesSource | CasesSource)]
    return tuple(_canonical(root) for root in (*roots, join(dataset, "unpacked")))


def stamp(url: str, roots: Sequence[str]) -> str:
    """Return what changes when the file does, without reading it; `missing` if there is none."""
    found = _find(url, roots)
    if isinstance(found, Answer):
        return "missing"
    filesystem, path = open_filesystem(found)
    if is_local(found):
        status = os.stat(path)
        return f"{status.st_size}-{status.st_mtime_ns}"
    return str(filesystem.ukey(path))


def look_up(url: str, roots: Sequence[str], max_bytes: int) -> LocalImage:
    """Find the file that `url` names and hash it.

    Args:
        url: a path, a file URL or the URL of any other filesystem; may be percent-encoded.
        roots: folders outside of which nothing is read (see `image_roots`).
        max_bytes: larger files are left alone.
    """
    found = _find(url, roots)
    if isinstance(found, Answer):
        return LocalImage(found)
    filesystem, path = open_filesystem(found)
    try:
        size = int(filesystem.size(path) or 0)
        if size > max_bytes:
            return LocalImage(too_large(max_bytes), size=size)
        if size == 0:
            return LocalImage(Answer("failed", "empty"))
        digest = hashlib.sha256()
        with filesystem.open(path, "rb") as file:
            while piece := file.read(_READ_BYTES):
                digest.update(piece)
    except OSError as error:
        return LocalImage(Answer("failed", f"cannot be read: {error.strerror or type(error).__name__}"))
    return LocalImage(Answer("ok"), digest.hexdigest(), found, size)


def _find(url: str, roots: Sequence[str]) -> str | Answer:
    """Return the URL of an existing file, or why there is none."""
    if url.startswith("data:"):
        return Answer("failed", "data URL that does not decode")
    bare = url.partition("#")[0].partition("?")[0]
    inside = False
    for spelling in dict.fromkeys((url, unquote(url), bare, unquote(bare))):
        where = "" if "\0" in spelling else _canonical(spelling)
        if any(where.startswith(root.rstrip("/") + "/") for root in roots):
            inside = True
            filesystem, path = open_filesystem(where)
            if filesystem.isfile(path):
                return where
    if inside:
        return Answer("failed", "no such file")
    return Answer("refused", "outside the folders of the sources")


def _canonical(url: str) -> str:
    # Links are followed before the folder is compared: a link in an archive must not lead out of it.
    return os.path.realpath(local_path(url)) if is_local(url) else _without_dots(url)


def _without_dots(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{os.path.normpath(rest)}"
