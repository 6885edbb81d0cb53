"""A run's curves as TensorBoard reads them, in RUN/tensorboard, also on an object store."""

from __future__ import annotations

import math
import struct
import time
from collections.abc import Mapping, Sequence
from typing import Any

from storage.filesystem import is_local, join, local_path
from training.segments import Segments, remove_segment, segments_from

#: What is no measure of a step.
_LEFT_OUT = ("step", "warnings")


class EventFiles:
    """Adds lines of progress to new event files of a run.

    TensorBoard reads the files of a folder in the order of their names, and forgets of the earlier ones what
    comes after the step at which a run went on.

    Args:
        run: folder or URL.
        start: steps done before.
    """

    def __init__(self, run: str, start: int) -> None:
        folder = join(run, "tensorboard")
        self._local = is_local(run)
        self._path = local_path(join(folder, f"events.out.tfevents.{time.time_ns():020d}"))
        self._segments = Segments(folder, "events.out.tfevents", _version())
        self._began = _went_on(start + 1)
        if self._local:
            self._began = _version() + self._began
        else:
            for first, segment in segments_from(folder):
                if first > start:
                    remove_segment(segment)

    def add(self, lines: Sequence[Mapping[str, Any]]) -> None:
        """Write lines of progress; they are there when this returns."""
        if not lines:
            return
        data = self._began + b"".join(_scalars(line) for line in lines)
        self._began = b""
        if not self._local:
            self._segments.add(lines[0]["step"], data)
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            file.write(data)


def curves(line: Mapping[str, Any], prefix: str = "") -> dict[str, float]:
    """Return the finite numbers of a line of progress by name, nested ones as `terms/name`."""
    found: dict[str, float] = {}
    for name, value in line.items():
        if isinstance(value, Mapping):
            found |= curves(value, f"{prefix}{name}/")
        elif name not in _LEFT_OUT and isinstance(value, int | float) and math.isfinite(value):
            found[prefix + name] = float(value)
    return found


def _scalars(line: Mapping[str, Any]) -> bytes:
    from tensorboardX.proto.event_pb2 import Event  # noqa: PLC0415 - protobuf is slow to import
    from tensorboardX.proto.summary_pb2 import Summary  # noqa: PLC0415

    values = [Summary.Value(tag=name, simple_value=value) for name, value in curves(line).items()]
    return _record(Event(wall_time=time.time(), step=line["step"], summary=Summary(value=values)))


def _version() -> bytes:
    from tensorboardX.proto.event_pb2 import Event  # noqa: PLC0415

    return _record(Event(wall_time=time.time(), file_version="brain.Event:2"))


def _went_on(step: int) -> bytes:
    from tensorboardX.proto.event_pb2 import Event, SessionLog  # noqa: PLC0415

    return _record(Event(wall_time=time.time(), step=step, session_log=SessionLog(status=SessionLog.START)))


def _record(event: Any) -> bytes:
    """Frame an event as TensorFlow's records are: its length and itself, each with a checksum."""
    from tensorboardX.record_writer import masked_crc32c  # noqa: PLC0415

    data: bytes = event.SerializeToString()
    length = struct.pack("<Q", len(data))
    return b"".join(
        (length, struct.pack("<I", masked_crc32c(length)), data, struct.pack("<I", masked_crc32c(data)))
    )
