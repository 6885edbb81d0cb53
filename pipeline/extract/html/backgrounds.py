"""CSS background images in inline style, where they are content."""

from __future__ import annotations

import re
from collections.abc import Mapping

from selectolax.lexbor import LexborNode

Attributes = Mapping[str, str | None]

_URL = re.compile(
    r"background(?:-image)?\s*:[^;]*?url\(\s*(?:\"([^\"]+)\"|'([^']+)'|([^)\s]+))\s*\)", re.IGNORECASE
)
_TILED = re.compile(r"background(?:-repeat)?\s*:[^;]*(?<!no-)\brepeat(?:-[xy])?\b", re.IGNORECASE)
_LAZY = ("data-bg", "data-background", "data-background-image", "data-bg-src", "data-bg-url")
_LONGEST = 50_000


def background_of(node: LexborNode, attributes: Attributes) -> str | None:
    """Return the reference of a node's background image if it is content.

    It is if the node is an image by its role or label, or if the image is all that there is in it: a picture
    behind text, and one that is tiled, decorate.
    """
    style = (attributes.get("style") or "")[:_LONGEST]
    found = _URL.search(style) if "url(" in style else None
    if found is not None:
        reference = found[1] or found[2] or found[3]
    else:
        lazy = next((value for name in _LAZY if (value := attributes.get(name))), None)
        if lazy is None:
            return None
        reference = lazy.strip().removeprefix("url(").removesuffix(")").strip("'\" ")
    if attributes.get("role") == "img" or attributes.get("aria-label"):
        return reference
    if _TILED.search(style):
        return None
    child = node.first_child
    while child is not None and (
        child.tag == "-comment" or (child.tag == "-text" and child.is_empty_text_node)
    ):
        child = child.next
    return reference if child is None else None
