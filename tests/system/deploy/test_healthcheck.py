"""The image's health check, with Debian's wget, asks a server as Prefect's and Ray's are asked."""

from __future__ import annotations

import base64
import http.server
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

_SCRIPT = Path(__file__).parents[3] / "deploy" / "image" / "healthcheck"
_PASSWORD = "looseleaf:secret"


class _Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/open":
            self._answer(200, b'{"status":"READY"}')
        elif self.path == "/closed":
            wanted = "Basic " + base64.b64encode(_PASSWORD.encode()).decode()
            good = self.headers.get("Authorization") == wanted
            self._answer(200 if good else 401, b'{"status":"READY"}')
        else:
            self._answer(503, b"READY")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Server) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def _status(**environment: str) -> int:
    return subprocess.run(
        [str(_SCRIPT)],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        check=False,
        timeout=30,
    ).returncode


def test_it_looks_for_the_word(address: str) -> None:
    assert _status(HEALTH_URL=f"{address}/open") == 0
    assert _status(HEALTH_URL=f"{address}/open", HEALTH_WORD='"status":"READY"') == 0
    assert _status(HEALTH_URL=f"{address}/open", HEALTH_WORD='"status":"NOT_READY"') != 0


def test_an_error_is_not_healthy(address: str) -> None:
    assert _status(HEALTH_URL=f"{address}/broken", HEALTH_WORD="READY") != 0
    assert _status(HEALTH_URL="http://127.0.0.1:1/open") != 0


def test_password_goes_along(address: str) -> None:
    assert _status(HEALTH_URL=f"{address}/closed", PREFECT_API_AUTH_STRING=_PASSWORD) == 0
    assert _status(HEALTH_URL=f"{address}/closed", PREFECT_API_AUTH_STRING="looseleaf:other") != 0
    assert _status(HEALTH_URL=f"{address}/closed") != 0


def test_a_container_that_serves_nothing_is_not_asked() -> None:
    assert _status() == 0
