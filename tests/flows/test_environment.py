from __future__ import annotations

import socket
import stat
from pathlib import Path

import pytest

from flows import environment


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> environment.Home:
    monkeypatch.setenv("LOOSELEAF_HOME", str(tmp_path / "home"))
    return environment.home()


def test_the_token_is_secret_and_stays(home: environment.Home) -> None:
    token = home.token.read_text()
    assert stat.S_IMODE(home.token.stat().st_mode) == 0o600
    assert len(token) == 64
    environment.make(home)
    assert home.token.read_text() == token


def test_nothing_is_reported_and_ray_asks_for_the_token(home: environment.Home) -> None:
    values = environment.variables(home)
    assert values["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert values["RAY_USAGE_STATS_ENABLED"] == "0"
    assert values["RAY_AUTH_MODE"] == "token"
    assert values["RAY_AUTH_TOKEN_PATH"] == str(home.token)


def test_a_lost_node_is_found_within_a_minute(home: environment.Home) -> None:
    values = environment.variables(home)
    period, timeout = (int(values[f"RAY_health_check_{name}_ms"]) for name in ("period", "timeout"))
    assert int(values["RAY_health_check_failure_threshold"]) * (period + timeout) < 60_000


def test_what_the_user_has_set_stays(home: environment.Home, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in environment.variables(home):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PREFECT_HOME", "elsewhere")
    environment.apply(environment.variables(home))
    import os

    assert os.environ["PREFECT_HOME"] == "elsewhere"


def test_ports_are_free_and_different() -> None:
    ports = environment.free_ports(9)
    assert len(set(ports)) == 9
    for port in ports:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", port))


def test_a_preferred_port_is_taken_only_when_it_is_free() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert port not in environment.free_ports(2, [port])
    assert environment.free_ports(2, [port])[0] == port
