"""Preformatted text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from pipeline.extract.html.marks import marks_of

_PREFIXED = re.compile(
    r"(?:^|\s)(?:language|lang|highlight-source|highlight|brush|src|sourceCode)[-:]\s?([A-Za-z][\w+#.-]*)"
)
#: What pages say where there is no language.
_NO_LANGUAGE = frozenset({"default", "none", "nohighlight", "plaintext", "notranslate", "text", "plain"})
#: highlight.js, pandoc and Prism put the bare name beside these.
_BESIDE = frozenset({"hljs", "sourceCode", "src", "prettyprint", "programlisting"})
_BARE = re.compile(r"^[a-z][a-z0-9+#]{0,15}$")
#: Class names beside those, which name no language.
_FLAGS = frozenset(
    {
        "hljs", "sourcecode", "src", "prettyprint", "linenums", "numberlines", "literal-block", "highlight",
        "code", "example", "fragment", "listingblock", "content", "screen", "programlisting", "line", "block",
        "wrap", "copy", "output", "doctest", "notranslate", "nohighlight", "prettyprinted", "container",
    }
)  # fmt: skip
_DATA = ("data-lang", "data-language", "data-code-language", "lang")
#: Where none of these is in the markup, the text alone is the code; most code is highlighted span by span.
_MARKS = (
    "<br", "<img", "<svg", "<div", "<li", "<p>", "<p ", "<tr", "<button", "<sc", "<st",
    "lineno", "line-num", "linenum", "gutter",
    "blob-num", "hljs-ln", "lnt",
)  # fmt: skip
_LINES = frozenset({"div", "li", "p", "tr"})


@dataclass(frozen=True)
class ReadCode:
    """Program text, its language as the page names it, and the pictures in it, in order."""

    text: str
    language: str | None
    images: tuple[LexborNode, ...]


def read_code(node: LexborNode) -> ReadCode:
    """Return a node's text with its white space; `<br>` and lines wrapped in a block end a line.

    The gutter of line numbers, copy buttons and what opens under the pointer are no part of the text.
    """
    parts: list[str] = []
    images: list[LexborNode] = []
    written = node.html or ""
    if not any(mark in written for mark in _MARKS):
        return ReadCode(node.text_lexbor().replace("\u00a0", " "), code_language(node), ())
    part: LexborNode | None = node.first_child
    depth = 0
    while part is not None:
        child = None
        tag = part.tag or ""
        if tag == "-text":
            parts.append(part.text_content or "")
        elif tag == "br":
            parts.append("\n")
        elif tag in {"img", "svg"}:
            images.append(part)
        elif tag not in {"button", "script", "style"} and not tag.startswith("-"):
            marks = marks_of(part.attributes.get("class") or "")
            if tag in _LINES and parts and not parts[-1].endswith("\n"):
                parts.append("\n")
            child = None if marks.line_numbers or marks.hidden else part.first_child
        if child is not None:
            part, depth = child, depth + 1
            continue
        while part is not None and depth and part.next is None:
            part, depth = part.parent, depth - 1
        part = part.next if part is not None else None
    return ReadCode("".join(parts).replace("\u00a0", " "), code_language(node), tuple(images))


def code_language(node: LexborNode) -> str | None:
    """Return the language of program text, from its box, the `<code>` in it or the boxes around it.

    Reads `language-x`, `lang-x`, `highlight-x` (Sphinx, GitHub, Prism, highlight.js, Jekyll), `brush: x`,
    `sourceCode x` (pandoc), `src-x` (Org) and `data-lang`.
    """
    first = node.first_child
    while first is not None and first.tag == "-text" and not (first.text_content or "").strip():
        first = first.next
    around: list[LexborNode | None] = [node, first if first is not None and first.tag == "code" else None]
    parent = node.parent
    for _ in range(3):
        around.append(parent)
        parent = parent.parent if parent is not None else None
    for candidate in around:
        if candidate is None or candidate.tag in {"body", "html", "main", "article", "section"}:
            continue
        found = _language_of(candidate, is_box=candidate is around[0] or candidate is around[1])
        if found is not None:
            return found or None
    return None


def plain_text(node: LexborNode) -> str:
    """Return the text of a node as it is written, without looking at what is hidden; any depth is fine."""
    return "".join(
        part.text_content or "" for part in node.traverse(include_text=True) if part.tag == "-text"
    )


def _language_of(node: LexborNode, is_box: bool) -> str | None:
    """The language that a node names; empty where it says that there is none; None where it says nothing."""
    attributes = node.attributes
    if not attributes:
        return None
    for name in _DATA if is_box else _DATA[:3]:
        value = (attributes.get(name) or "").strip()
        if value and (name != "lang" or node.tag == "pre"):
            return "" if value.lower() in _NO_LANGUAGE else value
    classes = attributes.get("class") or ""
    prefixed = _PREFIXED.search(classes)
    if prefixed:
        return "" if prefixed[1].lower() in _NO_LANGUAGE else prefixed[1]
    words = classes.split()
    if is_box and _BESIDE & set(words):
        for word in words:
            if _BARE.match(word) and word not in _FLAGS:
                return "" if word in _NO_LANGUAGE else word
    return None
