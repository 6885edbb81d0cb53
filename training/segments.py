"""Files that grow, also where nothing can be appended.

A local file is appended to. On an object store a folder of segments takes its place,

    RUN/progress.jsonl.d/0000000101-1f2e3d4c.jsonl

each named by the step that it begins with and by its writer. Only the last one is written again, until it is
full: what a run writes grows with its length, and not with the square of it. A writer that was given up on
never overwrites what another one wrote.
"""

from __future__ import annotations

import re
import uuid

from storage.filesystem import join, list_sizes, open_filesystem, read_bytes, write_bytes_atomic

#: A segment that holds so much is left as it is.
_FULL = 1 << 20
_NAME = re.compile(r"(\d{10,})-[0-9a-f]{8}\..+")


class Segments:
    """What one writer adds to a folder of segments.

    Args:
        folder: its URL.
        suffix: of the names, without a dot.
        begin: what every segment begins with.
    """

    def __init__(self, folder: str, suffix: str, begin: bytes = b"") -> None:
        self._folder, self._suffix, self._begin = folder, suffix, begin
        self._writer = uuid.uuid4().hex[:8]
        self._name = ""
        self._held = b""

    def add(self, step: int, data: bytes) -> None:
        """Add what was written from `step` on; it is in the store when this returns."""
        if not self._name or len(self._held) >= _FULL:
            self._name, self._held = segment_name(step, self._writer, self._suffix), self._begin
        self._held += data
        write_bytes_atomic(join(self._folder, self._name), self._held)


def segment_name(step: int, writer: str, suffix: str) -> str:
    """Return the name of a segment, so that names in order are steps in order."""
    return f"{step:010d}-{writer}.{suffix}"


def segments_from(folder: str, after: int = -1) -> list[tuple[int, str]]:
    """Return first step and URL of each segment that may hold steps after `after`, in order."""
    found = sorted((int(match[1]), name) for name in list_sizes(folder) if (match := _NAME.fullmatch(name)))
    # All before the last one that begins at or before the next step end before it, if one writer wrote them.
    starts = [first for first, _ in found if first <= after + 1]
    return [(first, join(folder, name)) for first, name in found if not starts or first >= starts[-1]]


def read_segment(url: str) -> bytes:
    """Return what a segment holds; nothing if a run that goes on has just dropped it."""
    try:
        return read_bytes(url)
    except FileNotFoundError:
        return b""


def remove_segment(url: str) -> None:
    """Remove a segment."""
    filesystem, path = open_filesystem(url)
    filesystem.rm_file(path)
