"""Images written into the document itself as `data:` URLs."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote_to_bytes

#: Smaller ones are placeholders: the smallest transparent GIF or PNG has 43 to 95 bytes.
MIN_BYTES = 150


def decode_data_url(url: str) -> bytes | None:
    """Return the image of a `data:` URL (RFC 2397), or None for a placeholder, a broken one or no image."""
    head, comma, body = url.partition(",")
    kind = head[len("data:") :].strip().lower()
    if not comma or not kind.startswith("image/"):
        return None
    raw = unquote_to_bytes(body)
    if kind.endswith("base64"):
        try:
            raw = base64.b64decode(b"".join(raw.split()) + b"==")
        except (binascii.Error, ValueError):
            return None
    return raw if len(raw) >= MIN_BYTES else None
