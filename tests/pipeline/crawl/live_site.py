"""A loopback site whose pages can change: validators, refusals, dates of arrival."""

import hashlib
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Page:
    body: bytes
    kind: str = "text/html"
    etag: bool = True
    status: int = 200
    headers: dict = field(default_factory=dict)


class LiveSite:
    """`pages` maps a path to a Page, or to a list of them that are given one after the other."""

    def __init__(self, pages):
        self.pages = pages
        self.asked = Counter()
        self.arrivals = []
        self.sent = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.arrivals.append((time.time(), self.path))
                outer.asked[self.path] += 1
                page = outer.pages.get(self.path, Page(b"nothing", status=404, etag=False))
                if isinstance(page, list):
                    page = page.pop(0) if len(page) > 1 else page[0]
                status, body, headers = page.status, page.body, {"Content-Type": page.kind} | page.headers
                if page.etag:
                    headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:8]}"'
                    if self.headers.get("If-None-Match") == headers["ETag"]:
                        status, body = 304, b""
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                outer.sent += len(body)

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.host = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

    def url(self, path):
        return f"http://{self.host}{path}"

    def forget(self):
        self.asked.clear()
        self.arrivals.clear()
        self.sent = 0

    def close(self):
        self._server.shutdown()
        self._server.server_close()
