"""What the nodes that are open say about the text within them."""

from __future__ import annotations

from typing import NamedTuple


class Scope(NamedTuple):
    """The context of a node."""

    kind: str = "text"  # what a block of text becomes
    level: int | None = None  # of a list item
    lists: int = 0  # open lists
    terms: bool = False  # whether the innermost list is one of terms
    boilerplate: bool = False
    in_article: bool = False
    figures: int = 0  # open figures
    language: str | None = None
    direction: str | None = None  # ltr, rtl or auto
