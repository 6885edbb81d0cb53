"""Headers by which a server asks that an image is not used."""

from __future__ import annotations

from collections.abc import Iterable
from email.message import Message

#: Directives that mean no, in a header and in a meta tag alike. `noindex` speaks of search engines; what may
#: not even be found is not ours to train on.
DIRECTIVES = ("noai", "noimageai", "noindex", "noimageindex", "noml")
_TAG = "X-Robots-Tag"
_RESERVATION = "tdm-reservation"


def opt_out(headers: Message, token: str) -> str | None:
    """Return the header that asks us not to use an image, or None.

    Args:
        headers: the response's headers.
        token: our product token; a directive may be addressed to it, to nobody or to others.
    """
    return opt_out_among(headers.items(), token)


def opt_out_among(headers: Iterable[tuple[str, str]], token: str) -> str | None:
    """Return the header that asks us not to use what a server sent, an image or a page, or None.

    Args:
        headers: names and values.
        token: see `opt_out`.
    """
    named = [(name.lower(), value) for name, value in headers]
    for value in (value for name, value in named if name == _TAG.lower()):
        addressee, colon, rest = value.partition(":")
        directives = {part.strip().lower() for part in (rest if colon else value).split(",")}
        for_us = not colon or addressee.strip().lower() in (token.lower(), "*")
        if for_us and directives.intersection(DIRECTIVES):
            return f"{_TAG}: {value}"
    if any(name == _RESERVATION and value.strip() == "1" for name, value in named):
        return f"{_RESERVATION}: 1"
    return None
