"""Asks for one URL, through Scrapy's downloader: an answer, or the reason why there is none."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import brotli
from backports import zstd
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    StopDownload,
    UnsupportedURLSchemeError,
)
from scrapy.http import Response

from pipeline.crawl.handler import MAX_HEAD_BYTES, HeadTooLongError
from pipeline.network.guard import AddressGuard

#: A body packed more often than this is a bomb or a mistake.
MAX_CODINGS = 2

#: What the unpackers raise on bytes that are not packed as the head says.
_UNPACKING = (zlib.error, gzip.BadGzipFile, brotli.error, zstd.ZstdError, struct.error, EOFError)
_FAULTS = (
    *_UNPACKING,
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
    LookupError,
    OSError,
    ValueError,
)
Wants = Callable[[str, str | None], bool]


@dataclass(frozen=True)
class Answer:
    """What a server answered; `stopped` if its body was not wanted and so not read."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    stopped: bool
    latency: float  # seconds to the head
    transferred: int  # bytes of the body, as they came
    asked: datetime

    def header(self, name: str) -> str | None:
        """Return the first value of a header."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True)
class Failure:
    """Why there is no answer; one that `may_pass` is worth another try."""

    rule: str
    detail: str
    value: float | None = None
    threshold: float | None = None
    may_pass: bool = False
    transferred: int = 0


class Downloader:
    """Asks for URLs, one at a time or many, within the limits of size and of total time."""

    def __init__(self, crawler: Crawler, guard: AddressGuard, timeout: float) -> None:
        self._crawler = crawler
        self._guard = guard
        self._timeout = timeout
        crawler.signals.connect(_stop_unless_wanted, signals.headers_received)
        crawler.signals.connect(_count_bytes, signals.bytes_received)

    async def ask(
        self, url: str, max_bytes: int, headers: Mapping[str, str], wants: Wants | None = None
    ) -> Answer | Failure:
        """Ask for a URL; redirects are answers, not followed.

        Args:
            url: a canonical URL.
            max_bytes: most bytes of the body, as it comes and unpacked.
            headers: more of the request's headers.
            wants: says of URL and Content-Type whether the body is wanted at all; None wants it.
        """
        asked = datetime.now(UTC)
        meta = {
            "download_maxsize": max_bytes,
            "download_timeout": self._timeout,
            "wants": wants,
            "transferred": 0,
            "codings": 0,
        }
        request = Request(url, headers=dict(headers), meta=meta, dont_filter=True)
        try:
            response = await self._crawler.engine.download_async(request)
        except (*_FAULTS, DownloadCancelledError, DownloadTimeoutError, IgnoreRequest) as error:
            return self._failure(url, error, max_bytes, int(request.meta["transferred"]))
        if request.meta["codings"] > MAX_CODINGS:
            detail = f"the body is packed more than {MAX_CODINGS} times"
            return Failure("too_many_codings", detail, float(request.meta["codings"]), float(MAX_CODINGS))
        return Answer(
            url=url,
            status=int(response.status),
            headers=tuple(_headers(response)),
            body=response.body,
            stopped="download_stopped" in response.flags,
            latency=float(request.meta.get("download_latency", 0.0)),
            transferred=int(request.meta["transferred"]),
            asked=asked,
        )

    def _failure(self, url: str, error: Exception, max_bytes: int, transferred: int) -> Failure:
        if self._guard.has_refused(url):
            detail = "the host's address is private and not in network.allow_private"
            return Failure("private_address", detail)
        limit = float(max_bytes)
        match error:
            case DownloadTimeoutError():
                detail = f"no whole answer within {self._timeout:g} s"
                return Failure("timeout", detail, None, self._timeout, True, transferred)
            case DownloadCancelledError():
                detail = f"the body has more than {limit:g} bytes"
                return Failure("too_large", detail, None, limit, False, transferred)
            case IgnoreRequest():
                detail = f"the body unpacks to more than {limit:g} bytes"
                return Failure("unpacks_too_large", detail, None, limit, False, transferred)
            case _ if _causes(error, HeadTooLongError):
                detail = f"the headers have more than {MAX_HEAD_BYTES} bytes"
                return Failure("head_too_long", detail, None, float(MAX_HEAD_BYTES), False)
            case _ if isinstance(error, _UNPACKING):
                return Failure("broken_coding", f"the body cannot be unpacked ({error})"[:300])
        detail = f"{type(error).__name__}: {error}"[:300]
        return Failure("connection", detail, may_pass=True, transferred=transferred)


def _stop_unless_wanted(headers: Any, request: Request, **_: Any) -> None:
    """Stop a download as soon as its head says that the body is of no use."""
    codings = b",".join(headers.getlist(b"Content-Encoding")).split(b",")
    request.meta["codings"] = sum(bool(coding.strip()) for coding in codings)
    wants: Wants | None = request.meta.get("wants")
    kind = headers.get(b"Content-Type")
    unwanted = (
        wants is not None
        and not headers.get(b"Location")
        and not wants(request.url, kind.decode("latin-1") if kind is not None else None)
    )
    if unwanted or request.meta["codings"] > MAX_CODINGS:
        raise StopDownload(fail=False)


def _count_bytes(data: bytes, request: Request, **_: Any) -> None:
    request.meta["transferred"] += len(data)


def _headers(response: Response) -> Iterator[tuple[str, str]]:
    for name, values in response.headers.items():
        for value in values:
            yield name.decode("latin-1"), value.decode("latin-1")


def _causes(error: BaseException | None, kind: type[Exception]) -> bool:
    """Say whether an exception of that kind is at the bottom of what Twisted and Scrapy wrapped."""
    seen = 0
    waiting: list[Any] = [error]
    while waiting and seen < 32:
        seen += 1
        one = waiting.pop()
        if isinstance(one, kind):
            return True
        if one is not None:
            waiting += [one.__cause__, one.__context__]
            waiting += [getattr(reason, "value", reason) for reason in getattr(one, "reasons", ())]
    return False
