"""A licence as documents state it, as its SPDX name where it is one of Creative Commons'."""

from __future__ import annotations

import re

_CC_URL = re.compile(
    r"creativecommons\.org/(?:licenses/([a-z-]+)/([0-9.]+)|publicdomain/(zero|mark)/([0-9.]+))"
)
_MAX = 200


def license_of(text: str) -> str | None:
    """Return the SPDX name of the Creative Commons licence that `text` links to, else `text` itself, cut."""
    found = _CC_URL.search(text)
    if not found:
        return text[:_MAX].strip() or None
    if found[3]:
        return "CC0-1.0" if found[3] == "zero" else "CC-PDDC"
    return f"CC-{found[1].upper()}-{found[2]}"
