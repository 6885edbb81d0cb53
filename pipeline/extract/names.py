"""Sets of names, written so that they can be read."""

from __future__ import annotations


def names(text: str) -> frozenset[str]:
    """Return the words of `text`, which stand apart by white space."""
    return frozenset(text.split())
