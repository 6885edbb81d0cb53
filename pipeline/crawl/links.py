"""The links of a page that the crawl may follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urljoin

from scrapy.http import HtmlResponse
from scrapy.linkextractors import LinkExtractor
from w3lib.html import get_meta_refresh

from pipeline.crawl.frontier.entries import Found, Refusal
from pipeline.crawl.scope import Scope
from pipeline.crawl.urls import BadUrlError, canonical

#: Links of one page that are followed, at most.
MAX_LINKS = 20_000
_HEAD_CHARACTERS = 4096


class LinkFinder:
    """Finds links within a scope, in the order of the page; each URL once."""

    def __init__(self, scope: Scope, skip_suffixes: Sequence[str], *, drop_tracking: bool) -> None:
        self._scope = scope
        self._drop_tracking = drop_tracking
        self._extractor = LinkExtractor(
            tags=("a", "area", "frame", "iframe"),
            attrs=("href", "src"),
            deny_extensions=list(skip_suffixes),
            strip=True,
        )

    def links(
        self, url: str, body: bytes, content_type: str | None, depth: int
    ) -> tuple[list[Found], list[Refusal]]:
        """Return what an HTML page at `depth` leads to, and what looks like a trap."""
        headers = {"Content-Type": content_type} if content_type else {}
        response = HtmlResponse(url, body=body, headers=headers)
        found: dict[str, Found] = {}
        refused: dict[str, Refusal] = {}
        for link in self._addresses(response):
            if len(found) >= MAX_LINKS:
                break
            try:
                target = canonical(link, drop_tracking=self._drop_tracking)
            except BadUrlError as error:
                # What is no URL of the web (mailto:, javascript:) is no loss; a trap is one.
                if error.rule != "bad_url" and self._scope.covers(link):
                    refused[link] = Refusal(
                        link[:2000], error.rule, error.detail, error.value, error.threshold
                    )
                continue
            if target not in found and self._scope.covers(target):
                found[target] = Found(target, depth + 1)
        return list(found.values()), list(refused.values())

    def _addresses(self, response: HtmlResponse) -> Iterator[str]:
        _, refresh = get_meta_refresh(response.text[:_HEAD_CHARACTERS], response.url, response.encoding)
        if refresh:
            yield urljoin(response.url, refresh)
        for link in self._extractor.extract_links(response):
            yield str(link.url)
