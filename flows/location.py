"""Paths and URLs as every process understands them."""

from __future__ import annotations

import os


def location(value: str) -> str:
    """Return a path or URL such that every process understands it: local paths become absolute."""
    if "://" in value or "::" in value:
        return value.rstrip("/")
    return os.path.abspath(os.path.expanduser(value))
