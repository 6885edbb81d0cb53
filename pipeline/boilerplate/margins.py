"""What stands at the head and at the foot of a page: the places where a site repeats itself."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from urllib.parse import urlsplit

import pyarrow as pa

from pipeline.extract.element import Element

#: So many elements from either end are looked at: more than any header or menu that no tag gives away.
REACH = 40

#: One row: an element near an end of a page.
MARGINS = pa.schema(
    [
        ("doc_id", pa.string()),
        ("site", pa.string()),  # the source, and of the web the host
        ("folder", pa.string()),  # the site, and the part of the address before the last slash
        ("digest", pa.string()),  # of the page's whole content: copies of a page count once
        ("position", pa.int32()),
        ("last", pa.int32()),  # position of the page's last element
        ("block", pa.string()),  # hash of the element's content; null for a figure, which is nobody's margin
        ("heading", pa.bool_()),
        ("marked", pa.bool_()),  # as boilerplate, by the page alone
    ]
)


def margin_rows(doc_id: str, source: str, uri: str, elements: Sequence[Element]) -> list[dict[str, object]]:
    """Return the rows of `MARGINS` of one page.

    Args:
        doc_id: the page.
        source: the recipe's name for where it came from.
        uri: its address.
        elements: what was read of it.
    """
    host = urlsplit(uri).netloc.rpartition("@")[2].lower()
    site = f"{source}\n{host}"
    blocks = [_block(element) for element in elements]
    digest = _hash("\n".join(blocks))
    last = len(elements) - 1
    return [
        {
            "doc_id": doc_id,
            "site": site,
            "folder": f"{site}\n{uri.partition('?')[0].rpartition('/')[0]}",
            "digest": digest,
            "position": element.position,
            "last": last,
            "block": None if element.figure is not None else block,
            "heading": element.kind == "heading",
            "marked": element.boilerplate,
        }
        for element, block in zip(elements, blocks, strict=True)
        if element.position < REACH or element.position > last - REACH
    ]


def _block(element: Element) -> str:
    """Return a short hash of what an element shows, however it was marked up."""
    if element.kind == "image":
        return _hash(f"image\n{element.image_id or element.image_url}")
    return _hash(f"text\n{' '.join((element.text or '').casefold().split())}")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
