"""The body of an answer, as far as it may go: by bytes, by time, and by what it unpacks to."""

from __future__ import annotations

import http.client
import time
import zlib
from collections.abc import Iterator

from pipeline.images.tries import EMPTY, Answer, NotHadError, too_large

_READ_BYTES = 65_536
_PLAIN = frozenset({"", "identity"})
_PACKED = frozenset({"gzip", "x-gzip", "deflate"})
#: zlib and gzip, whichever the bytes say.
_EITHER = zlib.MAX_WBITS | 32


def read_body(
    response: http.client.HTTPResponse, max_bytes: int, seconds: float, *, cut: bool = False
) -> bytes:
    """Return a whole body, unpacked where the server packed it.

    Args:
        response: an answer whose headers were read.
        max_bytes: longer bodies are not read to their end, packed or unpacked.
        seconds: for the whole of it.
        cut: take as much of a longer one as there may be; it may then be empty or break off, too.

    Raises:
        NotHadError: if it is too large, empty, or packed in a way that we do not know.
        OSError: if it does not come in time, or breaks off.
    """
    encoding = (response.headers.get("Content-Encoding") or "").strip().lower()
    if encoding not in _PLAIN | _PACKED:
        raise NotHadError(Answer("failed", f"content encoding {encoding[:40]!r}", response.status))
    length = response.headers.get("Content-Length")
    expected = int(length) if length and length.isascii() and length.isdigit() else None
    if expected is not None and expected > max_bytes and not cut:
        raise NotHadError(too_large(max_bytes, response.status))
    came = bytearray()
    for piece in _pieces(response, seconds):
        came += piece
        # The last piece is known by its length: to look for another one takes as long as to read one.
        if len(came) > max_bytes or len(came) == expected:
            break
    if expected is not None and len(came) < expected and not cut:
        raise ConnectionError("the answer ended early")
    data = bytes(came) if encoding in _PLAIN else _unpacked(bytes(came), max_bytes, response.status)
    if cut:
        return data[:max_bytes]
    if max(len(came), len(data)) > max_bytes:
        raise NotHadError(too_large(max_bytes, response.status))
    if not data:
        raise NotHadError(Answer("failed", EMPTY, response.status))
    return data


def _pieces(response: http.client.HTTPResponse, seconds: float) -> Iterator[bytes]:
    until = time.monotonic() + seconds
    while piece := response.read1(_READ_BYTES):
        yield piece
        if time.monotonic() > until:
            raise TimeoutError


def _unpacked(packed: bytes, max_bytes: int, status: int) -> bytes:
    """Return as much as tells whether it is too much."""
    try:
        return zlib.decompressobj(_EITHER).decompress(packed, max_bytes + 1)
    except zlib.error as error:
        raise NotHadError(Answer("failed", f"cannot be unpacked: {error}", status)) from error
