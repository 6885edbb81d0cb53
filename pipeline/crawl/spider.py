"""The spider: each page goes into the WARC first, and is then read for links."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import scrapy
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    CloseSpider,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    StopDownload,
    UnsupportedURLSchemeError,
)
from scrapy.http import HtmlResponse, Response
from scrapy.linkextractors import LinkExtractor
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from pipeline.crawl.middleware import RefusedError
from pipeline.crawl.pages import NotKept, NotKeptWriter, PageWriter
from pipeline.crawl.settings import CrawlSettings
from pipeline.network.guard import AddressGuard

_HTML = (b"text/html", b"application/xhtml+xml")
#: Headers about the transfer, which no longer hold for the body as it is kept.
_OF_TRANSFER = {b"content-encoding", b"transfer-encoding", b"content-length"}


class PageSpider(scrapy.Spider):  # type: ignore[misc]
    """Follows links within the scope, nearest pages first."""

    name = "pages"
    download_errors = (
        CannotResolveHostError,
        DownloadCancelledError,
        DownloadConnectionRefusedError,
        DownloadFailedError,
        DownloadTimeoutError,
        ResponseDataLossError,
        UnsupportedURLSchemeError,
        IgnoreRequest,
        OSError,
    )

    def __init__(
        self, crawl: CrawlSettings, pages: PageWriter, not_kept: NotKeptWriter, guard: AddressGuard
    ) -> None:
        super().__init__()
        self._crawl = crawl
        self._pages = pages
        self._not_kept = not_kept
        self._guard = guard
        self._links = LinkExtractor()
        self._kept: set[str] = set()
        self.write_error: OSError | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> PageSpider:
        """Make the spider and listen to the crawl's signals."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.stop_unless_html, signals.headers_received)
        crawler.signals.connect(spider.note_spider_error, signals.spider_error)
        return spider

    @property
    def kept(self) -> int:
        """The number of pages written."""
        return len(self._kept)

    def in_scope(self, url: str) -> bool:
        """Say whether the crawl may ask for `url`."""
        return url.startswith(self._crawl.allow)

    async def start(self) -> AsyncIterator[Request]:
        """Give the first requests."""
        for url in self._crawl.start:
            if self.in_scope(url):
                yield self._request(url, 0)
            else:
                self._reject(url, "out_of_scope", "the start URL lies outside the recipe's allow prefixes")

    def stop_unless_html(self, headers: Any, request: Request, **_: Any) -> None:
        """Stop a download as soon as its headers say that it is no page."""
        kind = headers.get(b"Content-Type")
        is_page = kind is None or kind.lower().startswith(_HTML)
        if not is_page and not request.meta.get("is_robots") and not headers.get(b"Location"):
            raise StopDownload(fail=False)

    def parse(self, response: Response, depth: int = 0, **_: Any) -> Iterator[Request]:
        """Keep a page, then give the requests that it leads to.

        Raises:
            CloseSpider: when there are as many pages as were wanted.
        """
        if "download_stopped" in response.flags or not isinstance(response, HtmlResponse):
            kind = (response.headers.get(b"Content-Type") or b"nothing").decode("latin-1")
            self._reject(response.url, "not_html", f"the server calls it {kind}")
            return
        if response.url in self._kept or self.kept >= self._crawl.max_pages:
            return
        self._write(response)
        self._kept.add(response.url)
        if self.kept >= self._crawl.max_pages:
            raise CloseSpider("max_pages")
        if depth < self._crawl.max_depth:
            for link in self._links.extract_links(response):
                url = link.url.partition("#")[0]
                if self.in_scope(url):
                    yield self._request(url, depth + 1)

    def on_error(self, failure: Failure) -> None:
        """Write down why a URL gave no page."""
        url = failure.request.url
        match failure.value:
            case _ if self._guard.has_refused(url):
                self._reject(
                    url, "private_address", "the host's address is private and not in network.allow_private"
                )
            case RefusedError() as refused:
                self._reject(url, refused.rule, refused.detail)
            case HttpError() as error:
                status = error.response.status
                self._reject(url, f"http_{status}", f"the server answers {status}", value=float(status))
            case DownloadTimeoutError():
                limit = self._crawl.timeout
                self._reject(url, "timeout", f"no whole answer within {limit:g} s", threshold=limit)
            case DownloadCancelledError():
                limit = float(self._crawl.max_bytes)
                self._reject(url, "too_large", f"the page has more than {limit:g} bytes", threshold=limit)
            case error:
                self._reject(url, "connection", f"{type(error).__name__}: {error}"[:300])

    def note_spider_error(self, failure: Failure, response: Response, **_: Any) -> None:
        """Keep a disk that fails from passing for a page that cannot be read."""
        if isinstance(failure.value, OSError):
            self.write_error = failure.value
        else:
            self._reject(
                response.url, "links_unreadable", f"{type(failure.value).__name__}: {failure.value}"[:300]
            )

    def _request(self, url: str, depth: int) -> Request:
        return Request(url, callback=self.parse, errback=self.on_error, cb_kwargs={"depth": depth})

    def _write(self, response: HtmlResponse) -> None:
        headers = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, values in response.headers.items()
            if name.lower() not in _OF_TRANSFER
            for value in values
        ]
        headers.append(("Content-Length", str(len(response.body))))
        asked = datetime.now(UTC) - timedelta(seconds=response.meta.get("download_latency", 0.0))
        self._pages.write(response.url, f"{response.status} OK", headers, response.body, asked=asked)

    def _reject(
        self, url: str, rule: str, detail: str, value: float | None = None, threshold: float | None = None
    ) -> None:
        self._not_kept.write(NotKept(url, rule, value, threshold, detail))
