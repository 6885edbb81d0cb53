"""What the crawling process is told, and what that means for Scrapy."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from pipeline.network.agent import user_agent
from pipeline.recipe import NetworkSettings, WebSource
from pipeline.recipe_fields import Settings


class CrawlSettings(Settings):
    """One crawl: where it begins, what it may touch, and the local folder that it fills."""

    folder: str
    start: tuple[str, ...]
    allow: tuple[str, ...]
    max_pages: int
    max_depth: int
    max_bytes: int
    delay: float
    concurrency: int
    timeout: float
    retries: int
    agent: str
    allow_private: tuple[str, ...]


def crawl_settings(folder: str, source: WebSource, network: NetworkSettings) -> CrawlSettings:
    """Return the settings of one source's crawl into the local `folder`."""
    return CrawlSettings(
        folder=folder,
        start=source.start,
        allow=scope(source),
        max_pages=source.max_pages,
        max_depth=source.max_depth,
        max_bytes=source.max_bytes,
        delay=source.delay,
        concurrency=source.concurrency,
        timeout=network.timeout,
        retries=network.retries,
        agent=user_agent(network.user_agent),
        allow_private=network.allow_private,
    )


def scope(source: WebSource) -> tuple[str, ...]:
    """Return the URL prefixes that a crawl stays within: the recipe's, or the folder of each start URL."""
    if source.allow:
        return tuple(_with_path(prefix) for prefix in source.allow)
    return tuple(_with_path(url)[: _with_path(url).rindex("/") + 1] for url in source.start)


def _with_path(prefix: str) -> str:
    # "http://site.org" alone would also begin "http://site.org.elsewhere.net/".
    return prefix if urlsplit(prefix).path else prefix + "/"


def scrapy_settings(settings: CrawlSettings) -> dict[str, Any]:
    """Return Scrapy's settings; where its defaults are impolite or unsafe, ours are not."""
    ours = "pipeline.crawl.middleware"
    theirs = "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware"
    return {
        "USER_AGENT": settings.agent,
        # Scrapy's own robots middleware takes a server error for a yes: ours replaces it.
        "ROBOTSTXT_OBEY": True,
        "DOWNLOADER_MIDDLEWARES": {
            theirs: None,
            f"{ours}.ScopeMiddleware": 90,
            f"{ours}.RobotsMiddleware": 100,
        },
        "TWISTED_DNS_RESOLVER": f"{ours}.UncachedResolver",
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DOWNLOAD_MAXSIZE": settings.max_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_TIMEOUT": settings.timeout,
        "DOWNLOAD_DELAY": settings.delay,
        "DOWNLOAD_DELAY_JITTER": 0,
        "DOWNLOAD_HANDLERS": {"data": None, "file": None, "ftp": None, "s3": None},
        "CONCURRENT_REQUESTS_PER_DOMAIN": settings.concurrency,
        "RETRY_TIMES": settings.retries,
        "DEPTH_PRIORITY": 1,
        "SCHEDULER_MEMORY_QUEUE": "scrapy.squeues.FifoMemoryQueue",
        "COOKIES_ENABLED": False,
        "HTTPPROXY_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "LOG_LEVEL": "INFO",
    }
