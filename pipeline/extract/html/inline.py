"""The text of a node as one line, with the images and formulas in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from pipeline.extract.builder import fold
from pipeline.extract.html.math import mathml_text
from pipeline.extract.html.tags import BLOCKS, FORMULA_NAMES, SKIPPED
from pipeline.extract.html.visibility import class_names, is_hidden


@dataclass(frozen=True)
class InlineText:
    """The folded text of a node and the `<img>` and `<svg>` nodes in it, in order."""

    text: str
    images: tuple[LexborNode, ...]


def inline_text(node: LexborNode) -> InlineText:
    """Return what a heading, a caption or a table cell says; without hidden parts, TeX in dollars."""
    parts: list[str] = []
    images: list[LexborNode] = []
    for part in _visible(node):
        tag = part.tag
        if tag == "-text":
            parts.append(part.text_content or "")
        elif tag == "math":
            parts.append(f" ${mathml_text(part)}$ ")
        elif tag == "img":
            formula = formula_of(part)
            if formula:
                parts.append(f" ${formula}$ ")
            else:
                images.append(part)
        elif tag == "svg":
            images.append(part)
        elif tag in BLOCKS or tag == "br":
            parts.append(" ")
    return InlineText(fold("".join(parts)), tuple(images))


def formula_of(node: LexborNode) -> str | None:
    """Return the TeX of a picture of a formula, or None for any other image."""
    attributes = node.attributes
    alternative = attributes.get("alt")
    if alternative and class_names(attributes) & FORMULA_NAMES:
        return fold(alternative).strip("$ ")
    return None


def _visible(top: LexborNode) -> Iterator[LexborNode]:
    node: LexborNode | None = top.first_child
    depth = 0
    while node is not None:
        yield node
        child = None
        tag = node.tag or ""
        if not tag.startswith("-"):
            opaque = tag in SKIPPED or tag in {"math", "svg", "noscript", "object", "video"}
            attributes = node.attributes
            if not opaque and not is_hidden(tag, attributes, class_names(attributes)):
                child = node.first_child
        if child is not None:
            node, depth = child, depth + 1
            continue
        while node is not None and node.next is None and depth:
            node, depth = node.parent, depth - 1
        node = node.next if node is not None else None
