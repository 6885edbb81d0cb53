"""How long to wait between requests to a host: what its latency, its refusals and its own word ask for."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

from pipeline.crawl.frontier.entries import Claim, Pace

#: A host is never given more than this between two requests by our own measure, in seconds.
MAX_DELAY = 60.0
#: A wait that a server asks for is kept up to this, in seconds; a longer one ends its URLs for this round.
MAX_WAIT = 900.0
#: Answers that ask for fewer requests.
BUSY = frozenset({429, 503})
#: Answers whose failure may pass.
MAY_PASS = frozenset({408, 425, 429, 500, 502, 503, 504, 522, 524})
_FIRST_BACKOFF = 0.5
_LEAST_BUSY_DELAY = 0.25


def next_delay(learned: float, delay: float, latency: float | None, status: int | None, share: int) -> float:
    """Return the seconds between requests that a host's last answer teaches (after Scrapy's AutoThrottle).

    It moves halfway to latency / share, so that so many requests are in flight on average; an answer other
    than 200 or 304 never shortens it, and one that says "busy" doubles what was kept.

    Args:
        learned: seconds that earlier answers taught.
        delay: seconds that were kept before this answer, the recipe's included.
        latency: seconds from request to headers; None if there was no answer.
        status: of the answer.
        share: requests in flight to one host.
    """
    if status in BUSY or latency is None:
        return min(max(2 * delay, _LEAST_BUSY_DELAY), MAX_DELAY)
    wanted = (learned + latency / share) / 2
    if status not in (200, 304):
        wanted = max(wanted, learned)
    return min(wanted, MAX_DELAY)


def pace_after(now: float, claim: Claim, latency: float | None, status: int | None, concurrency: int) -> Pace:
    """Return a host's pace after an answer that came at `now`.

    With one request at a time the delay counts from the answer, which no lag between us and the server can
    shorten; with several it counts between their starts.
    """
    learned = next_delay(claim.learned, claim.delay, latency, status, concurrency)
    wait = max(learned, claim.delay) if concurrency == 1 else 0.0
    return Pace(learned, now + wait)


def backoff(attempts: int) -> float:
    """Return the seconds to wait before a URL is asked again, after so many failed attempts."""
    return min(_FIRST_BACKOFF * 2.0**attempts, MAX_DELAY)


def retry_after(header: str | None) -> float | None:
    """Return the seconds that a Retry-After header asks for; None if there is none or it says nothing."""
    if header is None:
        return None
    text = header.strip()
    if text.isdigit():
        return float(text[:9])
    try:
        return max(parsedate_to_datetime(text).timestamp() - time.time(), 0.0)
    except ValueError:
        return None
