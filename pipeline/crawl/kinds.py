"""Which answers are documents that the recipe wants: by Content-Type, or suffix where that says nothing."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from scrapy.linkextractors import IGNORED_EXTENSIONS

from pipeline.extract.media import (
    DOCX,
    EMAIL,
    EPUB,
    HTML,
    MARKDOWN,
    NOTEBOOK,
    PDF,
    PPTX,
    RST,
    TEXT,
    media_type_of,
)

#: The recipe's names.
KINDS = {
    "html": HTML, "pdf": PDF, "docx": DOCX, "pptx": PPTX, "epub": EPUB, "markdown": MARKDOWN, "rst": RST,
    "notebook": NOTEBOOK, "text": TEXT, "email": EMAIL,
}  # fmt: skip
_ALIASES = {
    "application/xhtml+xml": HTML, "application/x-pdf": PDF, "text/x-markdown": MARKDOWN,
    "text/prs.fallenstein.rst": RST,
}  # fmt: skip
#: What servers say of files that they do not know.
_SAYS_NOTHING = frozenset(
    {
        "", "application/octet-stream", "binary/octet-stream", "application/x-download", "application/zip",
        "application/force-download", "text/plain", "application/json", "unknown/unknown",
    }
)  # fmt: skip


def media_type_of_answer(url: str, content_type: str | None) -> str | None:
    """Return the media type of an answer as `pipeline.extract.media` names it; None if no reader knows it."""
    said = (content_type or "").partition(";")[0].strip().lower()
    known = _ALIASES.get(said, said)
    if said not in _SAYS_NOTHING:
        return known if known in KINDS.values() else None
    by_name = media_type_of(urlsplit(url).path)
    if by_name is not None:
        return by_name
    if said == "":
        return HTML
    return TEXT if said == TEXT else None


def suffixes_not_wanted(kinds: Collection[str]) -> list[str]:
    """Return the suffixes (without a dot) of links that are not worth asking for."""
    wanted = {KINDS[kind] for kind in kinds}
    return [suffix for suffix in IGNORED_EXTENSIONS if media_type_of(f"x.{suffix}") not in wanted]
