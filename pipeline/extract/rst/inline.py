"""The text of a node of docutils as one line, with the images in it."""

from __future__ import annotations

from dataclasses import dataclass

from docutils import nodes

from pipeline.extract.builder import fold

_SILENT = (nodes.footnote_reference, nodes.raw, nodes.system_message, nodes.comment, nodes.label)


@dataclass(frozen=True)
class InlineContent:
    """The folded text of a node and the images in it, in order."""

    text: str
    images: tuple[nodes.image, ...]


def inline_content(node: nodes.Node) -> InlineContent:
    """Return what a paragraph, a title or a table cell says; formulas stand in dollars."""
    parts: list[str] = []
    images: list[nodes.image] = []
    waiting: list[nodes.Node] = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, nodes.Text):
            parts.append(part.astext())
        elif isinstance(part, nodes.image):
            images.append(part)
        elif isinstance(part, nodes.math):
            parts.append(f"${part.astext()}$")
        elif isinstance(part, nodes.math_block):
            parts.append(f" ${part.astext()}$ ")
        elif isinstance(part, nodes.Element) and not isinstance(part, _SILENT):
            if not isinstance(part, nodes.Inline) and part is not node:
                parts.append(" ")
            waiting.extend(reversed(part.children))
    return InlineContent(fold("".join(parts)), tuple(images))
