"""Formulas in pages, as TeX where the page has it."""

from __future__ import annotations

from collections.abc import Mapping

from selectolax.lexbor import LexborNode

from pipeline.extract.builder import fold
from pipeline.extract.html.code import plain_text

Attributes = Mapping[str, str | None]

_DELIMITERS = (("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"), ("$", "$"))


def mathml_text(node: LexborNode) -> str:
    """Return a `<math>` element as TeX, from its annotation or alternative text, else as plain symbols."""
    for annotation in node.css("annotation"):
        if "tex" in (annotation.attributes.get("encoding") or "").lower():
            return bare_tex(plain_text(annotation))
    alternative = node.attributes.get("alttext")
    if alternative:
        return bare_tex(alternative)
    symbols = [plain_text(leaf) for leaf in node.css("mi, mo, mn, mtext, ms")]
    return fold(" ".join(symbols) if symbols else plain_text(node))


def bare_tex(text: str) -> str:
    """Return TeX without the delimiters around it."""
    text = text.strip()
    for left, right in _DELIMITERS:
        if len(text) >= len(left) + len(right) and text.startswith(left) and text.endswith(right):
            return text[len(left) : -len(right)].strip()
    return text


def is_display(node: LexborNode) -> bool:
    """Tell whether a formula stands on a line of its own."""
    attributes: Attributes = node.attributes
    return (
        attributes.get("display") == "block"
        or "mode=display" in (attributes.get("type") or "")
        or "display" in (attributes.get("mode") or "")
    )
