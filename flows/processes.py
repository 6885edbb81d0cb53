"""Starting, watching and stopping the Prefect server and the Ray head as children."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from storage.errors import LooseleafError

_START_SECONDS = 120.0
_STOP_SECONDS = 20.0
_OBJECT_STORE_BYTES = 300_000_000


@dataclass(frozen=True)
class Service:
    """A child, and the URL that answers when it is ready."""

    name: str
    process: subprocess.Popen[bytes]
    health: str
    log: Path


def start_prefect(port: int, log: Path) -> Service:
    """Start a Prefect server on loopback at `port`; `environment.variables` must be set already."""
    command = [sys.executable, "-m", "flows.prefect_server", str(port)]
    # The pages that it hands out take its address from here.
    added = {"PREFECT_SERVER_API_HOST": "127.0.0.1", "PREFECT_SERVER_API_PORT": str(port)}
    return _start("The Prefect server", command, added, f"http://127.0.0.1:{port}/api/health", log)


def start_ray(ports: Sequence[int], folder: Path, log: Path) -> Service:
    """Start a Ray head whose dashboard is at `ports[0]` on loopback.

    Args:
        ports: seven ports; Ray's own defaults would collide with another head on the same machine.
        folder: where Ray keeps its sockets and logs, removed at its end; a short path.
        log: the file that takes what Ray prints.
    """
    named = zip(
        (
            "--dashboard-port",
            "--port",
            "--node-manager-port",
            "--object-manager-port",
            "--dashboard-agent-listen-port",
            "--runtime-env-agent-port",
            "--metrics-export-port",
        ),
        ports,
        strict=True,
    )
    command = [
        sys.executable,
        "-m",
        "ray.scripts.scripts",
        "start",
        "--head",
        "--block",
        "--disable-usage-stats",
    ]
    command += [f"{option}={port}" for option, port in named]
    command += [
        "--node-ip-address=127.0.0.1",
        "--dashboard-host=127.0.0.1",
        "--min-worker-port=0",
        "--max-worker-port=0",
        "--include-log-monitor=false",
        f"--temp-dir={folder}",
        f"--num-cpus={os.cpu_count() or 1}",
        f"--object-store-memory={_OBJECT_STORE_BYTES}",
    ]
    return _start(
        "The Ray head", command, {}, f"http://127.0.0.1:{ports[0]}/api/version", log, folder=str(folder)
    )


def start_explorer(dataset: str, build_id: str, port: int, log: Path) -> Service:
    """Start the explorer of a build on loopback at `port`."""
    command = [sys.executable, "-m", "flows.cli.main", "explore", dataset, "--build", build_id]
    command += ["--port", str(port)]
    return _start(f"The explorer of {dataset}", command, {}, f"http://127.0.0.1:{port}/api/overview", log)


def healthy(url: str) -> bool:
    """Return whether a GET of `url` is answered with 200; the tokens that are known go along."""
    return probe(url) == "healthy"


def probe(url: str) -> Literal["healthy", "refused", "silent"]:
    """Ask `url`, and say how it answers: with 200, by refusing our token, or not at all."""
    request = urllib.request.Request(url, headers=_credentials(url))  # noqa: S310 - our own servers
    try:
        with urllib.request.urlopen(request, timeout=2) as answer:  # noqa: S310
            return "healthy" if answer.status == 200 else "silent"
    except urllib.error.HTTPError as error:
        return "refused" if error.code in (401, 403) else "silent"
    except (urllib.error.URLError, OSError, ValueError):
        return "silent"


def _credentials(url: str) -> dict[str, str]:
    """Return the header by which each of the two services knows us."""
    api = os.environ.get("PREFECT_API_URL")
    if api is not None and url.startswith(api):
        known = os.environ.get("PREFECT_API_AUTH_STRING")
        return {"Authorization": f"Basic {b64encode(known.encode()).decode()}"} if known else {}
    token = os.environ.get("RAY_AUTH_TOKEN")
    path = os.environ.get("RAY_AUTH_TOKEN_PATH")
    if token is None and path and Path(path).exists():
        token = Path(path).read_text()
    return {"Authorization": f"Bearer {token.strip()}"} if token else {}


def wait_until_healthy(services: Sequence[Service], seconds: float = _START_SECONDS) -> None:
    """Wait until every service answers.

    Raises:
        LooseleafError: if one ends, or does not answer within `seconds`; the sentence names its log.
    """
    until = time.monotonic() + seconds
    waiting = list(services)
    while waiting:
        waiting = [service for service in waiting if not healthy(service.health)]
        for service in waiting:
            if service.process.poll() is not None:
                raise LooseleafError(f"{service.name} ended while it started: {_last_words(service.log)}")
            if time.monotonic() > until:
                raise LooseleafError(
                    f"{service.name} did not answer within {seconds:.0f} s: {_last_words(service.log)}"
                )
        time.sleep(0.1)


def stop_all(services: Sequence[Service], seconds: float = _STOP_SECONDS) -> None:
    """Let every service end, by closing the pipe that its watcher reads, and wait for them together."""
    for service in services:
        if service.process.stdin:
            service.process.stdin.close()
    until = time.monotonic() + seconds
    for service in services:
        try:
            service.process.wait(timeout=max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            service.process.kill()
            service.process.wait()


def _start(
    name: str, command: list[str], added: dict[str, str], health: str, log: Path, *, folder: str = "-"
) -> Service:
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "flows.child", folder, *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**_without_console_level(), **added},
            start_new_session=True,
        )
    return Service(name, process, health, log)


def _without_console_level() -> dict[str, str]:
    """Leave out the setting that quiets this command's own console: the servers print into their logs."""
    return {
        name: value for name, value in os.environ.items() if name != "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL"
    }


def _last_words(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    last = f'its last line was "{lines[-1].strip()}", ' if lines else "it printed nothing, "
    return f"{last}and its log is {log}."
