"""What stands within a line of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from selectolax.lexbor import LexborNode

from pipeline.extract.html.flags import BRACKETED, LEFT_OUT, LINK, QUOTED
from pipeline.extract.html.met import Met
from pipeline.extract.html.page import LINE
from pipeline.extract.html.scripts import lowered, raised

if TYPE_CHECKING:
    from pipeline.extract.html.walk import Walker


def link(walker: Walker, met: Met) -> int:
    """Text and pictures of a link know where it leads."""
    target = met.attributes.get("href")
    if target is not None:
        walker.page.link = target
        return met.flags | LINK
    return met.flags


def line_break(walker: Walker, met: Met) -> int:
    """End a line."""
    walker.page.runs.append(LINE)
    return met.flags


def quotation(walker: Walker, met: Met) -> int:
    """Browsers write the marks around a `<q>`."""
    walker.page.runs.append('"')
    return met.flags | QUOTED


def reading(walker: Walker, met: Met) -> int:
    """How the characters before it are read (ruby), in brackets as `<rp>` would set it."""
    walker.page.runs.append("(")
    return met.flags | BRACKETED


def superscript(walker: Walker, met: Met) -> int:
    """A raised number is written as one: 10⁻⁶ is not 10-6."""
    text = _only_text(met.node)
    if text is None:
        return met.flags
    walker.page.runs.append(raised(text))
    return LEFT_OUT


def subscript(walker: Walker, met: Met) -> int:
    """A lowered number is written as one."""
    text = _only_text(met.node)
    if text is None:
        return met.flags
    walker.page.runs.append(lowered(text))
    return LEFT_OUT


def _only_text(node: LexborNode) -> str | None:
    child = node.first_child
    if child is None or child.tag != "-text" or child.next is not None:
        return None
    return child.text_content
