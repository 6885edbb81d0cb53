"""URLs in the one form in which they are asked for."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

_PORTS = {"http": 80, "https": 443}
#: What may stand in a path or a query as it is, and what is escaped already.
_KEPT = "!#$%&'()*+,/:;=?@[]~"
_ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")
_UNRESERVED = re.compile(r"%(?:2[dDeE]|3[0-9]|[46][1-9a-fA-F]|[57][0-9aA]|5[fF]|7[eE])")
#: What is as it should be already, as most are.
_PLAIN = re.compile(r"[A-Za-z0-9_.~!#$&'()*+,/:;=?@\[\]-]*")
_DOTS = str.maketrans("。．｡", "...")


@lru_cache(maxsize=8192)
def normal_url(url: str) -> str:
    """Return an http or https URL in its normal form (RFC 3986, 6.2.2 and 6.2.3); any other as it is.

    Scheme and host in lower case, no default port, no fragment, letters that need no escape unescaped, all
    that need one escaped, dots in a path followed. Two URLs of one normal form are one and asked for once.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return url
    if parts.scheme not in _PORTS or not host:
        return url
    name = _host(host)
    place = f"[{name}]" if ":" in name else name
    if port is not None and port != _PORTS[parts.scheme]:
        place += f":{port}"
    user = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    path, query = _without_dots(_escaped(parts.path)) or "/", _escaped(parts.query)
    return urlunsplit(SplitResult(parts.scheme, user + place, path, query, ""))


@lru_cache(maxsize=8192)
def host_of(url: str) -> str:
    """Return the host and port of an http or https URL, and nothing for any other or a malformed one."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return parts.netloc.rpartition("@")[2].lower() if parts.scheme in ("http", "https") else ""


def _host(host: str) -> str:
    name = host.translate(_DOTS).lower()
    try:
        return name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def _escaped(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    plain = _UNRESERVED.sub(lambda found: chr(int(found.group()[1:], 16)), text)
    stray = re.sub(r"%(?![0-9a-fA-F]{2})", "%25", plain)
    return _ESCAPE.sub(lambda found: found.group().upper(), quote(stray, safe=_KEPT))


def _without_dots(path: str) -> str:
    """Follow `.` and `..` (RFC 3986, 5.2.4)."""
    if "/." not in path:
        return path
    kept: list[str] = []
    pieces = path.split("/")
    for piece in pieces:
        if piece == "..":
            if len(kept) > 1:
                kept.pop()
        elif piece != ".":
            kept.append(piece)
    if pieces[-1] in {".", ".."}:
        kept.append("")
    return "/".join(kept)
