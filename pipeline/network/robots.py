"""What a site's robots.txt lets us ask for (RFC 9309)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from protego import Protego

from pipeline.network.answers import SiteAnswer, SiteAnswers

#: RFC 9309, section 2.5: a crawler must read at least this much, and may leave the rest.
MAX_BYTES = 512_000


@dataclass(frozen=True)
class RobotsRules:
    """The rules of one site: its robots.txt, empty if there is none; one that is not `readable` means no."""

    text: str = ""
    readable: bool = True

    def allows(self, url: str, agent: str) -> bool:
        """Say whether `agent` (a User-Agent or its product token) may ask for `url`."""
        # Most servers of images have none.
        return self.readable and (not self.text or bool(self._parsed.can_fetch(url, agent)))

    def delay(self, agent: str) -> float:
        """Return the seconds between two requests that the site asks `agent` for; 0 if it asks for none."""
        if not self.readable or not self.text:
            return 0.0
        rate = self._parsed.request_rate(agent)
        per_request = rate.seconds / rate.requests if rate is not None and rate.requests else 0.0
        return max(float(self._parsed.crawl_delay(agent) or 0.0), per_request)

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """The URLs of the sitemaps that it names, as they are written."""
        return tuple(self._parsed.sitemaps)

    @cached_property
    def _parsed(self) -> Protego:
        return Protego.parse(self.text)


NOTHING = RobotsRules(readable=False)


def rules_from(status: int | None, body: bytes) -> RobotsRules:
    """Return the rules that a robots.txt's answer means.

    A server that fails (5xx), asks to wait (429) or gives no answer (None) means no; one that has none (other
    4xx) means yes.
    """
    if status is None or status >= 500 or status == 429:
        return NOTHING
    if status >= 400:
        return RobotsRules()
    if status >= 300:
        return NOTHING
    return RobotsRules(body[:MAX_BYTES].decode("utf-8", errors="replace"))


def robots_url(url: str) -> str:
    """Return where the robots.txt that governs `url` is."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/robots.txt"


@dataclass(frozen=True)
class RobotsCache:
    """Asks each site for its robots.txt once; `ask` returns status or None, and body.

    With a `folder`, what a site said is known to other processes too, for a day.
    """

    ask: Callable[[str], SiteAnswer]
    folder: Path | None = None
    _parsed: dict[str, RobotsRules] = field(default_factory=dict)

    @cached_property
    def _answers(self) -> SiteAnswers:
        return SiteAnswers(self.ask, self.folder)

    def rules(self, url: str) -> RobotsRules:
        """Return the rules that govern `url`."""
        where = robots_url(url)
        if where not in self._parsed:
            self._parsed[where] = rules_from(*self._answers.answer(where))
        return self._parsed[where]
