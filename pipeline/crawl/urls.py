"""URLs as the crawl compares them: only what RFC 3986 calls equivalent is made equal."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pipeline.network.addresses import normal_url

#: A URL is one of ours up to this many characters.
MAX_LENGTH = 2000
#: A path that names one segment more often than this goes in circles.
MAX_REPEATS = 3
MAX_SEGMENTS = 40

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\]")
_HOST = re.compile(r"\[[0-9a-f:.]+\]|[a-z0-9_.-]+")
_TRACKING = re.compile(
    r"utm_\w+|gclid|dclid|fbclid|msclkid|yclid|mc_[ce]id|igshid|_hsenc|_hsmi", re.IGNORECASE
)


class BadUrlError(ValueError):
    """Not a URL that the crawl may ask for; `rule` and the measured value say why."""

    def __init__(
        self, rule: str, detail: str, value: float | None = None, threshold: float | None = None
    ) -> None:
        super().__init__(detail)
        self.rule = rule
        self.detail = detail
        self.value = value
        self.threshold = threshold


def canonical(url: str, *, drop_tracking: bool = False) -> str:
    """Return the one spelling of all URLs that RFC 3986 (section 6.2.2 and 6.2.3) calls equivalent to `url`.

    Scheme and host in lower case (international names in their ASCII form, no dot at the end), no default
    port, no fragment, "/" for an empty path, no dot segments, escapes in upper case and only where they are
    needed. The order of a query's parameters means something to its server and stays.

    Args:
        url: an absolute URL.
        drop_tracking: leave out parameters that only say where a visitor came from, such as `utm_source`.

    Raises:
        BadUrlError: if it is no http or https URL, holds a name or password, or looks like a crawl trap.
    """
    try:
        found = normal_url(url)
        parts = urlsplit(found)
        port = parts.port
    except ValueError as error:
        raise BadUrlError("bad_url", f"it is no URL ({error})") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadUrlError("bad_url", "it is no http or https URL")
    if "@" in parts.netloc or _FORBIDDEN.search(parts.netloc):
        raise BadUrlError("userinfo", "its host stands behind a name or a character that hides it")
    # An absolute name is the same host.
    host = parts.netloc.removesuffix(f":{port}").rstrip(".")
    if not _HOST.fullmatch(host):
        raise BadUrlError("bad_url", f"its host {host!r} is no name")
    place = host if port is None else f"{host}:{port}"
    query = _without_tracking(parts.query) if drop_tracking and parts.query else parts.query
    found = urlunsplit((parts.scheme, place, parts.path, query, ""))
    _check_for_traps(found, parts.path)
    return found


def origin_of(url: str) -> str:
    """Return what one robots.txt governs: scheme, host and port of a canonical URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _without_tracking(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    kept = [pair for pair in pairs if not _TRACKING.fullmatch(pair[0])]
    return query if len(kept) == len(pairs) else urlencode(kept)


def _check_for_traps(url: str, path: str) -> None:
    if len(url) > MAX_LENGTH:
        detail = f"it has more than {MAX_LENGTH} characters"
        raise BadUrlError("trap", detail, float(len(url)), float(MAX_LENGTH))
    segments = [segment for segment in path.split("/") if segment]
    if len(segments) > MAX_SEGMENTS:
        detail = f"its path has more than {MAX_SEGMENTS} segments"
        raise BadUrlError("trap", detail, float(len(segments)), float(MAX_SEGMENTS))
    repeats = max((segments.count(segment) for segment in set(segments)), default=0)
    if repeats > MAX_REPEATS:
        detail = f"its path names one segment more than {MAX_REPEATS} times"
        raise BadUrlError("trap", detail, float(repeats), float(MAX_REPEATS))
