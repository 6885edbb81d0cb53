"""Runs of items that are nothing but links: menus and tables of contents, whatever they are called."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.extract.builder import Builder

#: So many neighbours that are nearly all link are a menu; fewer may be references that a text makes.
MIN_RUN = 4
MIN_DENSITY = 0.9


def mark_link_lists(builder: Builder, link_density: Mapping[int, float]) -> None:
    """Mark runs of at least `MIN_RUN` neighbouring list items with a share of link text over `MIN_DENSITY`.

    Args:
        builder: the document.
        link_density: share of the characters that stand within links, by position; missing means none.
    """
    run: list[int] = []
    for element in (*builder.elements(), None):
        dense = (
            element is not None
            and element.kind == "list_item"
            and link_density.get(element.position, 0.0) >= MIN_DENSITY
        )
        if dense and element is not None:
            run.append(element.position)
            continue
        if len(run) >= MIN_RUN:
            builder.mark_boilerplate(run)
        run = []
