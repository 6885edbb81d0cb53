"""The way by which img2dataset asks for images: ours in place of urllib's.

Robots.txt, reservations, the address guard, the limits of each host, the size limit and the opt-out headers
all apply here, to the first URL and to each that it redirects to; what came of it is kept by URL.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pipeline.images.body import read_body
from pipeline.images.breaker import Breaker
from pipeline.images.connections import Connections
from pipeline.images.host_gate import HostGate
from pipeline.images.opt_out import opt_out
from pipeline.images.redirects import MOST_REDIRECTS, redirected
from pipeline.images.tries import EMPTY, Answer, NotHadError, failed_to_connect, failed_with_status
from pipeline.network.addresses import host_of
from pipeline.network.agent import product_token
from pipeline.network.answers import MAX_AGE_OF_FAILURE, SiteAnswer, SiteAnswers
from pipeline.network.guard import AddressGuard, AddressRefusedError, guarded
from pipeline.network.reservations import Reservations, reservations_from, reservations_url
from pipeline.network.robots import MAX_BYTES as ROBOTS_BYTES
from pipeline.network.robots import RobotsCache

_INSTALLING = Lock()
_Taken = TypeVar("_Taken")


class Body(io.BytesIO):
    """A whole answer: its headers, and its bytes to read."""

    def __init__(self, headers: Message, data: bytes) -> None:
        super().__init__(data)
        self.headers = headers


class PoliteOpener(urllib.request.OpenerDirector):
    """Opens http and https URLs within the rules, and keeps an answer for each in `answers`.

    Args:
        agent: User-Agent.
        guard: which addresses may be asked.
        gate: the limits of each host.
        folder: where processes share what they learn of sites.
        timeout: seconds to wait for a server, and again for a whole image.
        max_bytes: largest image.
    """

    def __init__(  # noqa: PLR0917
        self, agent: str, guard: AddressGuard, gate: HostGate, folder: Path, timeout: float, max_bytes: int
    ) -> None:
        super().__init__()
        self.answers: dict[str, Answer] = {}
        self._agent = agent
        self._token = product_token(agent)
        self._guard = guard
        self._gate = gate
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._breaker = Breaker(folder)
        self._robots = RobotsCache(self._ask_site, folder)
        self._reservations = SiteAnswers(self._ask_site, folder)
        self._reserved: dict[str, Reservations] = {}
        self._connections = Connections(agent, timeout)

    def open(self, fullurl: Any, data: Any = None, timeout: float | None = None) -> Any:  # noqa: ARG002
        """Return the whole answer to a request as a Body.

        Raises:
            OSError: whatever the reason is that there is none; `answers` says it too.
        """
        url = fullurl if isinstance(fullurl, str) else fullurl.full_url
        host, began = host_of(url), time.monotonic()
        try:
            body = self._ask(url, host)
        except (OSError, http.client.HTTPException, ValueError) as error:
            # A connection that the watchdog shut looks like one that just ended.
            slow = time.monotonic() - began >= 2 * self._timeout
            if isinstance(error, NotHadError) and not (slow and error.answer.reason == EMPTY):
                self.answers[url] = error.answer
                if error.answer.status is not None:
                    (self._breaker.failed if error.answer.may_pass else self._breaker.answered)(host)
            else:
                self.answers[url] = _network_answer(TimeoutError() if slow else error)
                self._count(host, self.answers[url])
            raise
        self.answers[url] = Answer("ok", status=200)
        self._breaker.answered(host)
        return body

    def close(self) -> None:
        """Close the connections that are kept for another request."""
        self._connections.close()

    def _ask(self, url: str, host: str) -> Body:
        with guarded(self._guard):
            self._leave_alone_what_is_down(host)
            self._check(url)
            with self._gate.slot(host, self._robots.rules(url).delay(self._agent)):
                # Others may have found it down while this one waited for its turn.
                self._leave_alone_what_is_down(host)
                return self._follow(url, self._check, self._body)

    def _follow(
        self,
        url: str,
        check: Callable[[str], None] | None,
        take: Callable[[http.client.HTTPResponse], _Taken],
    ) -> _Taken:
        """Return what `take` makes of an answer, after redirects, each of which `check` let pass."""
        for _ in range(MOST_REDIRECTS + 1):
            with self._connections.answer(url) as response:
                status, headers = response.status, response.headers
                if 200 <= status < 300:
                    return take(response)
            to = redirected(url, status, headers)
            if to is None:
                break
            if check is not None:
                check(to)
            url = to
        raise NotHadError(failed_with_status(status, _seconds(headers.get("Retry-After"))))

    def _body(self, response: http.client.HTTPResponse) -> Body:
        evidence = opt_out(response.headers, self._token)
        if evidence:
            raise NotHadError(_opted_out(evidence, response.status))
        return Body(response.headers, read_body(response, self._max_bytes, self._timeout))

    def _leave_alone_what_is_down(self, host: str) -> None:
        found = self._breaker.open_until(host)
        if found is not None:
            until, reason = found
            wait = max(until - time.time(), 0.0)
            raise NotHadError(Answer("deferred", reason, retry_after=wait, later=True))

    def _check(self, url: str) -> None:
        if not host_of(url):
            raise NotHadError(Answer("refused", f"scheme {urlsplit(url).scheme!r} is not asked for"))
        if "@" in urlsplit(url).netloc:
            raise NotHadError(Answer("refused", "the URL holds a user name"))
        rules = self._robots.rules(url)
        if not rules.readable:
            reason = "robots.txt cannot be read, which means no"
            raise NotHadError(Answer("failed", reason, retry_after=MAX_AGE_OF_FAILURE, later=True))
        if not rules.allows(url, self._agent):
            raise NotHadError(Answer("refused", "robots.txt forbids it", opt_out="robots.txt"))
        where = reservations_url(url)
        if where not in self._reserved:
            self._reserved[where] = reservations_from(*self._reservations.answer(where))
        reserved = self._reserved[where].evidence(url)
        if reserved:
            raise NotHadError(_opted_out(reserved, None))

    def _ask_site(self, url: str) -> SiteAnswer:
        """Ask for what a site says of itself: status or None, and body."""
        try:
            return self._follow(url, None, self._site_answer)
        except NotHadError as error:
            status = error.answer.status
            # A body that cannot be read is no answer, whatever its status.
            return (status if status is not None and status >= 300 else None), b""
        except socket.gaierror:
            # The site itself is not there, or is private: that is the answer, not what it says.
            raise
        except OSError as error:
            self._count(host_of(url), _network_answer(error))
            return None, b""
        except (http.client.HTTPException, ValueError):
            return None, b""

    def _site_answer(self, response: http.client.HTTPResponse) -> SiteAnswer:
        return response.status, read_body(response, ROBOTS_BYTES, self._timeout, cut=True)

    def _count(self, host: str, answer: Answer) -> None:
        if answer.later:
            self._breaker.failed(host, unresolved=answer.reason == "name does not resolve")


@contextmanager
def installed(opener: PoliteOpener) -> Iterator[None]:
    """Make `opener` the one that urllib uses meanwhile; others of this process wait for their turn."""
    with _INSTALLING:
        urllib.request.install_opener(opener)
        try:
            yield
        finally:
            urllib.request.install_opener(urllib.request.build_opener())


def _opted_out(evidence: str, status: int | None) -> Answer:
    return Answer("opted_out", "the server asks not to use it", status, evidence)


def _network_answer(error: BaseException) -> Answer:
    if isinstance(error, AddressRefusedError):
        return Answer("refused", "private address that is not in network.allow_private")
    return failed_to_connect(error)


def _seconds(retry_after: str | None) -> float | None:
    if retry_after is None:
        return None
    value = retry_after.strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        return max(parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except ValueError:
        return None
