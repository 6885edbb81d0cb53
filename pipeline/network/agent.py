"""The name that we give to servers."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import version

_PRODUCT = re.compile(r"[A-Za-z_-]+")


def user_agent(wanted: str | None, contact: str | None = None) -> str:
    """Return the User-Agent header: what the recipe says, or our own name, version and whom to write to."""
    if wanted:
        return wanted
    about = "document crawler; reads robots.txt as Looseleaf"
    if contact:
        about = f"+{contact}; {about}"
    return f"Looseleaf/{_version()} ({about})"


def product_token(agent: str) -> str:
    """Return the part of a User-Agent that robots.txt and X-Robots-Tag address, such as `Looseleaf`."""
    found = _PRODUCT.match(agent)
    return found.group() if found else agent


@cache
def _version() -> str:
    # To look it up takes as long as asking for several images.
    return version("looseleaf")
