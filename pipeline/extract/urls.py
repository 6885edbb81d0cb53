"""References to absolute URLs, and which of them are only placeholders."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, urldefrag, urljoin, urlsplit

_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*):")
_CONTROL = re.compile(r"[\t\n\r]")
#: urllib joins relative references only for schemes that it knows.
_JOINED_BY_URLLIB = frozenset({"http", "https", "file", "ftp"})
_SAFE = "!#$%&'()*+,/:;=?@[]~"
_PLACEHOLDER = re.compile(
    r"(?:^|[/_.-])(?:spacer|blank|placeholder|transparent|pixel|1x1|clear|lazyload|loading|grey|gray)"
    r"(?:[_.-]?\d*x?\d*)?\.(?:gif|png|svg|jpe?g|webp)$",
    re.IGNORECASE,
)


#: A name below the folder of its page, which needs no more than that folder before it.
_BELOW = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*")
_PLAIN_BASE = re.compile(r"(?:https?|file)://[A-Za-z0-9_.:-]*/(?:[A-Za-z0-9_.~-]+/)*")


def join_url(base: str, reference: str) -> str | None:
    """Return `reference` as an absolute URL against `base`, or None if it can name no image.

    Joined as RFC 3986 says, without the fragment; white space within it is treated as browsers do.
    """
    folder = _plain_folder(base)
    if folder is not None and _BELOW.fullmatch(reference):
        return folder + reference
    reference = _CONTROL.sub("", reference.strip())
    if not reference or reference.startswith("#"):
        return None
    scheme = _SCHEME.match(reference)
    if scheme and scheme[1].lower() == "data":
        return reference
    if scheme and scheme[1].lower() in {
        "javascript",
        "about",
        "blob",
        "mailto",
        "cid",
        "attachment",
        "chrome",
    }:
        return None
    if reference[1:3] in {":\\", ":/"}:  # a drive letter: a path of another machine
        return None
    base_scheme = urlsplit(base).scheme
    if base_scheme in {"http", "https", "file"} and not scheme:
        head, mark, query = reference.partition("?")
        reference = head.replace("\\", "/") + mark + query
    try:
        if base_scheme in _JOINED_BY_URLLIB or scheme or not base_scheme:
            joined = urljoin(base, reference)
        else:
            stand_in = "http" + base[len(base_scheme) :]
            joined = base_scheme + urljoin(stand_in, reference)[len("http") :]
        joined = urldefrag(joined).url
        urlsplit(joined)
    except ValueError:
        return None
    if joined.startswith("file:/") and not joined.startswith("file://"):
        joined = "file://" + joined[len("file:") :]
    return quote(joined, safe=_SAFE)


@lru_cache(maxsize=1_024)
def _plain_folder(base: str) -> str | None:
    """Return the folder of a page's URL, or None where nothing can be joined to it as it stands."""
    folder = base.partition("#")[0].partition("?")[0].rpartition("/")[0] + "/"
    plain = _PLAIN_BASE.fullmatch(folder) and not any(part in {".", ".."} for part in folder.split("/"))
    return folder if plain else None


def is_placeholder(url: str) -> bool:
    """Tell whether a URL is, by its name, the stand-in that a page shows until the real image is loaded."""
    return bool(_PLACEHOLDER.search(url.partition("?")[0]))
