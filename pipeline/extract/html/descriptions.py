"""Pictures that name the nodes which label or describe them (`aria-labelledby`, `aria-describedby`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from pipeline.extract.html.code import plain_text
from pipeline.extract.html.pictures import describing_ids

if TYPE_CHECKING:
    from pipeline.extract.html.walk import Walker

_PICTURES = frozenset({"img", "svg", "figure", "picture", "object", "video"})
_ROLES = frozenset({"img", "figure", "image"})
#: More texts than this are a chapter, no caption.
_MAX_TEXTS = 3


def describing_nodes(tree: LexborHTMLParser, html: str) -> frozenset[str]:
    """Return the ids of the nodes that pictures of a page name as their descriptions."""
    if "aria-describedby" not in html and "aria-labelledby" not in html:
        return frozenset()
    found: set[str] = set()
    for node in tree.css("[aria-describedby], [aria-labelledby]"):
        attributes = node.attributes
        if node.tag in _PICTURES or attributes.get("role") in _ROLES:
            found.update(describing_ids(attributes))
    return frozenset(found)


def bind_descriptions(walker: Walker, tree: LexborHTMLParser) -> None:
    """Make the texts that pictures name their captions; one that is hidden becomes the alternative text."""
    builder = walker.builder
    described = walker.page.described
    if not described:
        return
    elements = builder.elements()
    hidden: dict[str, str] | None = None
    for image, identities in described:
        for identity in identities:
            if identity in walker.regions:
                start, end = walker.regions[identity]
                texts = [
                    e.position
                    for e in elements[start:end]
                    if e.kind in {"text", "list_item", "quote"} and e.text
                ]
                if 0 < len(texts) <= _MAX_TEXTS:
                    builder.set_captions(texts, image)
                continue
            if hidden is None:
                hidden = {
                    node.attributes.get("id") or "": plain_text(node)
                    for node in tree.css("[id]")
                    if node.tag != "body"
                }
            builder.describe(image, hidden.get(identity, ""))
