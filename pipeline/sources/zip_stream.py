"""A zip archive read from its start, for one whose directory is lost."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import IO

_SIGNATURE = b"PK\x03\x04"
_HEADER = struct.Struct("<4sHHHHHIIIHH")
_STORED, _DEFLATED = 0, 8
_BLOCK = 1 << 16
_SIZE_LATER = 0x08
_UTF8 = 0x800


def stream_zip(file: IO[bytes]) -> Iterator[tuple[str, Callable[[], Iterator[bytes]]]]:
    """Give the name and the content of each member, in order, until the archive breaks off.

    A stored member whose size is not written before it ends the reading. The content must be read before the
    next member is asked for.

    Raises:
        EOFError: where a member breaks off.
    """
    while True:
        head = file.read(_HEADER.size)
        if len(head) < _HEADER.size or not head.startswith(_SIGNATURE):
            return
        _, _, flags, method, _, _, _, packed, _, name_length, extra_length = _HEADER.unpack(head)
        raw_name = file.read(name_length)
        file.read(extra_length)
        if flags & 1 or method not in {_STORED, _DEFLATED} or (flags & _SIZE_LATER and method == _STORED):
            return
        name = raw_name.decode("utf-8" if flags & _UTF8 else "cp437", "replace")
        start = file.tell()
        if not name.endswith("/"):
            inflate = method == _DEFLATED
            yield name, partial(_inflated, file, start) if inflate else partial(_stored, file, start, packed)
        file.seek(_end(file, start, packed, method, bool(flags & _SIZE_LATER)))


def _stored(file: IO[bytes], start: int, size: int) -> Iterator[bytes]:
    file.seek(start)
    left = size
    while left:
        block = file.read(min(_BLOCK, left))
        if not block:
            raise EOFError("unexpected end of data")
        left -= len(block)
        yield block


def _inflated(file: IO[bytes], start: int) -> Iterator[bytes]:
    file.seek(start)
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    while not inflate.eof:
        block = file.read(_BLOCK)
        if not block:
            raise EOFError("unexpected end of data")
        piece = inflate.decompress(block, _BLOCK * 16)
        yield piece
        while inflate.unconsumed_tail and not inflate.eof:
            yield inflate.decompress(inflate.unconsumed_tail, _BLOCK * 16)


def _end(file: IO[bytes], start: int, packed: int, method: int, size_later: bool) -> int:
    if not size_later:
        return start + packed
    assert method == _DEFLATED
    file.seek(start)
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    while not inflate.eof:
        block = file.read(_BLOCK)
        if not block:
            raise EOFError("unexpected end of data")
        inflate.decompress(block)
    after = file.tell() - len(inflate.unused_data)
    file.seek(after)
    descriptor = file.read(4)
    return after + (16 if descriptor == b"PK\x07\x08" else 12)
