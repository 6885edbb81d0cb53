"""Sitemaps: which URLs a site names, and when it says that they changed (sitemaps.org, protocol 0.9)."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lxml.etree import XMLSyntaxError
from scrapy.utils.sitemap import Sitemap

#: The protocol's own limits, for a file unpacked.
MAX_BYTES = 52_428_800
MAX_ENTRIES = 50_000
_GZIP = b"\x1f\x8b"
_BLOCK = 1 << 16
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


class UnreadableSitemapError(ValueError):
    """What a server calls a sitemap is none that we read."""


@dataclass(frozen=True)
class SitemapEntry:
    """A URL as a sitemap writes it; `lastmod` is the latest moment that its date can mean."""

    url: str
    lastmod: float | None  # seconds since 1970


@dataclass(frozen=True)
class SitemapContent:
    """The entries of a sitemap; those of an index are sitemaps themselves."""

    is_index: bool
    entries: tuple[SitemapEntry, ...]


def parse_sitemap(data: bytes) -> SitemapContent:
    """Read a sitemap: XML or plain text, gzipped or not; entities are not expanded.

    Raises:
        UnreadableSitemapError: if it is neither, or unpacks to more than the protocol allows.
    """
    text = _unpacked(data)
    if text.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"http://", b"https://")):
        lines = text.decode("utf-8", "replace").lstrip("\ufeff").split()
        return SitemapContent(
            is_index=False, entries=tuple(SitemapEntry(x, None) for x in lines[:MAX_ENTRIES])
        )
    try:
        sitemap = Sitemap(text)
        entries = tuple(entry for entry, _ in zip(_entries(sitemap), range(MAX_ENTRIES), strict=False))
    except (XMLSyntaxError, StopIteration) as error:
        raise UnreadableSitemapError(f"it is no XML ({error})") from error
    if sitemap.type not in ("urlset", "sitemapindex"):
        raise UnreadableSitemapError(f"its root is <{sitemap.type}>")
    return SitemapContent(sitemap.type == "sitemapindex", entries)


def latest_moment(text: str) -> float | None:
    """Return the last moment (seconds since 1970) that a W3C date can mean; None if it is none.

    A day without an hour ends where it ends last: twelve hours after it does in UTC.
    """
    text = text.strip()
    try:
        if not _DATE.fullmatch(text):
            moment = datetime.fromisoformat(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC) + timedelta(hours=12)).timestamp()
        year, month, day = (*(int(part) for part in text.split("-")), 0, 0)[:3]
        begin = datetime(year, month or 12, day or 28, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    # Where no day is given: past the end of the longest month.
    return (begin + timedelta(days=1 if day else 4, hours=12)).timestamp()


def _entries(sitemap: Sitemap) -> Iterator[SitemapEntry]:
    for entry in sitemap:
        if entry.get("loc"):
            yield SitemapEntry(entry["loc"], latest_moment(entry.get("lastmod", "")))


def _unpacked(data: bytes) -> bytes:
    if not data.startswith(_GZIP):
        return data
    inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
    pieces: list[bytes] = []
    size = 0
    rest = data
    while rest and not inflate.eof:
        try:
            piece = inflate.decompress(rest, _BLOCK)
        except zlib.error as error:
            raise UnreadableSitemapError(f"it cannot be unpacked ({error})") from error
        size += len(piece)
        if size > MAX_BYTES:
            raise UnreadableSitemapError(f"it unpacks to more than {MAX_BYTES} bytes")
        pieces.append(piece)
        if not piece and not inflate.unconsumed_tail:
            break
        rest = inflate.unconsumed_tail
    return b"".join(pieces)
