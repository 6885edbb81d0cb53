"""Shows report pages over http on loopback, read-only."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

from flows.pages import REPORT, place_of
from storage.filesystem import join, read_bytes

#: A page brings all that it needs; the page itself says which one script may run.
_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@contextlib.contextmanager
def page_server(port: int) -> Iterator[str]:
    """Serve pages on loopback while the context lasts; give the address.

    Args:
        port: to listen on; 0 takes any.
    """
    server = ThreadingHTTPServer(("127.0.0.1", port), _Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="pages", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    server_version = "looseleaf"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer with a page."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Answer with a page's headers."""
        self._answer(with_body=False)

    def log_message(self, *_: object) -> None:
        """Print nothing: an address is a secret."""

    def _answer(self, *, with_body: bool) -> None:
        place = place_of(unquote(urlsplit(self.path).path))
        if place is None:
            status, page = HTTPStatus.NOT_FOUND, _sentence("There is no such page.")
        else:
            status, page = _page(place)
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Content-Security-Policy", _POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if with_body:
            # A browser that went away is nobody's fault.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.wfile.write(page)


def _page(place: str) -> tuple[HTTPStatus, bytes]:
    try:
        return HTTPStatus.OK, read_bytes(join(place, REPORT))
    except FileNotFoundError:
        told = "This report is not written yet: run the deployment report, or looseleaf report."
        return HTTPStatus.NOT_FOUND, _sentence(told)
    except OSError as error:
        return HTTPStatus.BAD_GATEWAY, _sentence(f"The report cannot be read ({type(error).__name__}).")


def _sentence(text: str) -> bytes:
    return f"<!doctype html><meta charset=utf-8><title>Looseleaf</title><p>{text}</p>".encode()
