"""The files of a case, and how much of them is read."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.extract.encoding import decode
from storage.filesystem import open_filesystem

#: How much of a file is looked at to tell what it is.
HEAD_BYTES = 16_384


@dataclass(frozen=True)
class CaseFile:
    """A file: its path within the case, where it is (path or fsspec URL), and its size in bytes."""

    path: str
    location: str
    size: int

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class CaseLimits:
    """What one case may cost: bytes of a note or mesh, bytes of a text, and whether meshes are drawn."""

    max_bytes: int = 200_000_000
    max_text_bytes: int = 4_000_000
    pictures: bool = True


@dataclass(frozen=True)
class Problem:
    """Something of a file that was not read; the columns of `rejections`."""

    path: str
    rule: str
    detail: str
    value: float | None = None
    threshold: float | None = None


@dataclass(frozen=True)
class Excerpt:
    """The text of a file, or its beginning and end: `skipped` bytes between the two were not read."""

    head: str
    tail: str = ""
    skipped: int = 0


def read_excerpt(file: CaseFile, limit: int) -> Excerpt:
    """Read a file, or of one with more than `limit` bytes the first and the last half of them.

    Only whole lines of a cut file are kept. Memory is bound by `limit`, whatever the file's size.

    Raises:
        OSError: if it cannot be read.
    """
    filesystem, path = open_filesystem(file.location)
    with filesystem.open(path, "rb") as opened:
        if file.size <= limit:
            return Excerpt(decode(opened.read(limit), prescan=False))
        head = opened.read(limit // 2)
        opened.seek(file.size - limit // 2)
        tail = opened.read(limit // 2)
    head, tail = head[: head.rfind(b"\n") + 1] or head, tail[tail.find(b"\n") + 1 :]
    skipped = file.size - len(head) - len(tail)
    return Excerpt(decode(head, prescan=False), decode(tail, prescan=False), skipped)


def read_head(file: CaseFile, size: int) -> bytes:
    """Return the first bytes of a file.

    Raises:
        OSError: if it cannot be read.
    """
    filesystem, path = open_filesystem(file.location)
    with filesystem.open(path, "rb") as opened:
        return bytes(opened.read(size))


def cut_problem(file: CaseFile, excerpt: Excerpt, limit: int) -> list[Problem]:
    """Return the row that says what of a file was skipped, if anything was."""
    if not excerpt.skipped:
        return []
    detail = f"Of {file.size} bytes the first and the last {limit // 2} were read, {excerpt.skipped} skipped."
    return [Problem(file.path, "cut", detail, float(file.size), float(limit))]
