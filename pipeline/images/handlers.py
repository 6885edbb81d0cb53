"""urllib's parts as we need them: connections with a last moment, redirects within the rules."""

from __future__ import annotations

import http.client
import ssl
import urllib.request
from collections.abc import Callable
from functools import cache
from typing import IO, Any

from pipeline.network.deadline import WATCHDOG


class _Connection(http.client.HTTPConnection):
    def connect(self) -> None:
        super().connect()
        if isinstance(self.timeout, int | float):
            # Once to begin to answer, and again for the whole answer.
            WATCHDOG.watch(self.sock, 2 * self.timeout)


class _SecureConnection(http.client.HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        if isinstance(self.timeout, int | float):
            WATCHDOG.watch(self.sock, 2 * self.timeout)


class _Handler(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Connection, req)


class _SecureHandler(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_SecureConnection, req, context=_tls())


class CheckedRedirects(urllib.request.HTTPRedirectHandler):
    """Follows a redirect after `check` let its address pass."""

    def __init__(self, check: Callable[[str], None]) -> None:
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
        """Return the request for where a redirect leads."""
        self._check(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@cache
def _tls() -> ssl.SSLContext:
    # Reading the machine's certificates takes longer than asking for an image.
    return ssl.create_default_context()


def opener_with(redirects: urllib.request.HTTPRedirectHandler) -> urllib.request.OpenerDirector:
    """Return an opener of http and https alone, without proxies, behind which the guard would be blind."""
    opener = urllib.request.OpenerDirector()
    handlers: tuple[Any, ...] = (
        _Handler(),
        _SecureHandler(context=_tls()),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
        redirects,
    )
    for handler in handlers:
        opener.add_handler(handler)
    return opener
