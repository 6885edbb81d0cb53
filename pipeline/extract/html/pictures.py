"""The pictures of a page, as they are met: what each may be shown from, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from pipeline.extract.html.drawings import drawing_bytes, drawing_title, drawn_pictures, is_decoration
from pipeline.extract.html.images import image_candidates, rank
from pipeline.extract.html.marks import Marks
from pipeline.extract.html.sizes import is_tracker

Attributes = Mapping[str, str | None]


class Picture(NamedTuple):
    """A picture that waits to be written."""

    candidates: tuple[str, ...] = ()
    alt: str | None = None
    drawing: bytes | None = None  # an inline `<svg>`
    described_by: tuple[str, ...] = ()  # ids of the nodes that describe it
    formula: str | None = None  # what it says if it is the picture of a formula
    is_fallback: bool = False  # from a `<noscript>`


def picture_of_image(
    node: LexborNode, attributes: Attributes, base: str, link: str | None = None
) -> Picture | None:
    """Return the picture of an `<img>`; None for one that counts visits, or that names nothing to show."""
    if is_tracker(attributes, attributes.get("src") or ""):
        return None
    candidates = image_candidates(node, base, link)
    if not candidates:
        return None
    alt = attributes.get("alt") or attributes.get("aria-label") or attributes.get("title")
    return Picture(tuple(candidates), alt, described_by=describing_ids(attributes))


def picture_of_references(references: list[str], attributes: Attributes, base: str) -> Picture | None:
    """Return the picture of references that stand in other places than an `<img>`."""
    candidates = rank(references, base)
    if not candidates:
        return None
    alt = attributes.get("aria-label") or attributes.get("title") or attributes.get("alt")
    return Picture(tuple(candidates), alt, described_by=describing_ids(attributes))


def pictures_of_drawing(node: LexborNode, attributes: Attributes, marks: Marks, base: str) -> list[Picture]:
    """Return an inline `<svg>` and the pictures that it places; nothing for an icon or a decoration."""
    title = drawing_title(node, attributes)
    described_by = describing_ids(attributes)
    placed = [
        Picture(tuple(urls), title, described_by=described_by)
        for reference in drawn_pictures(node)
        if (urls := rank([reference], base))
    ]
    if is_decoration(node, attributes, marks):
        return placed
    return [*placed, Picture(alt=title, drawing=drawing_bytes(node), described_by=described_by)]


def picture_of_foreign(node: LexborNode, tag: str, attributes: Attributes, base: str) -> Picture | None:
    """Return the picture of a `<video>`, `<object>` or `<embed>`: its poster, or itself if it is an image."""
    reference = attributes.get({"video": "poster", "object": "data", "embed": "src"}[tag])
    if not reference:
        return None
    if tag != "video" and not _is_picture(reference, attributes):
        return None
    inner = (
        [url for image in node.css("img") for url in image_candidates(image, base)] if tag == "object" else []
    )
    return picture_of_references([reference, *inner], attributes, base)


def describing_ids(attributes: Attributes) -> tuple[str, ...]:
    """Return the ids of the nodes that label or describe a node."""
    if "aria-describedby" not in attributes and "aria-labelledby" not in attributes:
        return ()
    given = f"{attributes.get('aria-describedby') or ''} {attributes.get('aria-labelledby') or ''}"
    return tuple(dict.fromkeys(given[:2_000].split()))


def _is_picture(reference: str, attributes: Attributes) -> bool:
    kind = attributes.get("type")
    if kind:
        return kind.startswith("image/")
    path = reference.partition("#")[0].partition("?")[0].lower()
    return path.endswith((".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".bmp"))
