"""Headers by which a server asks that an image is not used."""

from __future__ import annotations

from email.message import Message

#: Directives of X-Robots-Tag that mean no.
DIRECTIVES = ("noai", "noimageai", "noindex", "noimageindex")
_TAG = "X-Robots-Tag"
_RESERVATION = "tdm-reservation"


def opt_out(headers: Message, token: str) -> str | None:
    """Return the header that asks us not to use an image, or None.

    Args:
        headers: the response's headers.
        token: our product token; a directive may be addressed to it, to nobody or to others.
    """
    for value in headers.get_all(_TAG, []):
        addressee, colon, rest = value.partition(":")
        directives = {part.strip().lower() for part in (rest if colon else value).split(",")}
        for_us = not colon or addressee.strip().lower() in (token.lower(), "*")
        if for_us and directives.intersection(DIRECTIVES):
            return f"{_TAG}: {value}"
    if (headers.get(_RESERVATION) or "").strip() == "1":
        return f"{_RESERVATION}: 1"
    return None
