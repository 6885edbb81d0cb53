"""Preformatted text."""

from __future__ import annotations

from selectolax.lexbor import LexborNode


def preformatted_text(node: LexborNode) -> str:
    """Return the text of a node with its white space; `<br>` and lines wrapped in a block end a line."""
    parts: list[str] = []
    for part in node.traverse(include_text=True):
        tag = part.tag
        if tag == "-text":
            parts.append(part.text_content or "")
        elif tag == "br" or (
            tag in {"div", "li", "p"}
            and part.mem_id != node.mem_id
            and parts
            and not parts[-1].endswith("\n")
        ):
            parts.append("\n")
    return "".join(parts).replace("\u00a0", " ")


def plain_text(node: LexborNode) -> str:
    """Return the text of a node as it is written, without looking at what is hidden; any depth is fine."""
    return "".join(
        part.text_content or "" for part in node.traverse(include_text=True) if part.tag == "-text"
    )
