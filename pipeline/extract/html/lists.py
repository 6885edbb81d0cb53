"""Lists: their items with the depth, and terms with what they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.extract.html.blocks import figure
from pipeline.extract.html.marks import marks_of
from pipeline.extract.html.met import Met

if TYPE_CHECKING:
    from pipeline.extract.html.walk import Walker


def open_list(walker: Walker, met: Met) -> int:
    """Go one level deeper."""
    page = walker.page
    page.scope = page.scope._replace(lists=page.scope.lists + 1)
    return met.flags


def item(walker: Walker, met: Met) -> int:
    """An item; one of a gallery is a figure too."""
    page = walker.page
    flags = figure(walker, met) if met.marks.figure else met.flags
    scope = page.scope
    page.scope = scope._replace(kind="list_item", level=max(scope.lists, 1))
    return flags


def definitions(walker: Walker, met: Met) -> int:
    """A list of terms; one of signatures (Sphinx) holds a reference's text, one without terms is indented."""
    page = walker.page
    if met.marks.figure:
        return figure(walker, met)
    first = met.node.first_child
    while first is not None and first.tag not in {"dt", "dd"}:
        first = first.next
    scope = page.scope
    if first is None or first.tag == "dd":
        page.scope = scope._replace(terms=False)
    elif marks_of(first.attributes.get("class") or "").signature:
        page.scope = scope._replace(terms=False, kind="text", level=None)
    else:
        page.scope = scope._replace(terms=True, lists=scope.lists + 1)
    return met.flags


def term(walker: Walker, met: Met) -> int:
    """A term is an item of its list; a signature is code."""
    page = walker.page
    scope = page.scope
    if met.marks.signature:
        page.scope = scope._replace(kind="code", level=None)
    elif scope.terms:
        page.scope = scope._replace(kind="list_item", level=scope.lists)
    return met.flags


def definition(walker: Walker, met: Met) -> int:
    """What a term means stands one level below it."""
    page = walker.page
    scope = page.scope
    if scope.terms:
        page.scope = scope._replace(kind="list_item", level=scope.lists + 1)
    return met.flags
