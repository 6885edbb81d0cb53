"""Formulas in pages, as TeX where the page has it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from selectolax.lexbor import LexborNode

from pipeline.extract.builder import fold
from pipeline.extract.html.code import plain_text

Attributes = Mapping[str, str | None]

_DELIMITERS = (("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"), ("$", "$"))
_ENVIRONMENT = re.compile(
    r"^\\begin\{(displaymath|equation\*?|eqnarray\*?|align\*?|math|gather\*?|multline\*?)\}(.*)\\end\{\1\}$",
    re.DOTALL,
)
_STYLE = re.compile(r"^\\(?:displaystyle|textstyle|scriptstyle)(?![A-Za-z])\s*")
_COMMENT = re.compile(r"^%.*$", re.MULTILINE)
_GLYPH = re.compile(r"(?:^|\s)mjx-c([0-9A-F]{2,6})(?:\s|$)")


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
    """Return TeX without the delimiters, the display style and the comments around it."""
    text = text.strip()
    if text.startswith("%"):
        text = _COMMENT.sub("", text).strip()
    for left, right in _DELIMITERS:
        if len(text) >= len(left) + len(right) and text.startswith(left) and text.endswith(right):
            text = text[len(left) : -len(right)].strip()
            break
    found = _ENVIRONMENT.match(text)
    if found and found[1] in {"displaymath", "math"}:
        text = found[2].strip()
    if text.startswith("{\\displaystyle") and text.endswith("}"):
        text = text[1:-1]
    return _STYLE.sub("", text).strip()


def is_display_tex(text: str) -> bool:
    """Tell whether a text is nothing but TeX that stands on a line of its own, for a script to draw."""
    text = text.strip()
    if len(text) < 5 or text[0] not in "$\\":
        return False
    if text.startswith("$$"):
        return text.endswith("$$") and "$$" not in text[2:-2]
    if text.startswith("\\["):
        return text.endswith("\\]") and "\\]" not in text[:-2]
    return bool(_ENVIRONMENT.match(text))


def is_display(node: LexborNode) -> bool:
    """Tell whether a formula stands on a line of its own."""
    attributes: Attributes = node.attributes
    if (
        attributes.get("display") in {"block", "true"}
        or "mode=display" in (attributes.get("type") or "")
        or "display" in (attributes.get("mode") or "")
    ):
        return True
    parent = node.parent
    return parent is not None and "katex-display" in (parent.attributes.get("class") or "")


def drawn_text(node: LexborNode) -> str:
    """Return the characters of a formula that MathJax 3 drew, from the names of its glyphs."""
    glyphs: list[str] = []
    for part in node.css("mjx-c, use"):
        attributes: Attributes = part.attributes
        found = _GLYPH.search(attributes.get("class") or "")
        code = found[1] if found else attributes.get("data-c") or ""
        try:
            glyphs.append(chr(int(code, 16)))
        except (ValueError, OverflowError):
            continue
    return "".join(glyphs)
