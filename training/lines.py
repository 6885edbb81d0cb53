"""The files of a run that hold one line of JSON a step, in order, each step once.

Locally RUN/progress.jsonl; on an object store segments of it, see `training.segments`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from storage.filesystem import exists, is_local, join, local_path, read_bytes, write_bytes_atomic
from training.segments import Segments, read_segment, remove_segment, segments_from

Line = Mapping[str, Any]

_BLOCK = 1 << 16


class LineWriter:
    """Adds lines to a file of a run; those of steps after `last_step` are dropped first.

    Args:
        run: folder or URL.
        name: of the file.
        last_step: a run that goes on writes the later ones again.
    """

    def __init__(self, run: str, name: str, last_step: int) -> None:
        _drop_after(run, name, last_step)
        self._url = join(run, name)
        self._local = is_local(run)
        self._segments = Segments(_folder(run, name), "jsonl")

    def add(self, lines: Sequence[Line]) -> None:
        """Write lines; they are there when this returns."""
        if not lines:
            return
        data = _encoded(lines)
        if not self._local:
            self._segments.add(lines[0]["step"], data)
            return
        path = local_path(self._url)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(data)


def read_lines(run: str, name: str) -> list[dict[str, Any]]:
    """Return the whole lines of a file, in the order of their steps; empty if there is none."""
    url = join(run, name)
    data = [read_bytes(url)] if exists(url) else []
    if not is_local(run):
        data += [read_segment(segment) for _, segment in segments_from(_folder(run, name))]
    return _in_order(data)


def lines_after(run: str, name: str, step: int) -> list[dict[str, Any]]:
    """Return the lines of steps after `step`, without reading those long before it.

    The last line is always among them, so that a run which went back to a checkpoint is seen to have done so.
    """
    if is_local(run):
        data = [_tail(local_path(join(run, name)), step)]
    else:
        data = [read_segment(segment) for _, segment in segments_from(_folder(run, name), step)]
    found = _in_order(data)
    return [line for line in found if line["step"] > step] or found[-1:]


def _drop_after(run: str, name: str, last_step: int) -> None:
    url = join(run, name)
    if exists(url):
        _keep_until(url, read_bytes(url), last_step)
    if is_local(run):
        return
    for first, segment in segments_from(_folder(run, name)):
        if first > last_step:
            remove_segment(segment)
        else:
            _keep_until(segment, read_segment(segment), last_step)


def _keep_until(url: str, data: bytes, last_step: int) -> None:
    kept = _encoded(line for line in _in_order([data]) if line["step"] <= last_step)
    if kept != data:
        write_bytes_atomic(url, kept)


def _in_order(data: Iterable[bytes]) -> list[dict[str, Any]]:
    """Return the whole lines in the order of their steps; of a step that was written twice, the later one.

    A worker that was given up on may write a moment longer than it should.
    """
    lines: dict[int, dict[str, Any]] = {}
    for part in data:
        # A line without its end was being written when the process died.
        whole, _, _ = part.rpartition(b"\n")
        for text in whole.splitlines():
            if text:
                line = json.loads(text)
                lines[line["step"]] = line
    return [lines[step] for step in sorted(lines)]


def _tail(path: Path, step: int) -> bytes:
    """Return the end of a file, from a line of a step up to `step` on, or all of it."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return b""
    with file:
        start = file.seek(0, os.SEEK_END)
        data = b""
        while start > 0:
            begin = max(0, start - _BLOCK)
            file.seek(begin)
            data, start = file.read(start - begin) + data, begin
            _, cut, whole = data.partition(b"\n")
            first = whole.partition(b"\n")[0]
            if start > 0 and cut and first and b"\n" in whole and json.loads(first)["step"] <= step:
                return whole
    return data


def _encoded(lines: Iterable[Line]) -> bytes:
    return "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines).encode()


def _folder(run: str, name: str) -> str:
    return join(run, f"{name}.d")
