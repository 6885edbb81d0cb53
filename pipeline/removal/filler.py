"""Records that say nothing, of exactly so many bytes: what a removed WARC record is overwritten with.

Offsets of the records behind it, which a crawl's frontier, its index and earlier plans hold, stay right.
"""

from __future__ import annotations

import struct
import zlib

#: Lengths are written with a fixed number of digits, so that every length can be made.
_HEAD = (
    b"WARC/1.0\r\nWARC-Type: metadata\r\nWARC-Record-ID: <urn:looseleaf:removed:%010d>\r\n"
    b"WARC-Date: 1970-01-01T00:00:00Z\r\nContent-Length: %010d\r\n\r\n"
)
#: For a record that was shorter than one with all that the standard asks for.
_SHORT_HEAD = b"WARC/1.0\r\nWARC-Type: metadata\r\nContent-Length: %010d\r\n\r\n"
_END = b"\r\n\r\n"
_GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_GZIP_TAIL = 8
#: Of a stored block of RFC 1951, section 3.2.4.
_BLOCK_HEAD = 5
_MOST_IN_BLOCK = 65_535


def filler(length: int, number: int, *, gzip: bool) -> bytes:
    """Return a WARC record of type `metadata` without an address, of exactly `length` bytes.

    Args:
        length: bytes, with the empty lines at its end.
        number: tells it from the others of its file.
        gzip: as a gzip member of its own.

    Raises:
        ValueError: if no record is that short.
    """
    if not gzip:
        return _record(length, number)
    around = len(_GZIP_HEAD) + _GZIP_TAIL
    blocks = -(-(length - around) // (_BLOCK_HEAD + _MOST_IN_BLOCK))
    record = _record(length - around - blocks * _BLOCK_HEAD, number)
    tail = struct.pack("<II", zlib.crc32(record), len(record) & 0xFFFFFFFF)
    return _GZIP_HEAD + _stored(record) + tail


def _record(length: int, number: int) -> bytes:
    content = length - len(_HEAD % (number, 0)) - len(_END)
    if content >= 0:
        return _HEAD % (number, content) + bytes(content) + _END
    content = length - len(_SHORT_HEAD % 0) - len(_END)
    if content < 0:
        raise ValueError(f"no WARC record has only {length} bytes")
    return _SHORT_HEAD % content + bytes(content) + _END


def _stored(data: bytes) -> bytes:
    """Return `data` in blocks that are not compressed: only so its length is free to choose."""
    pieces = [data[at : at + _MOST_IN_BLOCK] for at in range(0, len(data), _MOST_IN_BLOCK)]
    out = bytearray()
    for number, piece in enumerate(pieces):
        last = number == len(pieces) - 1
        out += struct.pack("<BHH", last, len(piece), len(piece) ^ 0xFFFF) + piece
    return bytes(out)
