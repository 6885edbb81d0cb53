"""The environment of Prefect and Ray, which both read once, when they are imported.

This module imports neither of the two, so that it can come first.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

#: Ports come from here: above those that Ray's workers take, below those that outgoing connections take.
_PORT_RANGE = range(20_000, 32_000)


@dataclass(frozen=True)
class Home:
    """Where the local service keeps its database, its logs and its token."""

    root: Path

    @property
    def prefect(self) -> Path:
        """The folder of Prefect's database and settings."""
        return self.root / "prefect"

    @property
    def token(self) -> Path:
        """The file of the token without which Ray answers nobody."""
        return self.root / "ray_token"

    @property
    def logs(self) -> Path:
        """The folder of what Prefect and Ray print."""
        return self.root / "logs"

    @property
    def record(self) -> Path:
        """The file in which a running `looseleaf serve` says where it is."""
        return self.root / "serve.json"

    @property
    def lock(self) -> Path:
        """The file whose lock says that somebody uses this folder's database."""
        return self.root / "lock"


def home() -> Home:
    """Return the folder named by `LOOSELEAF_HOME`, or `~/.looseleaf`, made and with a token in it."""
    root = Path(os.environ.get("LOOSELEAF_HOME") or Path.home() / ".looseleaf").absolute()
    found = Home(root)
    make(found)
    return found


def make(place: Home) -> None:
    """Make the folders of `place`, and a secret token that only this user can read."""
    place.logs.mkdir(parents=True, exist_ok=True)
    place.prefect.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(place.token, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(32))


def variables(place: Home) -> dict[str, str]:
    """Return what Prefect and Ray must find in the environment, apart from their addresses.

    Nothing is reported to anybody. Ray listens on all interfaces, so it answers only who knows the token.
    """
    return {
        **client_variables(),
        "PREFECT_HOME": str(place.prefect),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        # A restarted server still knows who holds a slot, and whoever waits for one asks often.
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
        "PREFECT_SERVER_CONCURRENCY_MAXIMUM_CONCURRENCY_SLOT_WAIT_SECONDS": "5",
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN_PATH": str(place.token),
    }


def client_variables() -> dict[str, str]:
    """Return what processes need that only ask a server and a cluster, wherever these are."""
    return {
        "DO_NOT_TRACK": "1",
        "PREFECT_CLI_PROMPT": "false",
        "PREFECT_LOGGING_TO_API_BATCH_INTERVAL": "1",
        "PREFECT_RUNNER_POLL_FREQUENCY": "2",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        # A flow outlives two minutes without the server, or of a server without its database.
        "PREFECT_CLIENT_MAX_RETRIES": "6",
        "PREFECT_CLIENT_RETRY_EXTRA_CODES": "500,504",
        "RAY_USAGE_STATS_ENABLED": "0",
        # A chunk that never fits into memory is given up; Ray would try it for ever.
        "RAY_task_oom_retries": "3",
        "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
        # A node that answers nothing counts as lost after 35 s, where Ray's own 65 s would all be waited for;
        # a busy one may still be late four times.
        "RAY_health_check_period_ms": "2000",
        "RAY_health_check_timeout_ms": "5000",
        "RAY_health_check_failure_threshold": "5",
        # A training that is stopped ends its step and writes a checkpoint; Ray's 3 s are few for that.
        "RAY_JOB_STOP_WAIT_TIME_S": "12",
    }


def apply(values: Mapping[str, str]) -> None:
    """Put variables into this process's environment; what the user has set stays."""
    for name, value in values.items():
        os.environ.setdefault(name, value)


def free_ports(count: int, preferred: Sequence[int | None] = ()) -> list[int]:
    """Return `count` different TCP ports that nobody listens on, the first as `preferred` where free."""
    start = secrets.randbelow(len(_PORT_RANGE))
    others = (port for port in (*_PORT_RANGE[start:], *_PORT_RANGE[:start]) if _is_free(port))
    chosen = [port if port and _is_free(port) else next(others) for port in preferred[:count]]
    return chosen + [next(others) for _ in range(count - len(chosen))]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # Connections that have just ended do not count: the servers set this option as well.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))  # noqa: S104 - only asks; Ray listens on all interfaces
        except OSError:
            return False
        return True
