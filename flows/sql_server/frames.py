"""What the server and its workers tell each other: a letter, a length, and so many bytes."""

from __future__ import annotations

import struct
from typing import IO

_HEAD = struct.Struct("<cQ")
#: From a worker: it is ready, the answer's schema, rows, the end, or why there is none (a sentence).
READY, SCHEMA, ROWS, END, ERROR = b"r", b"s", b"b", b"d", b"e"
#: To a worker: a query whose rows, or whose schema, are wanted.
ASK, DESCRIBE = b"q", b"p"


def write_frame(pipe: IO[bytes], kind: bytes, data: bytes = b"") -> None:
    """Write a frame.

    Raises:
        OSError: if nobody reads.
    """
    pipe.write(_HEAD.pack(kind, len(data)))
    pipe.write(data)
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> tuple[bytes, bytes]:
    """Read a frame.

    Raises:
        EOFError: if the pipe ends before the frame does.
    """
    kind, size = _HEAD.unpack(_exactly(pipe, _HEAD.size))
    return kind, _exactly(pipe, size)


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return data
