"""The documents of a web archive that stands among files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.extract.media import TEXT, kind_of_content_type, media_type_of
from pipeline.sources.archives import Refusal
from pipeline.sources.warc import BrokenWarc, find_pages

_UNSAID = frozenset(
    {"", "application/octet-stream", "application/unknown", "binary/octet-stream", "text/plain"}
)


@dataclass(frozen=True)
class WarcMember:
    """A document in a web archive: where its record begins, its bytes there, its URL and its kind."""

    offset: int
    length: int
    url: str
    media_type: str


def warc_members(location: str, name: str) -> Iterator[WarcMember | Refusal]:
    """Give the documents of a web archive that a reader knows, each URL once, and what was refused.

    Args:
        location: path or URL of the WARC file.
        name: what refusals call it.
    """
    seen: set[str] = set()
    again = 0
    for found in find_pages(location, readable_type):
        if isinstance(found, BrokenWarc):
            detail = f"The web archive cannot be read beyond byte {found.offset} ({found.reason})."
            yield Refusal(name, "truncated_archive", None, None, detail)
        elif found.url in seen:
            again += 1
        else:
            seen.add(found.url)
            yield WarcMember(found.offset, found.length, found.url, found.media_type)
    if again:
        detail = f"The web archive {name} has {again} further captures of pages that it has already."
        yield Refusal(name, "repeated_capture", float(again), None, detail)


def readable_type(content_type: str, url: str) -> str | None:
    """Return the kind of a response that a reader knows, by its Content-Type or else its URL.

    Plain text is left out: on the web it is mostly lists for robots.
    """
    stated = content_type.partition(";")[0].strip().lower()
    kind = kind_of_content_type(stated)
    if kind in {None, TEXT} and stated in _UNSAID:
        kind = media_type_of(url.partition("?")[0].partition("#")[0])
    return None if kind == TEXT else kind
