"""URLs as the crawl compares them: only what RFC 3986 calls equivalent is made equal."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

#: A URL is one of ours up to this many characters.
MAX_LENGTH = 2000
#: A path that names one segment more often than this goes in circles.
MAX_REPEATS = 3
MAX_SEGMENTS = 40

_DEFAULT_PORTS = {"http": 80, "https": 443}
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
#: Left as they are in a path or query; "%" begins an escape that is there already.
_SAFE = "!$&'()*+,;=:@/?%-._~"
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
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise BadUrlError("bad_url", f"it is no URL ({error})") from error
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise BadUrlError("bad_url", "it is no http or https URL")
    if "@" in parts.netloc or _FORBIDDEN.search(parts.netloc):
        raise BadUrlError("userinfo", "its host stands behind a name or a character that hides it")
    host = _host(parts.hostname, bracketed="[" in parts.netloc)
    if port is not None and port != _DEFAULT_PORTS[parts.scheme]:
        host = f"{host}:{port}"
    path = _without_dots(_escaped(parts.path)) or "/"
    query = _escaped(parts.query)
    if drop_tracking and query:
        query = _without_tracking(query)
    found = urlunsplit((parts.scheme, host, path, query, ""))
    _check_for_traps(found, path)
    return found


def host_of(url: str) -> str:
    """Return the host, and its port unless it is the scheme's own, of a canonical URL."""
    return urlsplit(url).netloc


def origin_of(url: str) -> str:
    """Return what one robots.txt governs: scheme, host and port of a canonical URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _host(name: str, *, bracketed: bool) -> str:
    if bracketed:
        host = f"[{name.lower()}]"
    else:
        try:
            host = name.encode("idna").decode("ascii").lower() if not name.isascii() else name.lower()
        except UnicodeError as error:
            raise BadUrlError("bad_url", f"its host is no name ({error})") from error
        host = host.rstrip(".")
    if not _HOST.fullmatch(host):
        raise BadUrlError("bad_url", f"its host {name!r} is no name")
    return host


def _escaped(text: str) -> str:
    """Escape what must be, and nothing that need not be."""
    # A "%" that begins no escape is one itself.
    text = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text)
    return _ESCAPE.sub(_shortest, quote(text, safe=_SAFE, errors="replace"))


def _shortest(match: re.Match[str]) -> str:
    character = chr(int(match.group(1), 16))
    return character if character in _UNRESERVED else match.group().upper()


def _without_dots(path: str) -> str:
    """Remove "." and ".." (RFC 3986, section 5.2.4)."""
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            if len(kept) > 1:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/".join(kept)


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
