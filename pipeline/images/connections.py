"""Connections to servers: kept for the next request where the server allows it, each exchange with an end.

A kept connection goes on to the address that the guard let pass; its name is not looked up again.
"""

from __future__ import annotations

import http.client
import select
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from threading import Lock
from typing import NamedTuple
from urllib.parse import urlsplit

from pipeline.network.deadline import WATCHDOG

#: Connections that wait for another request, of all servers together.
_MOST_IDLE = 64


class _Place(NamedTuple):
    """A server as URLs name it."""

    scheme: str
    netloc: str


class Connections:
    """Asks servers of http and https, without proxies, behind which the guard would be blind.

    Args:
        agent: User-Agent.
        timeout: seconds to wait for a server to connect or to send more; an exchange ends after twice that.
    """

    def __init__(self, agent: str, timeout: float) -> None:
        self._headers = {"User-Agent": agent}
        self._timeout = timeout
        self._idle: list[tuple[_Place, http.client.HTTPConnection]] = []
        self._lock = Lock()

    @contextmanager
    def answer(self, url: str) -> Iterator[http.client.HTTPResponse]:
        """Give the answer to a GET, its body still to be read; the connection is kept if all of it was.

        Raises:
            OSError: if the server cannot be reached, or breaks off.
            http.client.HTTPException: if it speaks no HTTP.
            ValueError: if the URL cannot be asked for.
        """
        parts = urlsplit(url)
        place = _Place(parts.scheme, parts.netloc)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection, response = self._exchange(place, target)
        reusable = False
        try:
            with response:
                yield response
                whole = response.isclosed() or response.length == 0
                reusable = whole and not response.will_close
        finally:
            if reusable:
                self._keep(place, connection)
            else:
                connection.close()

    def close(self) -> None:
        """Close what is kept."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.close()

    def _exchange(
        self, place: _Place, target: str
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        kept = self._take(place)
        if kept is not None:
            began = time.monotonic()
            try:
                return kept, self._ask(kept, target)
            except (ConnectionError, http.client.BadStatusLine):
                # A server may close a kept connection while the request is under way (RFC 9112, 9.3.1).
                if time.monotonic() - began >= self._timeout:
                    raise
        connection = self._new(place)
        return connection, self._ask(connection, target)

    def _ask(self, connection: http.client.HTTPConnection, target: str) -> http.client.HTTPResponse:
        with ExitStack() as on_failure:
            on_failure.callback(connection.close)
            connection.request("GET", target, headers=self._headers)
            response = connection.getresponse()
            on_failure.pop_all()
        return response

    def _new(self, place: _Place) -> http.client.HTTPConnection:
        if place.scheme not in {"http", "https"}:
            raise ValueError(f"scheme {place.scheme!r}")
        connection = (
            http.client.HTTPSConnection(place.netloc, timeout=self._timeout, context=_tls())
            if place.scheme == "https"
            else http.client.HTTPConnection(place.netloc, timeout=self._timeout)
        )
        connection.connect()
        # Once to begin to answer, and again for the whole answer.
        WATCHDOG.watch(connection.sock, 2 * self._timeout)
        return connection

    def _take(self, place: _Place) -> http.client.HTTPConnection | None:
        """Return a kept connection to `place` that is still open, and silent as it should be."""
        while True:
            with self._lock:
                at = next((i for i, (there, _) in enumerate(self._idle) if there == place), None)
                if at is None:
                    return None
                _, connection = self._idle.pop(at)
            # First the new end, then the look: the old one may have come in between.
            WATCHDOG.watch(connection.sock, 2 * self._timeout)
            waiting = select.poll()
            waiting.register(connection.sock, select.POLLIN)
            if not waiting.poll(0):
                return connection
            connection.close()

    def _keep(self, place: _Place, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            self._idle.append((place, connection))
            oldest = self._idle.pop(0)[1] if len(self._idle) > _MOST_IDLE else None
        if oldest is not None:
            oldest.close()


@cache
def _tls() -> ssl.SSLContext:
    # Reading the machine's certificates takes longer than asking for an image.
    return ssl.create_default_context()
