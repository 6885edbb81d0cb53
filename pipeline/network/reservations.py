"""What a site reserves for itself: `/.well-known/tdmrep.json` (TDM Reservation Protocol of the W3C's group)."""

from __future__ import annotations

import json
import re
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
    exact = location.endswith("$")
    # Many stars in a row would make the matching slow, and mean the same as one.
    pieces = [re.escape(piece) for piece in re.sub(r"\*+", "*", location.removesuffix("$")).split("*")]
    if len(pieces) > 10:
        return path.startswith(location.partition("*")[0])
    return re.match(".*?".join(pieces) + ("$" if exact else ""), path) is not None
