"""A reStructuredText document, or a piece of one within another document, to elements."""

from __future__ import annotations

from pipeline.extract.builder import Builder
from pipeline.extract.element import ReadDocument, UnreadableDocumentError
from pipeline.extract.encoding import decode
from pipeline.extract.rst.parse import parse_rst
from pipeline.extract.rst.walk import Walker


def read_rst(data: bytes, url: str, content_type: str | None = None) -> ReadDocument:
    """Read a reStructuredText document.

    Args:
        data: its bytes.
        url: its URL; relative references count from it.
        content_type: the Content-Type header that it came with.

    Raises:
        UnreadableDocumentError: if it is nested more deeply than the parser goes.
    """
    builder = Builder(url, url)
    add_rst(builder, decode(data, content_type, prescan=False))
    return ReadDocument(
        title=builder.first_heading(),
        language=builder.language(),
        license=None,
        elements=builder.elements(),
        inline_images=builder.inline_images,
    )


def add_rst(builder: Builder, text: str) -> None:
    """Add what a piece of reStructuredText holds to a document that another reader reads.

    Raises:
        UnreadableDocumentError: if it is nested more deeply than the parser goes.
    """
    try:
        document = parse_rst(text)
        Walker(builder).document(document)
    except RecursionError as error:
        raise UnreadableDocumentError(
            "nested_too_deeply", "The reStructuredText is nested more deeply than the parser goes."
        ) from error
