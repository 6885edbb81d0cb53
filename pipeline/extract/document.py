"""One document to elements, by the reader that its kind needs."""

from __future__ import annotations

import urllib.request
from dataclasses import asdict, replace
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit

from pipeline.extract.element import Element, ReadDocument, UnreadableDocumentError
from pipeline.extract.language import with_languages
from pipeline.extract.media import HTML, TEXT, check_text, kind_of_content_type, media_type_of
from pipeline.extract.readers import READERS
from pipeline.extract.storable import storable
from pipeline.isolation.call import IsolationError
from storage.errors import LooseleafError
from storage.filesystem import is_local, local_path, open_filesystem

MAX_BYTES = 50_000_000
_TIMEOUT = 30.0
_AGENT = "Looseleaf/0.1 (extract)"
#: What parsers written by others raise on documents that they did not foresee.
_FAULTS = (
    ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError,
)  # fmt: skip


def read_document(data: bytes, media_type: str, url: str, content_type: str | None = None) -> ReadDocument:
    """Read a document of a known kind.

    Args:
        data: its bytes.
        media_type: one of the kinds of `pipeline.extract.media`.
        url: what its relative references count from.
        content_type: the Content-Type header of a web page.

    Raises:
        UnreadableDocumentError: if it cannot be read; the error names the rule for `rejections`.
    """
    reader = READERS.get(media_type)
    if reader is None:
        raise UnreadableDocumentError("unknown_type", f"No reader knows documents of type {media_type}.")
    if reader.is_text:
        check_text(data)
    try:
        read = storable(reader.function()(data, url, content_type))
        return replace(read, elements=with_languages(read.elements))
    except IsolationError as error:
        raise UnreadableDocumentError(error.rule, error.detail, error.value, error.threshold) from error
    except RecursionError as error:
        raise UnreadableDocumentError(
            "nested_too_deeply", "The document is nested more deeply than the parser goes."
        ) from error
    except _FAULTS as error:
        raise UnreadableDocumentError(
            "reader_failed", f"The parser failed with {type(error).__name__}: {error}."
        ) from error


def extract_document(uri_or_path: str, base_url: str | None = None) -> dict[str, Any]:
    """Read one document from a path, an fsspec URL or the web, to look at; a folder is a case.

    Args:
        uri_or_path: where it is.
        base_url: what its relative references count from; where it is, if None.

    Returns:
        `uri`, `title`, `language`, `license`, `left_out` and `elements`, mappings that JSON can hold.

    Raises:
        LooseleafError: if it cannot be had or read.
    """
    document = open_document(uri_or_path, base_url)
    return {
        "uri": uri_or_path,
        "title": document.title,
        "language": document.language,
        "license": document.license,
        "left_out": [asdict(part) for part in document.left_out],
        "elements": [_as_json(element) for element in document.elements],
    }


def open_document(uri_or_path: str, base_url: str | None = None) -> ReadDocument:
    """Read one document from a path, an fsspec URL or the web; a folder is a simulation case.

    Args:
        uri_or_path: where it is.
        base_url: what its relative references count from; where it is, if None.

    Raises:
        LooseleafError: if it cannot be had or read.
    """
    content_type: str | None = None
    if urlsplit(uri_or_path).scheme in {"http", "https"}:
        data, url, content_type = _download(uri_or_path)
        stated = kind_of_content_type(content_type)
        # Servers call what they do not know plain text.
        media_type = (
            (stated if stated != TEXT else None) or media_type_of(urlsplit(url).path) or stated or HTML
        )
    elif _is_folder(uri_or_path):
        # The readers of cases call those of documents.
        from pipeline.extract.case.open import open_case  # noqa: PLC0415 (a circle)

        return open_case(uri_or_path)
    else:
        data, url = _open(uri_or_path)
        known = media_type_of(uri_or_path)
        if known is None:
            raise LooseleafError(
                f"{uri_or_path} cannot be read because its suffix names no known kind of document; "
                "give a file of a kind that the README lists."
            )
        media_type = known
    try:
        return read_document(data, media_type, base_url or url, content_type)
    except UnreadableDocumentError as error:
        raise LooseleafError(f"{uri_or_path} cannot be read: {error.detail}") from error


def _as_json(element: Element) -> dict[str, Any]:
    values = asdict(element)
    return {("candidates" if name == "image_candidates" else name): value for name, value in values.items()}


def _is_folder(location: str) -> bool:
    try:
        filesystem, path = open_filesystem(location)
        return bool(filesystem.isdir(path))
    except (OSError, ValueError, ImportError):
        return False


def _open(location: str) -> tuple[bytes, str]:
    try:
        filesystem, path = open_filesystem(location)
        data = bytes(filesystem.cat_file(path))
    except (OSError, ValueError, ImportError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise LooseleafError(f"{location} cannot be opened ({reason}); check the path.") from error
    return data, local_path(location).as_uri() if is_local(location) else location


def _download(url: str) -> tuple[bytes, str, str | None]:
    request = urllib.request.Request(url, headers={"User-Agent": _AGENT})  # noqa: S310 - http and https only
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:  # noqa: S310
            data = response.read(MAX_BYTES + 1)
            final, content_type = response.geturl(), response.headers.get("Content-Type")
    except (URLError, OSError, ValueError) as error:
        raise LooseleafError(f"{url} cannot be fetched ({error}); check the address.") from error
    if len(data) > MAX_BYTES:
        raise LooseleafError(f"{url} has more than {MAX_BYTES} bytes; download and split it.")
    return data, final, content_type
