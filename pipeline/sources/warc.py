"""Reads pages from WARC files: where they begin, and each one from there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord

from storage.filesystem import open_filesystem

SUFFIXES = (".warc", ".warc.gz")
HTML = "text/html"
_HTML = ("text/html", "application/xhtml")
_OK = "200"
_PEEK = 1 << 16
#: The empty lines after a record that is not compressed.
_BETWEEN = 4
#: What the parser raises where a record's head breaks off.
_FAULTS = (ArchiveLoadFailed, AttributeError, EOFError, LookupError, OSError, TypeError, ValueError)


@dataclass(frozen=True)
class PageRecord:
    """Where a page stands in a WARC file: its offset and the length of its record, in bytes; and its kind."""

    offset: int
    length: int
    url: str
    media_type: str = HTML


@dataclass(frozen=True)
class BrokenWarc:
    """The place at which a WARC file cannot be read any further."""

    offset: int
    reason: str


@dataclass(frozen=True)
class Page:
    """A page: its URL, its bytes, its Content-Type header, when it was fetched, and all its headers."""

    url: str
    data: bytes
    content_type: str | None
    fetched_at: datetime | None
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def links(self) -> tuple[str, ...]:
        """The values of its Link headers."""
        return tuple(value for name, value in self.headers if name.lower() == "link")


#: Returns the kind of document for a Content-Type and a URL, or None for one that is not wanted.
Wanted = Callable[[str, str], str | None]


def only_html(content_type: str, url: str) -> str | None:  # noqa: ARG001 - a rule's form
    """Want HTML, and what does not say what it is."""
    stated = (content_type or HTML).lower().lstrip()
    return HTML if stated.startswith(_HTML) else None


def is_warc(path: str) -> bool:
    """Tell whether a path's suffix is that of a web archive."""
    return path.lower().endswith(SUFFIXES)


def find_pages(location: str, wanted: Wanted = only_html) -> Iterator[PageRecord | BrokenWarc]:
    """Give the pages of a WARC file that are wanted, in order.

    They are the responses with status 200, and resources. A file that breaks off ends with a `BrokenWarc`.
    """
    filesystem, path = open_filesystem(location)
    with filesystem.open(path, "rb") as file:
        yield from _scan(file, wanted)


def read_page(location: str, offset: int, max_bytes: int) -> Page:
    """Read the page whose record begins at `offset`; at most `max_bytes` + 1 bytes of it.

    Raises:
        ValueError: if no page begins there.
    """
    filesystem, path = open_filesystem(location)
    with filesystem.open(path, "rb") as file:
        file.seek(offset)
        for record in ArchiveIterator(file):
            data = record.content_stream().read(max_bytes + 1)
            return Page(
                record.rec_headers.get_header("WARC-Target-URI"),
                data,
                _content_type(record) or None,
                _date(record.rec_headers.get_header("WARC-Date")),
                tuple(record.http_headers.headers) if record.http_headers else (),
            )
    raise ValueError(f"no record begins at byte {offset} of {location}")


def _scan(file: IO[bytes], wanted: Wanted) -> Iterator[PageRecord | BrokenWarc]:
    size = file.seek(0, 2)
    file.seek(0)
    records = ArchiveIterator(file)
    offset = end = 0
    try:
        for record in records:
            url = record.rec_headers.get_header("WARC-Target-URI") or ""
            kind = wanted(_content_type(record), url) if url and _is_page(record) else None
            # A truncated file just ends: the record's own length tells.
            missing = _missing(record)
            # Asked earlier, it would read the record to its end.
            offset = records.get_record_offset()
            if missing:
                yield BrokenWarc(offset, f"the last record lacks {missing} bytes")
                return
            length = records.get_record_length()
            end = offset + length
            if kind is not None:
                yield PageRecord(offset, length, url, kind)
    except _FAULTS as error:
        yield BrokenWarc(offset, str(error) or type(error).__name__)
        return
    if size - end > _BETWEEN:
        yield BrokenWarc(end, f"the last {size - end} bytes are no record")


def _missing(record: ArcWarcRecord) -> int:
    """Read a record to its end; returns how many bytes it has fewer than it says."""
    if record.rec_headers.get_header("Content-Length") is None:
        return 1
    while record.raw_stream.read(_PEEK):
        pass
    return int(record.raw_stream.limit)


def _is_page(record: ArcWarcRecord) -> bool:
    if record.rec_type == "resource":
        return True
    if record.rec_type != "response" or record.http_headers is None:
        return False
    return bool(record.http_headers.get_statuscode() == _OK)


def _content_type(record: ArcWarcRecord) -> str:
    headers = record.http_headers if record.http_headers is not None else record.rec_headers
    return str(headers.get_header("Content-Type") or "")


def _date(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
