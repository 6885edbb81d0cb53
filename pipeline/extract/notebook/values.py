"""Values as notebooks write them."""

from __future__ import annotations


def joined(value: object) -> str:
    """Return a text that may be written as a list of lines; anything else is empty."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return ""
