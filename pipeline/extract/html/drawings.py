"""Inline `<svg>`: a drawing whose bytes are part of the page."""

from __future__ import annotations

import re
from collections.abc import Mapping

from selectolax.lexbor import LexborNode

from pipeline.extract.html.code import plain_text
from pipeline.extract.html.marks import Marks
from pipeline.extract.html.sizes import is_icon_drawing

Attributes = Mapping[str, str | None]

_SHAPES = "path, rect, circle, ellipse, line, polyline, polygon, text, foreignObject"
_VOID = re.compile(
    r"<((?:br|hr|img|input|wbr|col|area|embed|source|track|link|meta)\b(?:[^>\"]|\"[^\"]*\")*?)/?>"
)
_ROOT = re.compile(r"<svg\b((?:[^>\"]|\"[^\"]*\")*)>")


def is_decoration(node: LexborNode, attributes: Attributes, marks: Marks) -> bool:
    """Tell whether an `<svg>` shows nothing of its own: an icon, a sprite's store or a reference into one."""
    return is_icon_drawing(attributes, marks.icon) or node.css_first(_SHAPES) is None


def drawn_pictures(node: LexborNode) -> list[str]:
    """Return the references of the `<image>`s that a drawing places."""
    references: list[str] = []
    for image in node.css("image"):
        attributes: Attributes = image.attributes
        reference = attributes.get("href") or attributes.get("xlink:href")
        if reference:
            references.append(reference)
    return references


def drawing_bytes(node: LexborNode) -> bytes:
    """Return an `<svg>` as an SVG file: with the namespaces that HTML leaves out, and as well-formed XML."""
    text = (node.html or "").replace("&nbsp;", "&#160;")
    root = _ROOT.match(text)
    spaces = ""
    if root is not None:
        if not re.search(r"\sxmlns=", root[1]):
            spaces += ' xmlns="http://www.w3.org/2000/svg"'
        if "xlink:" in text and "xmlns:xlink" not in root[1]:
            spaces += ' xmlns:xlink="http://www.w3.org/1999/xlink"'
        text = f"<svg{spaces}{text[len('<svg') :]}"
    return _VOID.sub(r"<\1/>", text).encode("utf-8", "replace")


def drawing_title(node: LexborNode, attributes: Attributes) -> str | None:
    """Return what a drawing is called: its label, or its `<title>`."""
    label = attributes.get("aria-label")
    if label:
        return label
    title = node.css_first("title")
    return plain_text(title) if title is not None else None
