"""Takes the records of removed pages out of a crawl's web archives."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from warcio.archiveiterator import ArchiveIterator

from storage.filesystem import open_filesystem, write_bytes_atomic

_ENDINGS = (".warc", ".warc.gz")
_GZIP = b"\x1f\x8b"
#: A gzip member's head with an extra field (RFC 1952), whose length comes next.
_MEMBER = b"\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\xff"
_HEAD = "WARC/1.0\r\nWARC-Type: metadata\r\nContent-Length: {:012d}\r\n\r\n"
#: What a member takes beside its content.
_MARGIN = 200
_FAULTS = (AttributeError, EOFError, LookupError, OSError, TypeError, ValueError)


def erase_records(folder: str, is_removed: Callable[[str | None], bool]) -> int:
    """Rewrite each web archive below `folder` without the records of removed addresses.

    In the place of each stands a record of the same length that says nothing: the others keep their bytes and
    their offsets, by which a crawl knows them.

    Args:
        folder: path or URL.
        is_removed: says whether a record's address is one of those.

    Returns:
        How many archives were changed.
    """
    filesystem, path = open_filesystem(folder)
    if not filesystem.exists(path):
        return 0
    changed = 0
    for name in sorted(filesystem.find(path)):
        if not name.endswith(_ENDINGS):
            continue
        with filesystem.open(name, "rb") as file:
            gone = _spans(file, is_removed)
        if gone:
            data = filesystem.cat_file(name)
            write_bytes_atomic(_url_of(folder, path, name), _without(data, gone))
            changed += 1
    return changed


def _spans(file: object, is_removed: Callable[[str | None], bool]) -> list[tuple[int, int]]:
    """Return where the records of removed addresses begin, and their lengths, in bytes."""
    records = ArchiveIterator(file)
    spans = []
    try:
        for record in records:
            gone = is_removed(record.rec_headers.get_header("WARC-Target-URI"))
            while record.raw_stream.read(1 << 16):
                pass
            offset = records.get_record_offset()
            length = records.get_record_length()
            if gone:
                spans.append((offset, length))
    except _FAULTS:
        # Beyond the break nothing is read by anyone.
        return spans
    return spans


def _without(data: bytes, spans: list[tuple[int, int]]) -> bytes:
    kept = bytearray(data)
    for offset, length in spans:
        packed = data.startswith(_GZIP, offset)
        kept[offset : offset + length] = _packed_filler(length) if packed else _filler(length)
    return bytes(kept)


def _filler(length: int) -> bytes:
    """Return a record of so many bytes that holds spaces; the empty lines after it are not counted."""
    content = length - len(_HEAD.format(0))
    return _HEAD.format(content).encode() + b" " * content


def _packed_filler(length: int) -> bytes:
    """Return a member of gzip of so many bytes that holds such a record, filled up by its extra field."""
    content = max(0, length - _MARGIN - length // 500)
    head = _HEAD.format(content).encode()
    packer = zlib.compressobj(0 if content else 9, zlib.DEFLATED, -zlib.MAX_WBITS)
    record = head + b" " * content + b"\r\n\r\n"
    body = packer.compress(record) + packer.flush()
    extra = length - len(_MEMBER) - 2 - len(body) - 8
    tail = zlib.crc32(record).to_bytes(4, "little") + len(record).to_bytes(4, "little")
    return _MEMBER + extra.to_bytes(2, "little") + bytes(extra) + body + tail


def _url_of(folder: str, path: str, name: str) -> str:
    return f"{folder.rstrip('/')}/{name.removeprefix(path).lstrip('/')}"
