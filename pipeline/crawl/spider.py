"""The spider: no more than the place in Scrapy where our conductor runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import scrapy
from scrapy import Request
from scrapy.crawler import Crawler

Work = Callable[[Crawler], Coroutine[Any, Any, None]]


class PageSpider(scrapy.Spider):  # type: ignore[misc]
    """Runs `work`, which asks for URLs through the crawler's engine, and then lets the crawl end."""

    name = "pages"

    def __init__(self, work: Work) -> None:
        super().__init__()
        self._work = work
        self.finished = False

    async def start(self) -> AsyncIterator[Request]:
        """Do the work; no request goes through Scrapy's own queue."""
        await self._work(self.crawler)
        self.finished = True
        # What yields is a generator, which Scrapy wants; there is nothing to give it.
        nothing: tuple[Request, ...] = ()
        for request in nothing:
            yield request
