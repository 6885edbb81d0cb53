"""Where a dataset lives: local folders and object stores, through fsspec."""

from __future__ import annotations

import contextlib
import math
import os
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import fsspec
import pyarrow.fs as pa_fs
from fsspec.implementations.local import LocalFileSystem

_AWS_VARIABLES = (
    "AWS_ENDPOINT_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_PROFILE",
)


#: Under which names filesystems tell when a file was written.
_MODIFIED = ("mtime", "LastModified", "last_modified", "updated")


@dataclass(frozen=True)
class StoredFile:
    """A file's size in bytes, and when it was written, in seconds since 1970."""

    size: int
    modified: float


def open_filesystem(url: str) -> tuple[fsspec.AbstractFileSystem, str]:
    """Return the fsspec filesystem of `url` and the path within it.

    Listings are not cached: another process may have written in the meantime.
    """
    if is_local(url):
        filesystem, path = fsspec.core.url_to_fs(url)
    else:
        filesystem, path = fsspec.core.url_to_fs(url, use_listings_cache=False)
    return filesystem, path


def is_local(url: str) -> bool:
    """Say whether `url` names something on this machine's own filesystem."""
    return ("://" not in url and "::" not in url) or url.startswith(("file://", "local://"))


def join(url: str, *parts: str) -> str:
    """Return `url` extended by `parts`, with one slash between each."""
    return "/".join([url.rstrip("/"), *(part.strip("/") for part in parts)])


def local_path(url: str) -> Path:
    """Return the absolute path of a local `url`; call it only where `is_local` is true."""
    return Path(LocalFileSystem._strip_protocol(url))


def exists(url: str) -> bool:
    """Say whether there is a file or a folder at `url`."""
    filesystem, path = open_filesystem(url)
    return bool(filesystem.exists(path))


def read_bytes(url: str) -> bytes:
    """Return the whole content of the file at `url`.

    Raises:
        FileNotFoundError: if there is none.
    """
    filesystem, path = open_filesystem(url)
    return bytes(filesystem.cat_file(path))


def write_bytes_atomic(url: str, data: bytes) -> None:
    """Write `data` to `url` so that a reader sees either the whole of it or what was there before."""
    if is_local(url):
        target = local_path(url)
        temporary = temporary_path(target)
        temporary.write_bytes(data)
        temporary.replace(target)
    else:
        # An object store shows an object only when the put is complete.
        filesystem, path = open_filesystem(url)
        filesystem.pipe_file(path, data)


def create_bytes(url: str, data: bytes) -> None:
    """Write `data` to `url`, whole, where nothing is yet: of several writers at once one has its way.

    Raises:
        FileExistsError: if there is a file already.
    """
    if is_local(url):
        target = local_path(url)
        temporary = temporary_path(target)
        temporary.write_bytes(data)
        try:
            # Unlike a rename, a link takes nothing's place.
            os.link(temporary, target)
        finally:
            temporary.unlink()
    else:
        filesystem, path = open_filesystem(url)
        filesystem.pipe_file(path, data, mode="create")


@contextlib.contextmanager
def written_whole(url: str) -> Iterator[BinaryIO]:
    """Give a file to write, which is at `url` when the block has ended well, and nowhere otherwise."""
    if is_local(url):
        target = local_path(url)
        temporary = temporary_path(target)
        try:
            with temporary.open("wb") as file:
                yield file
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    else:
        with tempfile.NamedTemporaryFile() as file:
            yield cast(BinaryIO, file)
            file.flush()
            filesystem, path = open_filesystem(url)
            filesystem.put_file(file.name, path)


def temporary_path(target: Path) -> Path:
    """Return a fresh hidden name beside `target`, whose folder is made; rename it when it is written."""
    target.parent.mkdir(parents=True, exist_ok=True)
    return target.parent / f".{target.name}.{uuid.uuid4().hex[:12]}.tmp"


def list_sizes(url: str) -> dict[str, int]:
    """Return the size in bytes of each file in the folder `url`, by name; empty if there is no folder."""
    filesystem, path = open_filesystem(url)
    try:
        entries = filesystem.ls(path, detail=True)
    except FileNotFoundError:
        return {}
    return {
        entry["name"].rsplit("/", 1)[-1]: int(entry["size"] or 0)
        for entry in entries
        if entry["type"] == "file"
    }


def list_files(url: str, *, below: bool = False) -> dict[str, StoredFile]:
    """Return the files in the folder `url` by name, hidden ones too; empty if there is no folder.

    With `below`, also those in its folders, by their path within it.
    """
    filesystem, path = open_filesystem(url)
    if not filesystem.exists(path):
        return {}
    found = filesystem.find(path, maxdepth=None if below else 1, detail=True)
    start = len(path.rstrip("/")) + 1
    return {name[start:]: StoredFile(int(told["size"] or 0), _modified(told)) for name, told in found.items()}


def subfolders(url: str) -> list[str]:
    """Return the names of the folders in a folder, sorted; none if it is not there."""
    filesystem, path = open_filesystem(url)
    if not filesystem.exists(path):
        return []
    entries = filesystem.ls(path, detail=True)
    return sorted(
        entry["name"].rstrip("/").rsplit("/", 1)[-1] for entry in entries if entry["type"] == "directory"
    )


def delete_file(url: str, written_before: float = math.inf) -> bool:
    """Delete a file, and say so; not one that is gone already, or that was written since.

    Args:
        url: the file.
        written_before: seconds since 1970.
    """
    filesystem, path = open_filesystem(url)
    try:
        if _modified(filesystem.info(path)) >= written_before:
            return False
        filesystem.rm_file(path)
    except FileNotFoundError:
        return False
    return True


def remove_empty_folders(url: str) -> None:
    """Remove a local folder and those in it as far as they are empty; an object store has none."""
    if is_local(url):
        for folder, _, _ in os.walk(local_path(url), topdown=False):
            with contextlib.suppress(OSError):  # it holds something
                Path(folder).rmdir()


def _modified(entry: Mapping[str, Any]) -> float:
    """Return when a file was written, in seconds since 1970; a store that does not tell has just done so."""
    told = next((entry[name] for name in _MODIFIED if entry.get(name) is not None), None)
    if isinstance(told, datetime):
        return told.timestamp()
    return float(told) if isinstance(told, int | float) else time.time()


def arrow_filesystem(url: str) -> tuple[pa_fs.FileSystem, str]:
    """Return a pyarrow filesystem that reads `url` through fsspec, and the path within it."""
    if is_local(url):
        return pa_fs.LocalFileSystem(), str(local_path(url))
    filesystem, path = open_filesystem(url)
    handler: Any = pa_fs.FSSpecHandler
    return pa_fs.PyFileSystem(handler(filesystem)), path


def delta_uri(url: str) -> str:
    """Return `url` in the form that deltalake opens."""
    return str(local_path(url)) if is_local(url) else url


def delta_options(url: str) -> dict[str, str]:
    """Return deltalake's storage options for `url`, taken from the `AWS_*` environment.

    A commit on S3 is a conditional put, so that of two writers at once one loses and decides again.
    """
    if not url.startswith(("s3://", "s3a://")):
        return {}
    options = {name: os.environ[name] for name in _AWS_VARIABLES if name in os.environ}
    options.setdefault("AWS_REGION", options.get("AWS_DEFAULT_REGION", "us-east-1"))
    options["conditional_put"] = "etag"
    if options.get("AWS_ENDPOINT_URL", "").startswith("http://"):
        options["AWS_ALLOW_HTTP"] = "true"
    return options
