"""The members of zip and tar archives, one after the other, as far as the archive goes."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import IO, cast

from pipeline.sources.zip_stream import stream_zip

_BLOCK = 1 << 20
_MAX_NAME = 255
#: Folders in each other, which libraries enter one call deeper each.
_MAX_DEPTH = 100
_DRIVE = re.compile(r"[A-Za-z]:")
_TAR_BLOCK = 512
_MAX_PADDING = 64_000_000
_BROKEN = (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, OSError)


class BrokenArchiveError(Exception):
    """The archive breaks off, or is none."""


class RefusedMemberError(Exception):
    """A member that is not unpacked, and the rule that says so."""

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(detail)
        self.rule = rule


@dataclass(frozen=True)
class Member:
    """A member: its name, what it is (`file`, or why it is none), and its content in blocks."""

    name: str
    kind: str
    blocks: Callable[[], Iterator[bytes]]


def safe_name(member: Member) -> str:
    """Return the relative path to which a member may be written.

    Raises:
        RefusedMemberError: if it is no regular file, or its name leaves the folder or cannot be a file's.
    """
    name = member.name.replace("\\", "/")
    if member.kind != "file":
        raise RefusedMemberError("not_a_file", f"The member {member.name!r} is a {member.kind}, not a file.")
    parts = PurePosixPath(name).parts
    if name.startswith("/") or ".." in parts or _DRIVE.match(name):
        raise RefusedMemberError(
            "path_traversal", f"The member {member.name!r} would leave the archive's folder."
        )
    too_long = any(len(part.encode("utf-8", "replace")) > _MAX_NAME for part in parts)
    if not parts or "\x00" in name or too_long or len(parts) > _MAX_DEPTH:
        raise RefusedMemberError(
            "unwritable_name", f"The member {member.name[:80]!r} has no name that a file can have."
        )
    return "/".join(parts).encode("utf-8", "replace").decode()


def read_members(file: IO[bytes]) -> Iterator[Member]:
    """Give the members of a zip or tar archive (plain, gzip, bzip2 or xz); folders are left out.

    Each member's content must be read before the next one is asked for.

    Raises:
        BrokenArchiveError: where the archive breaks off.
    """
    start = file.read(4)
    file.seek(0)
    try:
        if start.startswith(b"PK"):
            yield from _zip_members(file)
        else:
            yield from _tar_members(file)
    except _BROKEN as error:
        raise BrokenArchiveError(str(error) or type(error).__name__) from error


def _tar_members(file: IO[bytes]) -> Iterator[Member]:
    stream = _Tail(_decompressed(file))
    with tarfile.open(fileobj=cast("IO[bytes]", stream), mode="r|") as archive:
        for entry in archive:
            if not entry.isdir():
                yield Member(entry.name, _tar_kind(entry), partial(_tar_blocks, archive, entry))
    # One that breaks off between two members just stops; a whole one ends with blocks of zeros.
    if any(stream.drained()):
        raise EOFError("unexpected end of data")


def _decompressed(file: IO[bytes]) -> IO[bytes]:
    start = file.read(6)
    file.seek(0)
    if start.startswith(b"\x1f\x8b"):
        return cast("IO[bytes]", gzip.GzipFile(fileobj=file))
    if start.startswith(b"BZh"):
        return cast("IO[bytes]", bz2.BZ2File(file))
    if start.startswith(b"\xfd7zXZ\x00"):
        return cast("IO[bytes]", lzma.LZMAFile(file))
    return file


class _Tail:
    """Reads on, and remembers the last bytes that it gave."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._tail = b""

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(size)
        self._tail = (self._tail + block)[-_TAR_BLOCK:]
        return block

    def drained(self) -> bytes:
        """Return the last bytes of the file, or those at which it was given up to look for its end."""
        left = _MAX_PADDING
        while left > 0 and (block := self.read(_BLOCK)):
            left -= len(block)
        return self._tail


def _tar_blocks(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> Iterator[bytes]:
    source = archive.extractfile(entry)
    assert source is not None
    left = entry.size
    while left > 0:
        try:
            block = source.read(min(_BLOCK, left))
        except _BROKEN as error:
            raise BrokenArchiveError(str(error) or type(error).__name__) from error
        if not block:
            raise BrokenArchiveError("unexpected end of data")
        left -= len(block)
        yield block


def _tar_kind(entry: tarfile.TarInfo) -> str:
    if entry.isreg():
        return "file"
    if entry.issym() or entry.islnk():
        return "link"
    return "device" if entry.isdev() else "special file"


def _zip_members(file: IO[bytes]) -> Iterator[Member]:
    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile:
        # The directory stands at the end: without it, members are found one after the other.
        file.seek(0)
        for name, blocks in stream_zip(file):
            yield Member(name, "file", partial(_breaking, blocks))
        raise
    with archive:
        for entry in archive.infolist():
            if not entry.is_dir():
                yield Member(entry.filename, _zip_kind(entry), partial(_zip_blocks, archive, entry))


def _breaking(blocks: Callable[[], Iterator[bytes]]) -> Iterator[bytes]:
    try:
        yield from blocks()
    except _BROKEN as error:
        raise BrokenArchiveError(str(error) or type(error).__name__) from error


def _zip_kind(entry: zipfile.ZipInfo) -> str:
    mode = entry.external_attr >> 16
    if mode & 0o170000 == 0o120000:
        return "link"
    return "encrypted file" if entry.flag_bits & 1 else "file"


def _zip_blocks(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with archive.open(entry) as source:
            while block := source.read(_BLOCK):
                yield block
    except (*_BROKEN, NotImplementedError, RuntimeError) as error:
        raise RefusedMemberError(
            "broken_member", f"The member {entry.filename!r} cannot be unpacked ({error})."
        ) from error
