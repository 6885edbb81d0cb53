"""The original of a document: the bytes that were read, where they are still kept and still the same."""

from __future__ import annotations

import hashlib
import io
import threading
import zlib
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow.dataset as pa_dataset
import pypdfium2

from flows.explorer.sight import Sight
from pipeline.crawl.folder import crawl_folder, read_summary
from pipeline.recipe import FilesSource, WebSource
from pipeline.sources.walk import stays_within
from pipeline.sources.warc import read_page
from storage.filesystem import (
    arrow_filesystem,
    exists,
    is_local,
    join,
    open_filesystem,
    read_bytes,
    subfolders,
)

Kind = Literal["html", "pdf", "text", "file"]

_MOST_BYTES = 100_000_000
_PAGE_WIDTH = 1200
_HTML = ("text/html", "application/xhtml+xml")
_TEXTS = ("text/", "message/rfc822", "application/x-ipynb+json", "application/json")
#: pdfium is not to be called from two threads.
_PDFIUM = threading.Lock()


@dataclass(frozen=True)
class Original:
    """A document's bytes as they were read."""

    kind: Kind
    content: bytes
    content_type: str


@dataclass(frozen=True)
class NoOriginal:
    """Why there is nothing to show beside a document."""

    reason: str


def find_original(sight: Sight, row: dict[str, Any]) -> Original | NoOriginal:
    """Return the bytes that a document was read from; only if their hash is the one that was written down.

    The hash also keeps a dataset from another's hand from showing files that it only names.

    Args:
        sight: what is looked at.
        row: of the document, from the catalogue.
    """
    recipe = sight.snapshot.recipe
    source = next((s for s in recipe.sources if s.name == row["source"]), None) if recipe else None
    if (row["bytes"] or 0) > _MOST_BYTES:
        return NoOriginal("The original is too large to be shown here.")
    content: bytes | None = None
    stated: str | None = None
    if isinstance(source, WebSource):
        content, stated = _crawled(sight.snapshot.dataset, source, row["uri"])
    elif isinstance(source, FilesSource):
        content = _from_file(sight.snapshot.dataset, source, row)
    if content is None:
        return NoOriginal("The original is no longer where it was read, or was never a file of its own.")
    if hashlib.sha256(content).hexdigest() != row["content_hash"]:
        return NoOriginal("What is there now is not what was read: the original has changed since.")
    return Original(_kind(row["media_type"] or ""), content, stated or row["media_type"] or "")


def page_count(original: Original) -> int | None:
    """Return the number of pages of a PDF; None for others, and for one that cannot be opened."""
    if original.kind != "pdf":
        return None
    with _PDFIUM:
        try:
            with pypdfium2.PdfDocument(original.content) as document:
                return len(document)
        except pypdfium2.PdfiumError:
            return None


def page_picture(original: Original, number: int) -> bytes | None:
    """Return a page (from 1) of a PDF as PNG; None if there is no such page."""
    with _PDFIUM:
        try:
            with pypdfium2.PdfDocument(original.content) as document:
                if not 1 <= number <= len(document):
                    return None
                page = document[number - 1]
                drawn = page.render(scale=_PAGE_WIDTH / max(page.get_width(), 1.0)).to_pil()
        except pypdfium2.PdfiumError:
            return None
    file = io.BytesIO()
    drawn.convert("RGB").save(file, "PNG")
    return file.getvalue()


def _kind(media_type: str) -> Kind:
    if media_type in _HTML:
        return "html"
    if media_type == "application/pdf":
        return "pdf"
    return "text" if media_type.startswith(_TEXTS) else "file"


def _crawled(dataset: str, source: WebSource, url: str) -> tuple[bytes | None, str | None]:
    folder = crawl_folder(dataset, source)
    summary = read_summary(folder)
    if summary is None:
        return None, None
    filesystem, path = arrow_filesystem(join(folder, summary.index))
    index = pa_dataset.dataset(path, format="parquet", filesystem=filesystem)
    found = index.to_table(columns=["warc", "offset"], filter=pa_dataset.field("url") == url).to_pylist()
    if not found:
        return None, None
    try:
        page = read_page(join(folder, found[0]["warc"]), found[0]["offset"], _MOST_BYTES)
    except (OSError, EOFError, ValueError, zlib.error):
        return None, None
    return page.data, page.content_type


def _from_file(dataset: str, source: FilesSource, row: dict[str, Any]) -> bytes | None:
    uri = row["uri"] or ""
    if "!/" in uri:
        inner = uri.rpartition("!/")[2]
        places = [join(dataset, "unpacked", name) for name in subfolders(join(dataset, "unpacked"))]
    else:
        inner, places = row["path"] or "", [source.root]
    for place in places:
        location = join(place, inner)
        if not inner or not exists(location) or (is_local(location) and not stays_within(location, place)):
            continue
        filesystem, path = open_filesystem(location)
        if filesystem.isfile(path) and filesystem.size(path) == row["bytes"]:
            content = read_bytes(location)
            if hashlib.sha256(content).hexdigest() == row["content_hash"]:
                return content
    return None
