"""What is done with services that are given."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from flows import environment
from flows.services import Ports, local_services
from storage.errors import LooseleafError


@contextlib.contextmanager
def _answering(status: int, paths: tuple[str, ...] = ()) -> Iterator[str]:
    """Answer every path with a status, those that are named with 200."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path in paths else status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOSELEAF_HOME", str(tmp_path))
    # `local_services` sets more in this process's environment.
    for name in (*environment.client_variables(), "RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    for name in ("PREFECT_API_URL", "PREFECT_API_AUTH_STRING", "RAY_ADDRESS"):
        monkeypatch.delenv(name, raising=False)


def _refusal() -> str:
    with pytest.raises(LooseleafError) as caught, local_services():
        pass
    return str(caught.value)


def test_a_wrong_ray_token_is_told_from_a_cluster_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with _answering(401) as address:
        monkeypatch.setenv("RAY_ADDRESS", address)
        assert f"The Ray cluster at {address} refuses the token" in _refusal()
    assert "nothing answers there" in _refusal()


def test_an_address_that_takes_no_jobs_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "ray://head:10001")
    assert "give its address, such as http://ray-head:8265" in _refusal()


def test_a_wrong_prefect_password_is_told_from_a_server_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with _answering(401, ("/api/health",)) as address:
        monkeypatch.setenv("PREFECT_API_URL", f"{address}/api")
        assert "refuses us: set PREFECT_API_AUTH_STRING" in _refusal()
    assert "nothing answers there" in _refusal()


def test_given_services_are_taken_and_nothing_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _answering(200) as address:
        monkeypatch.setenv("PREFECT_API_URL", f"{address}/api/")
        monkeypatch.setenv("RAY_ADDRESS", f"{address}/")
        with local_services() as found:
            assert (found.prefect, found.ray, found.origin, found.own) == (
                f"{address}/api",
                address,
                "given",
                (),
            )
        assert not list((tmp_path / "logs").glob("*")) if (tmp_path / "logs").exists() else True


def test_a_port_that_was_asked_for_and_is_taken_is_refused() -> None:
    with _answering(200) as address:
        port = int(address.rpartition(":")[2])
        wanted = local_services(Ports(prefect=port, strict=frozenset({port})))
        with pytest.raises(LooseleafError, match=f"Port {port} is taken"), wanted:
            pass
