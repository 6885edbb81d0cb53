"""What a crawling process is told, and what that means for Scrapy."""

from __future__ import annotations

from typing import Any

from pipeline.crawl.frontier.claim import Limits
from pipeline.crawl.removed import RemovedPages
from pipeline.crawl.scope import Scope, scope_of
from pipeline.network.agent import user_agent
from pipeline.recipe import NetworkSettings, WebSource
from pipeline.recipe.base import Settings
from pipeline.recipe.sources import PageKind
from pipeline.removal.tombstones import Tombstones

#: Seconds after which a process that was not heard of has lost its hosts.
LEASE = 30.0


class CrawlSettings(Settings):
    """One crawl: what it may touch, and the local folder that it fills."""

    folder: str
    name: str
    source: str
    frontier: str | None
    processes: int
    allow: tuple[str, ...]
    deny: tuple[str, ...]
    kinds: tuple[PageKind, ...]
    sitemaps: bool
    drop_tracking: bool
    max_pages: int
    max_depth: int
    max_bytes: int
    max_total_bytes: int
    delay: float
    concurrency: int
    timeout: float
    retries: int
    agent: str
    allow_private: tuple[str, ...]
    marks: tuple[str, ...] = ()  # tombstones
    lease: float = LEASE

    @property
    def scope(self) -> Scope:
        """The URLs that it may ask for."""
        return Scope(self.allow, self.deny)

    @property
    def removed(self) -> RemovedPages:
        """What was removed from the dataset."""
        return RemovedPages(self.source, Tombstones(frozenset(self.marks)))

    @property
    def limits(self) -> Limits:
        """What it may take."""
        return Limits(self.delay, self.concurrency, self.max_pages, self.max_total_bytes, self.lease)


def crawl_settings(
    folder: str, name: str, source: WebSource, network: NetworkSettings, tombstones: Tombstones
) -> CrawlSettings:
    """Return the settings of a source's crawl into the local `folder`; `name` tells it from other crawls."""
    scope = scope_of(source)
    return CrawlSettings(
        folder=folder,
        name=name,
        source=source.name,
        frontier=source.frontier,
        processes=source.processes,
        allow=scope.allow,
        deny=scope.deny,
        kinds=source.kinds,
        sitemaps=source.sitemaps,
        drop_tracking=source.drop_tracking,
        max_pages=source.max_pages,
        max_depth=source.max_depth,
        max_bytes=source.max_bytes,
        max_total_bytes=source.max_total_bytes,
        delay=source.delay,
        concurrency=source.concurrency,
        timeout=network.timeout,
        retries=network.retries,
        agent=user_agent(network.user_agent, network.contact),
        allow_private=network.allow_private,
        marks=tuple(sorted(tombstones.marks)),
    )


def scrapy_settings(settings: CrawlSettings) -> dict[str, Any]:
    """Return Scrapy's settings: a downloader that unpacks and verifies, and decides nothing by itself.

    Scope, robots.txt, redirects, retries and delays are the frontier's, which remembers them.
    """
    handler = "pipeline.crawl.handler.LimitedHeadHandler"
    return {
        "USER_AGENT": settings.agent,
        "DEFAULT_REQUEST_HEADERS": {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"},
        "ROBOTSTXT_OBEY": False,
        "REDIRECT_ENABLED": False,
        "RETRY_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "COOKIES_ENABLED": False,
        "HTTPPROXY_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "TWISTED_DNS_RESOLVER": "pipeline.crawl.resolver.UncachedResolver",
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DOWNLOAD_MAXSIZE": settings.max_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_TIMEOUT": settings.timeout,
        "DOWNLOAD_DELAY": 0,
        "DOWNLOAD_HANDLERS": {
            "data": None, "file": None, "ftp": None, "s3": None, "http": handler, "https": handler,
        },
        "CONCURRENT_REQUESTS": 256,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 64,
        "LOG_LEVEL": "INFO",
    }  # fmt: skip
