"""What each kind of node writes: one function a kind, by tag, by role and by class name.

A handler is given the flags to leave the node with and returns them, or `LEFT_OUT` where the node is not to
be entered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pipeline.extract.html import blocks, formulas, inline, lists, media
from pipeline.extract.html.flags import BLOCK, LEFT_OUT
from pipeline.extract.html.met import Met
from pipeline.extract.html.tags import HEADINGS

if TYPE_CHECKING:
    from pipeline.extract.html.walk import Walker

Handler = Callable[["Walker", Met], int]


_GUTTERS = frozenset({"td", "th", "pre", "span", "code"})
_BOXES = frozenset({"div", "dl", "span", "p", "td", "li", "center"})
#: Their own handlers read these, or their background is the page's.
_NO_BACKGROUND = frozenset({"body", "html", "img", "svg", "video", "object", "embed", "table", "input"})


def by_role(walker: Walker, met: Met) -> int | None:
    """Write a node that is a heading, a figure or a list's item by its role, or a picture by its style.

    Returns:
        The flags, or None where its tag and class decide.
    """
    page = walker.page
    role = met.attributes.get("role")
    if role is not None and not page.capturing:
        if role == "heading" and met.node.tag not in HEADINGS:
            return blocks.heading(walker, met)
        if role == "figure" and met.node.tag != "figure":
            return blocks.figure(walker, met)
        if role == "listitem" and met.node.tag != "li":
            return lists.item(walker, met)
    if met.node.tag not in _NO_BACKGROUND:
        media.background(walker, met.node, met.attributes)
    return None


def by_class(walker: Walker, met: Met) -> int:
    """Write a node that its class names say is code, a formula, a caption or a figure."""
    page = walker.page
    tag = met.node.tag
    if met.marks.line_numbers and tag in _GUTTERS:
        return LEFT_OUT
    if met.marks.katex:
        return formulas.katex(walker, met)
    if met.marks.math:
        return formulas.tex(walker, met)
    if page.capturing:
        return met.flags
    if met.marks.code and met.flags & BLOCK:
        return blocks.code(walker, met)
    if met.marks.caption or (met.marks.figure_title and page.scope.figures and met.flags & BLOCK):
        return blocks.caption(walker, met)
    if met.marks.figure and tag in _BOXES:
        return blocks.figure(walker, met)
    return met.flags


#: What may stand within a line: these are heeded in headings, captions and cells too.
CAPTURED_BY_TAG: dict[str, Handler] = {
    "a": inline.link,
    "br": inline.line_break,
    "q": inline.quotation,
    "rt": inline.reading,
    "sub": inline.subscript,
    "sup": inline.superscript,
    "script": formulas.script,
    "math": formulas.mathml,
    "mjx-container": formulas.mathjax,
    "img": media.image,
    "amp-img": media.image,
    "svg": media.drawing,
    "noscript": media.noscript,
    "video": media.foreign,
    "object": media.foreign,
    "embed": media.foreign,
    "input": media.image_button,
    "template": media.shadow,
    "iframe": media.frame,
}
BY_TAG: dict[str, Handler] = {
    **CAPTURED_BY_TAG,
    **dict.fromkeys(HEADINGS, blocks.heading),
    **dict.fromkeys(("pre", "listing", "xmp", "plaintext"), blocks.code),
    **dict.fromkeys(("ul", "ol", "dir", "menu"), lists.open_list),
    **dict.fromkeys(("main", "article", "section"), blocks.article),
    "li": lists.item,
    "dl": lists.definitions,
    "dt": lists.term,
    "dd": lists.definition,
    "table": blocks.table,
    "figure": blocks.figure,
    "figcaption": blocks.caption,
    "blockquote": blocks.quote,
    "button": blocks.button,
    "looseleaf-part": blocks.part,
}
