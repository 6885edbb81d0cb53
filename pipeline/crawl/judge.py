"""What a robots.txt, as the frontier has it, means for a URL."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.crawl.frontier.claim import RobotsAnswer, Verdict
from pipeline.crawl.frontier.entries import Refusal, unpack_text
from pipeline.network.robots import RobotsRules, rules_from

#: A site that wants more seconds than this between requests is left alone.
MAX_CRAWL_DELAY = 300.0
_NOT_MODIFIED = 304


@dataclass(frozen=True)
class RobotsJudge:
    """Judges URLs for one User-Agent; rules are parsed once for each robots.txt and version of it."""

    agent: str
    _parsed: dict[str, tuple[float, RobotsRules]] = field(default_factory=dict)

    def __call__(self, url: str, robots: RobotsAnswer) -> Verdict:
        """Say whether `url` may be asked."""
        if robots.rule is not None:
            return Verdict(Refusal(url, robots.rule, f"{robots.url} may not be asked either"))
        rules = self._rules(robots)
        if not rules.readable:
            detail = f"{robots.url} could not be read, which means no"
            return Verdict(Refusal(url, "robots_unavailable", detail), may_pass=True)
        if not rules.allows(url, self.agent):
            return Verdict(Refusal(url, "robots", f"{robots.url} forbids this path"))
        delay = rules.delay(self.agent)
        if delay > MAX_CRAWL_DELAY:
            detail = f"{robots.url} wants {delay:g} s between requests"
            return Verdict(Refusal(url, "crawl_delay", detail, delay, MAX_CRAWL_DELAY), may_pass=True)
        return Verdict(delay=delay)

    def _rules(self, robots: RobotsAnswer) -> RobotsRules:
        known = self._parsed.get(robots.url)
        if known is None or known[0] != robots.expires:
            status = 200 if robots.status == _NOT_MODIFIED else robots.status
            known = (robots.expires, rules_from(status, unpack_text(robots.payload).encode()))
            self._parsed[robots.url] = known
        return known[1]
