"""What a site reserves for itself: `/.well-known/tdmrep.json` (TDM Reservation Protocol)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

MAX_BYTES = 512_000
_MAX_RULES = 10_000
WHERE = "/.well-known/tdmrep.json"


@dataclass(frozen=True)
class Reservations:
    """Rules of one site: a path with `*` and `$` as in robots.txt, and whether it is reserved."""

    rules: tuple[tuple[str, bool], ...] = ()

    def evidence(self, url: str) -> str | None:
        """Return the rule that reserves `url`, None if none does.

        Of the rules that fit the longest counts, as in robots.txt; of equally long ones one that reserves.
        """
        if not self.rules:
            return None
        parts = urlsplit(url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        fitting = [
            (len(location), reserved, location) for location, reserved in self.rules if _fits(location, path)
        ]
        if not fitting:
            return None
        _, reserved, location = max(fitting)
        return f"{WHERE}: {location}" if reserved else None


def reservations_from(status: int | None, body: bytes) -> Reservations:
    """Return the rules of a tdmrep.json; none where there is no such file or it is no list of rules."""
    if status is None or not 200 <= status < 300:
        return Reservations()
    try:
        entries = json.loads(body[:MAX_BYTES])
    except (ValueError, RecursionError):
        return Reservations()
    if not isinstance(entries, list):
        return Reservations()
    rules = []
    for entry in entries[:_MAX_RULES]:
        location = entry.get("location") if isinstance(entry, dict) else None
        if isinstance(location, str) and location:
            rules.append((location, str(entry.get("tdm-reservation")).strip() == "1"))
    return Reservations(tuple(rules))


def reservations_url(url: str) -> str:
    """Return where the reservations that govern `url` are."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{WHERE}"


def _fits(location: str, path: str) -> bool:
    """Match without going back: each piece at the first place where it fits, which serves all the others."""
    exact = location.endswith("$")
    first, *pieces = location.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    if not pieces:
        return not exact or path == first
    last = pieces.pop() if exact else ""
    at = len(first)
    for piece in pieces:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return path.endswith(last) and len(path) - len(last) >= at
