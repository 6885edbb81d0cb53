"""References to files beside a document: to those that are there, and never to one outside the root."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote, urlsplit

from pipeline.extract.element import Element
from storage.filesystem import is_local, local_path, open_filesystem

_WEB = frozenset({"http", "https"})
#: Sphinx takes the best of several formats for a name that ends in ".*".
_PREFERRED = ("png", "jpg", "jpeg", "gif", "webp", "bmp", "tif", "tiff", "svg")
#: The scheme of a reference that may not be followed: nothing opens it.
REFUSED = "refused:"


@dataclass(frozen=True)
class Home:
    """Where a document stands: its own location and the root it may not leave, as paths or fsspec URLs."""

    location: str
    root: str

    @property
    def url(self) -> str:
        """The document's URL, what its references count from."""
        return to_url(self.location)


def to_url(location: str) -> str:
    """Return a path or an fsspec URL as a URL with its special characters escaped."""
    if is_local(location):
        return local_path(location).as_uri()
    scheme, _, rest = location.partition("://")
    return f"{scheme}://{quote(rest, safe='/!$&()*+,;=:@~')}"


def resolve_local(element: Element, home: Home | None) -> tuple[Element, str | None]:
    """Return an image whose local candidates are files within the root, and a reference that was refused.

    A reference that begins with a slash counts from the nearest folder above the document that has
    the file, as
    Sphinx and web servers see it. A candidate that leaves the root, by name or by a symbolic link,
    is dropped.

    Args:
        element: an image.
        home: where its document stands; None for a web page, which may name no local file.
    """
    kept: list[str] = []
    refused: str | None = None
    for candidate in element.image_candidates:
        if urlsplit(candidate).scheme in _WEB:
            kept.append(candidate)
            continue
        found = list(_within(candidate, home)) if home is not None else []
        kept += found
        if not found:
            refused = refused or candidate
    if refused is not None and not kept:
        return replace(element, image_url=REFUSED + refused, image_candidates=()), refused
    urls = tuple(dict.fromkeys(kept))
    return replace(element, image_url=urls[0], image_candidates=urls), refused


def _within(candidate: str, home: Home) -> Iterator[str]:
    """Give the URLs within the root that a local candidate may mean, those that are there first."""
    root = to_url(home.root).rstrip("/")
    scheme = urlsplit(root).scheme
    if urlsplit(candidate).scheme != scheme:
        return
    tree = _Tree(home)
    path = unquote(candidate[len(scheme) + 3 :])
    inside = path == tree.root or path.startswith(tree.root + "/")
    guesses = [path] if inside else [f"{folder}/{path.lstrip('/')}" for folder in tree.folders_above()]
    if inside and not is_local(home.root):
        yield candidate
        return
    there = [file for guess in guesses for file in tree.files(guess)]
    if there:
        yield from (tree.url(file) for file in there if tree.allows(file))
    elif inside or _looks_rooted(path, tree):
        # Not there: the reference stays, and its absence is counted where files are read.
        yield tree.url(guesses[-1])


def _looks_rooted(path: str, tree: _Tree) -> bool:
    # "../" beyond the root ends at a folder above the root; "/_static/x.png" does not.
    above = PurePosixPath(tree.root).parents
    return not any(path.startswith(str(folder).rstrip("/") + "/") for folder in list(above)[:-1])


class _Tree:
    """The files below a root."""

    def __init__(self, home: Home) -> None:
        self._local = is_local(home.root)
        if self._local:
            self.root = str(local_path(home.root))
            self._document = str(local_path(home.location))
            self._real_root = os.path.realpath(self.root)
        else:
            self._scheme = home.root.partition("://")[0]
            self._filesystem = open_filesystem(home.root)[0]
            self.root = home.root.partition("://")[2].rstrip("/")
            self._document = home.location.partition("://")[2]

    def folders_above(self) -> list[str]:
        """Return the folders from the document's to the root, nearest first."""
        folders = [str(folder) for folder in PurePosixPath(self._document).parents]
        return [folder for folder in folders if folder == self.root or folder.startswith(self.root + "/")]

    def files(self, path: str) -> list[str]:
        """Return `path` if it is a file, or the files that it names by ending in ".*", the best first."""
        if path.endswith(".*"):
            options = [f"{path[:-1]}{suffix}" for suffix in _PREFERRED]
            return [option for option in options if self._is_file(option)]
        return [path] if self._is_file(path) else []

    def allows(self, path: str) -> bool:
        """Tell whether a file is within the root when every symbolic link is followed."""
        if not self._local:
            return path.startswith(self.root + "/") and "/../" not in path
        real = os.path.realpath(path)
        return real.startswith(self._real_root.rstrip("/") + "/")

    def url(self, path: str) -> str:
        """Return a path as a URL."""
        return Path(os.path.normpath(path)).as_uri() if self._local else to_url(f"{self._scheme}://{path}")

    def _is_file(self, path: str) -> bool:
        if "\x00" in path:
            return False
        try:
            return os.path.isfile(path) if self._local else bool(self._filesystem.isfile(path))
        except (OSError, ValueError):
            return False
