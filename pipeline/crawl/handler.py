"""Scrapy's HTTP handler with an end to how long a response's head may be."""

from __future__ import annotations

from typing import Any

from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
)
from scrapy.crawler import Crawler
from twisted.python.failure import Failure
from twisted.web._newclient import HEADER, STATUS

#: Status line and headers, in bytes, interim responses included.
MAX_HEAD_BYTES = 131_072


class HeadTooLongError(Exception):
    """A response's head goes on and on."""


class LimitedHeadHandler(HTTP11DownloadHandler):  # type: ignore[misc]
    """Downloads over HTTP/1.1; a head that is too long ends the connection."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = _LimitedHeadFactory


class _LimitedHeadProtocol(_LenientHTTP11ClientProtocol):  # type: ignore[misc]
    _head_bytes = 0

    def request(self, request: Any) -> Any:
        self._head_bytes = 0
        return super().request(request)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 (Twisted's name)
        self._head_bytes += len(data)
        super().dataReceived(data)
        parser = self._parser
        in_head = parser is not None and parser.state in (STATUS, HEADER)
        if in_head and self._head_bytes > MAX_HEAD_BYTES:
            self._giveUp(Failure(HeadTooLongError(f"a head of more than {MAX_HEAD_BYTES} bytes")))


class _LimitedHeadFactory(_LenientHTTP11ClientFactory):  # type: ignore[misc]
    def buildProtocol(self, addr: Any) -> _LimitedHeadProtocol:  # noqa: ARG002, N802 (Twisted's signature)
        return _LimitedHeadProtocol(self._quiescentCallback)
