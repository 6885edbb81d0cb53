"""The way by which img2dataset asks for images: ours in place of urllib's.

Robots.txt, the address guard, the limits of each host, the size limit and the opt-out headers all apply here,
to the first URL and to each that it redirects to; what came of it is kept by URL.
"""

from __future__ import annotations

import http.client
import io
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from pipeline.images.host_gate import HostGate
from pipeline.images.opt_out import opt_out
from pipeline.images.references import host_of
from pipeline.images.tries import Answer, failed_to_connect, failed_with_status
from pipeline.network.agent import product_token
from pipeline.network.guard import AddressGuard, AddressRefusedError, guarded
from pipeline.network.robots import MAX_BYTES as ROBOTS_BYTES
from pipeline.network.robots import RobotsCache

_READ_BYTES = 65_536
_INSTALLING = Lock()


class NotHadError(OSError):
    """No image came of a request, for a reason that is not the connection's."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.reason)
        self.answer = answer


class Body(io.BytesIO):
    """A whole answer: its headers, and its bytes to read."""

    def __init__(self, headers: Message, data: bytes) -> None:
        super().__init__(data)
        self.headers = headers


class PoliteOpener(urllib.request.OpenerDirector):
    """Opens http and https URLs within the rules, and keeps an answer for each in `answers`."""

    def __init__(
        self, agent: str, guard: AddressGuard, gate: HostGate, timeout: float, max_bytes: int
    ) -> None:
        super().__init__()
        self.answers: dict[str, Answer] = {}
        self._agent = agent
        self._guard = guard
        self._gate = gate
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._robots = RobotsCache(self._ask_robots)
        self._inner = _opener_with(_RedirectWithinRules(self._check))
        self._plain = _opener_with(urllib.request.HTTPRedirectHandler())

    def open(self, fullurl: Any, data: Any = None, timeout: float | None = None) -> Any:  # noqa: ARG002
        """Return the whole answer to a request as a Body.

        Raises:
            OSError: whatever the reason is that there is none; `answers` says it too.
        """
        url = fullurl if isinstance(fullurl, str) else fullurl.full_url
        try:
            body = self._ask(url)
        except HTTPError as error:
            self.answers[url] = failed_with_status(error.code, _seconds(error.headers.get("Retry-After")))
            raise
        except NotHadError as error:
            self.answers[url] = error.answer
            raise
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.answers[url] = _network_answer(error)
            raise
        self.answers[url] = Answer("ok", status=200)
        return body

    def _ask(self, url: str) -> Body:
        with guarded(self._guard):
            self._check(url)
            with (
                self._gate.slot(host_of(url)),
                self._inner.open(self._request(url), timeout=self._timeout) as response,
            ):
                evidence = opt_out(response.headers, product_token(self._agent))
                if evidence:
                    raise NotHadError(
                        Answer("opted_out", "the server asks not to use it", response.status, evidence)
                    )
                return Body(response.headers, self._read(response))

    def _check(self, url: str) -> None:
        if not host_of(url):
            raise NotHadError(Answer("refused", f"scheme {urlsplit(url).scheme!r} is not asked for"))
        rules = self._robots.rules(url)
        if not rules.readable:
            raise NotHadError(Answer("failed", "robots.txt cannot be read, which means no"))
        if not rules.allows(url, self._agent):
            raise NotHadError(Answer("refused", "robots.txt forbids it", opt_out="robots.txt"))

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        length = response.headers.get("Content-Length")
        expected = int(length) if length and length.isdigit() else None
        deadline = time.monotonic() + self._timeout
        data = bytearray()
        if expected is None or expected <= self._max_bytes:
            while piece := response.read1(_READ_BYTES):
                data += piece
                if len(data) > self._max_bytes:
                    break
                if time.monotonic() > deadline:
                    raise TimeoutError
        if max(len(data), expected or 0) > self._max_bytes:
            raise NotHadError(Answer("failed", f"more than {self._max_bytes} bytes", response.status))
        if expected is not None and len(data) < expected:
            raise ConnectionError("the answer ended early")
        if not data:
            raise NotHadError(Answer("failed", "empty", response.status))
        return bytes(data)

    def _ask_robots(self, url: str) -> tuple[int | None, bytes]:
        try:
            with self._plain.open(self._request(url), timeout=self._timeout) as response:
                return response.status, response.read(ROBOTS_BYTES)
        except HTTPError as error:
            return error.code, b""
        except URLError as error:
            if isinstance(error.reason, AddressRefusedError):
                raise error.reason from error
            return None, b""
        except (OSError, http.client.HTTPException):
            return None, b""

    def _request(self, url: str) -> urllib.request.Request:
        return urllib.request.Request(url, headers={"User-Agent": self._agent})  # noqa: S310 (http only: _check)


class _RedirectWithinRules(urllib.request.HTTPRedirectHandler):
    def __init__(self, check: Any) -> None:
        self._check = check

    def redirect_request(  # noqa: PLR0917 (urllib's own signature)
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        self._check(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@contextmanager
def installed(opener: PoliteOpener) -> Iterator[None]:
    """Make `opener` the one that urllib uses meanwhile; others of this process wait for their turn."""
    with _INSTALLING:
        urllib.request.install_opener(opener)
        try:
            yield
        finally:
            urllib.request.install_opener(urllib.request.build_opener())


def _opener_with(redirects: urllib.request.HTTPRedirectHandler) -> urllib.request.OpenerDirector:
    # Not build_opener: it would add proxies, behind which the guard is blind, and file and ftp URLs.
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
        redirects,
    ):
        opener.add_handler(handler)
    return opener


def _network_answer(error: BaseException) -> Answer:
    cause = error.reason if isinstance(error, URLError) and isinstance(error.reason, BaseException) else error
    if isinstance(cause, AddressRefusedError):
        return Answer("refused", "private address that is not in network.allow_private")
    return failed_to_connect(cause)


def _seconds(retry_after: str | None) -> float | None:
    if retry_after is None:
        return None
    if retry_after.strip().isdigit():
        return float(retry_after)
    try:
        return max(parsedate_to_datetime(retry_after).timestamp() - time.time(), 0.0)
    except ValueError:
        return None
