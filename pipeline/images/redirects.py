"""Where a redirect leads."""

from __future__ import annotations

import string
from email.message import Message
from urllib.parse import quote, urljoin, urlsplit

from pipeline.network.addresses import host_of

#: A server that sends us on more often than this sends us round.
MOST_REDIRECTS = 10
_STATUSES = frozenset({301, 302, 303, 307, 308})


def redirected(url: str, status: int, headers: Message) -> str | None:
    """Return the http or https URL to which an answer redirects; None if it does not, or leads elsewhere.

    Raises:
        ValueError: if what it leads to is no URL.
    """
    location = headers.get("Location") if status in _STATUSES else None
    if not location:
        return None
    # Headers are read as ISO-8859-1, so these are the bytes that the server wrote.
    to = urljoin(url, quote(location.strip(), encoding="iso-8859-1", safe=string.punctuation))
    return urlsplit(to)._replace(fragment="").geturl() if host_of(to) else None
