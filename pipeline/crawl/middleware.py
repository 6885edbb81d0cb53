"""What stands between the spider and the network: scope, robots.txt, resolution that the guard sees."""

from __future__ import annotations

import asyncio
from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK

from pipeline.network.robots import NOTHING, RobotsRules, robots_url, rules_from


class RefusedError(IgnoreRequest):  # type: ignore[misc]
    """A request that must not be made; `rule` says why, for the table of rejections."""

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(detail)
        self.rule = rule
        self.detail = detail


class ScopeMiddleware:
    """Refuses what lies outside the crawl's prefixes; only a redirect can still lead there."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ScopeMiddleware:
        """Make one for a crawl."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Let the request pass or raise RefusedError."""
        if not request.meta.get("is_robots") and not self._crawler.spider.in_scope(request.url):
            raise RefusedError(
                "redirect_out_of_scope", "the site redirects to a URL outside the recipe's prefixes"
            )


class RobotsMiddleware:
    """Asks each site for its robots.txt first; a site that answers with an error of its own is left alone."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._rules: dict[str, asyncio.Task[RobotsRules]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        """Make one for a crawl."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Let the request pass or raise RefusedError."""
        if request.meta.get("is_robots"):
            return
        where = robots_url(request.url)
        if where not in self._rules:
            self._rules[where] = asyncio.ensure_future(self._ask(where))
        rules = await self._rules[where]
        if not rules.readable:
            raise RefusedError("robots_unavailable", f"{where} could not be read, which means no")
        if not rules.allows(request.url, self._crawler.settings["USER_AGENT"]):
            raise RefusedError("robots", f"{where} forbids this path")

    async def _ask(self, where: str) -> RobotsRules:
        request = Request(where, priority=1000, meta={"is_robots": True}, callback=NO_CALLBACK)
        try:
            response = await self._crawler.engine.download_async(request)
        except self._crawler.spider.download_errors:
            return NOTHING
        return rules_from(response.status, response.body)


class UncachedResolver:
    """Leaves the reactor's own resolver in place: Scrapy's cache would answer for the address guard."""

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> UncachedResolver:  # noqa: ARG003
        """Make one, as Scrapy does for any resolver."""
        return cls()

    def install_on_reactor(self) -> None:
        """Install nothing."""
