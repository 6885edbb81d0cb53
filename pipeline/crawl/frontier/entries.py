"""What goes into a frontier and comes out of it."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.crawl.frontier.schema import PAGE

#: Most bytes that a stored list of links may unpack to.
_MAX_UNPACKED = 64_000_000


@dataclass(frozen=True)
class Found:
    """A canonical URL of the scope, as a page or a sitemap names it; `depth` counts links from a start."""

    url: str
    depth: int
    kind: str = PAGE
    hops: int = 0
    lastmod: float | None = None  # seconds since 1970


@dataclass(frozen=True)
class Refusal:
    """A URL that gave no page: the rule that decided, what was measured, and a sentence for a person."""

    url: str
    rule: str
    detail: str
    value: float | None = None
    threshold: float | None = None


@dataclass(frozen=True)
class Record:
    """A WARC record: its file, where it begins, its length (bytes), and its number within the file."""

    warc: str
    at: int
    length: int
    number: int
    media_type: str
    digest: str  # sha256 of the body


@dataclass(frozen=True)
class Claim:
    """A URL that this process alone may ask for now, and what is known of it from before."""

    url: str
    kind: str
    host: str
    depth: int
    hops: int
    attempts: int  # failed ones of this round
    token: str
    learned: float  # seconds between requests that its host has taught us
    delay: float  # seconds between requests that are kept: that, the recipe's and robots.txt's, the longest
    has_record: bool
    etag: str | None
    modified: str | None
    payload: bytes | None
    digest: str | None


@dataclass(frozen=True)
class Settlement:
    """What came of a claim.

    Attributes:
        status: of the answer; None if there was none.
        record: what was kept of it.
        unchanged: the record of an earlier round still holds, and its links with it.
        refusal: why nothing new was kept. With `unchanged`, the failure may pass and the old page stays.
        retry_at: ask again, not before that (seconds since 1970); nothing else happens then.
        found: what it leads to.
        refused: what it leads to and may not be asked.
        payload: deflated; what a later round needs if the answer is then "not modified".
        expires: of a robots.txt.
        transferred: bytes of the body, as they came.
    """

    status: int | None = None
    record: Record | None = None
    unchanged: bool = False
    refusal: Refusal | None = None
    retry_at: float | None = None
    found: Sequence[Found] = ()
    refused: Sequence[Refusal] = ()
    payload: bytes | None = None
    etag: str | None = None
    modified: str | None = None
    expires: float | None = None
    transferred: int = 0


@dataclass(frozen=True)
class Pace:
    """What a host's answer taught: seconds between requests from now on, and a moment to wait for."""

    delay: float
    not_before: float = 0.0


def pack_links(found: Iterable[Found]) -> bytes:
    """Return URLs as the frontier stores them: kind, lastmod and URL, a line each, deflated."""
    lines = (f"{one.kind}\t{'' if one.lastmod is None else one.lastmod}\t{one.url}" for one in found)
    return zlib.compress("\n".join(lines).encode())


def unpack_links(payload: bytes | None, depth: int) -> list[Found]:
    """Return stored URLs, as found at `depth`."""
    if not payload:
        return []
    found = []
    for line in unpack_text(payload).split("\n"):
        kind, tab, rest = line.partition("\t")
        lastmod, _, url = rest.partition("\t")
        if tab:
            found.append(Found(url, depth, kind, lastmod=float(lastmod) if lastmod else None))
    return found


def pack_text(text: str) -> bytes:
    """Return a text as the frontier stores it."""
    return zlib.compress(text.encode("utf-8", "replace"))


def unpack_text(payload: bytes | None) -> str:
    """Return a stored text."""
    if not payload:
        return ""
    return zlib.decompressobj().decompress(payload, _MAX_UNPACKED).decode()
