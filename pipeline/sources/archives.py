"""Unpacks archives that nobody vouches for: their regular files, below one folder, within limits."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import IO, Any

from pipeline.sources.members import BrokenArchiveError, Member, RefusedMemberError, read_members, safe_name
from storage.errors import LooseleafError
from storage.filesystem import exists, is_local, join, open_filesystem, read_bytes, write_bytes_atomic

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
MAX_MEMBERS = 200_000
#: An archive that grows by more than this, once it is past `RATIO_FROM` bytes, is a bomb.
MAX_RATIO = 200.0
RATIO_FROM = 64_000_000
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Refusal:
    """A member that was not unpacked, or the end of an archive that breaks off."""

    path: str
    rule: str
    value: float | None
    threshold: float | None
    detail: str


@dataclass(frozen=True)
class Unpacked:
    """An archive's members as files below `folder`; `digest` is the sha256 of the archive."""

    digest: str
    folder: str
    refusals: tuple[Refusal, ...]


def is_archive(path: str) -> bool:
    """Tell whether a path's suffix is that of an archive that we open."""
    return path.lower().endswith(SUFFIXES)


def unpacked_folder(dataset: str, digest: str) -> str:
    """Return the folder of an unpacked archive."""
    return join(dataset, "unpacked", digest)


def unpack(archive: str, dataset: str, max_bytes: int) -> Unpacked:
    """Unpack an archive to `<dataset>/unpacked/<its sha256>/`, once.

    No member leaves that folder: absolute names,
    "..", links and devices are refused, each with a reason. What
    stands before the break of a truncated archive is unpacked. Killed and started again, it begins
    anew; a list
    of the refusals is written last and says that it is done.

    Args:
        archive: path or fsspec URL.
        dataset: path or URL of the dataset.
        max_bytes: most bytes that the members may have together.

    Raises:
        LooseleafError: if the archive cannot be opened.
    """
    with _local_copy(archive) as file:
        digest = _digest(file)
        folder = unpacked_folder(dataset, digest)
        marker = f"{folder}.json"
        if exists(marker):
            refusals = tuple(Refusal(**values) for values in json.loads(read_bytes(marker)))
            return Unpacked(digest, folder, refusals)
        refusals = tuple(_write_members(file, archive, folder, max_bytes))
    write_bytes_atomic(marker, json.dumps([asdict(refusal) for refusal in refusals]).encode())
    return Unpacked(digest, folder, refusals)


def _write_members(file: IO[bytes], archive: str, folder: str, max_bytes: int) -> Iterator[Refusal]:
    filesystem, base = open_filesystem(folder)
    packed = file.seek(0, 2)
    limit = min(max_bytes, max(int(MAX_RATIO * packed), RATIO_FROM))
    left = limit
    file.seek(0)
    try:
        for count, member in enumerate(read_members(file)):
            if count >= MAX_MEMBERS:
                detail = f"The archive has more than {MAX_MEMBERS} members; the rest was left out."
                yield Refusal(archive, "too_many_members", float(count + 1), float(MAX_MEMBERS), detail)
                return
            try:
                path = f"{base}/{safe_name(member)}"
                left -= _write(filesystem, path, member, left)
            except RefusedMemberError as refusal:
                yield Refusal(member.name, refusal.rule, None, None, str(refusal))
            except _LimitError:
                detail = f"The archive unpacks to more than {limit} bytes; the rest was left out."
                yield Refusal(archive, "archive_too_large", float(limit), float(max_bytes), detail)
                return
    except BrokenArchiveError as error:
        detail = f"The archive breaks off ({error}); what stands before the break was read."
        yield Refusal(archive, "truncated_archive", None, None, detail)


class _LimitError(Exception):
    """The members have more bytes together than they may."""


def _write(filesystem: Any, path: str, member: Member, left: int) -> int:
    """Write one member; returns its size. A member that breaks off leaves no file."""
    written = 0
    complete = False
    try:
        filesystem.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
        with filesystem.open(path, "wb") as target:
            for block in member.blocks():
                written += len(block)
                if written > left:
                    raise _LimitError
                target.write(block)
        complete = True
    except OSError as error:
        raise RefusedMemberError(
            "unwritable_name",
            f"The member {member.name!r} cannot be a file here ({error.strerror or error}).",
        ) from error
    finally:
        if not complete and filesystem.exists(path) and filesystem.isfile(path):
            filesystem.rm_file(path)
    return written


@contextmanager
def _local_copy(archive: str) -> Iterator[IO[bytes]]:
    """Open an archive so that one can seek in it; a remote one is copied to a temporary file."""
    try:
        filesystem, path = open_filesystem(archive)
        with filesystem.open(path, "rb") as remote:
            if is_local(archive):
                yield remote
                return
            with tempfile.TemporaryFile() as copy:
                while block := remote.read(_BLOCK):
                    copy.write(block)
                copy.seek(0)
                yield copy
    except FileNotFoundError as error:
        raise LooseleafError(f"archive {archive} does not exist; check the source's root.") from error


def _digest(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := file.read(_BLOCK):
        digest.update(block)
    file.seek(0)
    return digest.hexdigest()
