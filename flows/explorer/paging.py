"""Keyset paging: where a page ends is where the next begins, however many rows there are before it."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from fastapi import HTTPException

#: The most rows that one answer has.
MOST = 200


def to_cursor(*keys: str | float | int) -> str:
    """Return the keys of a page's last row as one word."""
    return base64.urlsafe_b64encode(json.dumps(keys).encode()).decode().rstrip("=")


def from_cursor(cursor: str, kinds: tuple[type, ...]) -> list[Any]:
    """Return the keys that a cursor holds.

    Args:
        cursor: as `to_cursor` made it.
        kinds: of the keys; a whole number passes for a float.

    Raises:
        HTTPException: 400, if it is none.
    """
    try:
        keys = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error) as error:
        raise HTTPException(400, "That cursor is none of this list: begin at its first page.") from error
    fitting = isinstance(keys, list) and len(keys) == len(kinds)
    if not fitting or not all(_is(key, kind) for key, kind in zip(keys, kinds, strict=True)):
        raise HTTPException(400, "That cursor is none of this list: begin at its first page.")
    return list(keys)


def _is(key: object, kind: type) -> bool:
    return isinstance(key, (int, float) if kind is float else kind) and not isinstance(key, bool)
