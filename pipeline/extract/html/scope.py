"""What the nodes that are open say about the text within them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scope:
    """The context of a node."""

    kind: str = "text"  # what a block of text becomes
    level: int | None = None  # of a list item
    lists: int = 0  # open lists
    boilerplate: bool = False
    in_article: bool = False
    in_link: bool = False
    figures: int = 0  # open figures
