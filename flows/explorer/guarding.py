"""What every answer of the explorer is guarded by: which host was asked, who asks, and what a page may do.

A page of another site must not read a dataset through the reader's browser (DNS rebinding gives it our
address under its own name), nor write a mark; and text of a document must not run, however it came onto
the page.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: What a page may load: scripts, styles and pictures of this server, nothing from elsewhere, nothing inline.
PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "worker-src 'self'",
        "frame-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_READING = frozenset({"GET", "HEAD"})
_SAME = frozenset({"same-origin", "none"})


class Guard:
    """Refuses requests for other hosts and those that come from other sites; adds the headers to answers.

    Args:
        app: what is guarded.
        hosts: the names, without port, under which the server may be asked.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str] = LOOPBACK) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope["method"], headers)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    answer.setdefault(name, value)
            await send(message)

        answer = self._app if refusal is None else PlainTextResponse(refusal, status_code=403)
        await answer(scope, receive, send_guarded)

    def _refusal(self, method: str, headers: Headers) -> str | None:
        asked = headers.get("host", "")
        if host_name(asked) not in self._hosts:
            return "This server does not answer under that name: open it by the address that it printed.\n"
        if headers.get("sec-fetch-site", "none") not in _SAME and headers.get("sec-fetch-mode") != "navigate":
            return "Another site's page may not ask this server.\n"
        if method in _READING:
            return None
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != asked.lower():
            return "Another site's page may not write here.\n"
        return None


def host_name(header: str) -> str:
    """Return the name in a Host header, without port and brackets, in small letters."""
    try:
        return (urlsplit(f"//{header}").hostname or "").lower()
    except ValueError:
        return ""
