"""Takes the records of removed pages out of web archives; the others stay where they are, byte for byte."""

from __future__ import annotations

from collections.abc import Callable

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from pipeline.removal.filler import filler
from storage.filesystem import open_filesystem, write_bytes_atomic

_ENDINGS = (".warc", ".warc.gz")
_GZIP = b"\x1f\x8b"
_FAULTS = (ArchiveLoadFailed, AttributeError, EOFError, LookupError, OSError, TypeError, ValueError)


def erase_records(folder: str, is_removed: Callable[[str | None], bool]) -> int:
    """Overwrite the records of removed addresses, in each web archive below `folder`, with empty ones.

    Each file is replaced whole; the other records keep their bytes and their offsets.

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
        end = offset + length
        # The empty lines after a record that is not compressed.
        while data[end : end + 1] in (b"\r", b"\n"):
            end += 1
        is_gzip = data[offset : offset + 2] == _GZIP
        kept[offset:end] = filler(end - offset, offset, gzip=is_gzip)
    return bytes(kept)


def _url_of(folder: str, path: str, name: str) -> str:
    return f"{folder.rstrip('/')}/{name.removeprefix(path).lstrip('/')}"
