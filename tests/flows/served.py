"""A `looseleaf serve` as a user starts it, with a home of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

LOOSELEAF = (sys.executable, "-m", "flows.cli.main")
_PATIENCE_SECONDS = 60.0
_TAKEN = ("PREFECT_", "RAY_", "LOOSELEAF_")


@dataclass(frozen=True)
class Served:
    """A running service: its addresses, what its clients need to find it, and what it has printed."""

    process: subprocess.Popen[bytes]
    environment: dict[str, str]
    prefect: str
    ray: str
    pages: str
    log: Path

    @property
    def home(self) -> Path:
        """The folder of its database, logs and token."""
        return Path(self.environment["LOOSELEAF_HOME"])

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [*LOOSELEAF, *arguments], env=self.environment, capture_output=True, text=True, check=False
        )

    def run(self, *arguments: str) -> dict[str, Any]:
        """Run a command that must succeed, and return its JSON."""
        done = self.command(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert isinstance(found, dict)
        return found

    def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Return what Prefect's API answers: to a GET, or to a POST of a body."""
        return _ask(f"{self.prefect}{path}", {}, body)

    def start(self, name: str, parameters: Mapping[str, Any]) -> str:
        """Start a run of a deployment, named FLOW/DEPLOYMENT, and return its id."""
        deployment = self.ask(f"/deployments/name/{name}")["id"]
        run = self.ask(f"/deployments/{deployment}/create_flow_run", {"parameters": {"params": parameters}})
        return str(run["id"])

    def jobs(self) -> dict[str, str]:
        """Return the status of each Ray job that was submitted, by its submission id."""
        token = (self.home / "ray_token").read_text().strip()
        found = _ask(f"{self.ray}/api/jobs/", {"Authorization": f"Bearer {token}"})
        return {job["submission_id"]: job["status"] for job in found if job["submission_id"]}

    def python(self, code: str, *arguments: str) -> str:
        """Run Python code as a client of the two services, and return what it prints."""
        environment = {
            **self.environment,
            "PREFECT_API_URL": self.prefect,
            "PREFECT_HOME": str(self.home / "client"),
            "RAY_ADDRESS": self.ray,
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN_PATH": str(self.home / "ray_token"),
        }
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def clean_environment(home: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this environment without what belongs to other services, and with a home folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_TAKEN)}
    return {**kept, "LOOSELEAF_HOME": str(home), "OMP_NUM_THREADS": "1", **(more or {})}


@contextlib.contextmanager
def serving(
    home: Path, *options: str, more: Mapping[str, str] | None = None, seconds: float = 180.0
) -> Iterator[Served]:
    """Start the service, wait until it serves, and stop it as Ctrl-C does; nothing may be left of it.

    Args:
        home: its home folder.
        options: of `looseleaf serve`.
        more: environment variables that it gets.
        seconds: for which it may take to start.
    """
    environment = clean_environment(home, more)
    home.mkdir(parents=True, exist_ok=True)
    log = home / "serve.log"
    said_before = len(log.read_text()) if log.exists() else 0
    with log.open("ab") as output:
        process = subprocess.Popen([*LOOSELEAF, "serve", *options], env=environment, stderr=output)
    try:
        written = _wait_for(process, home / "serve.json", log, said_before, seconds)
        yield Served(process, environment, written["prefect"], written["ray"], written["pages"], log)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(timeout=90)
    if process.returncode != -signal.SIGKILL:
        assert not (home / "serve.json").exists()
        assert not processes_of(home)


def processes_of(home: Path) -> list[str]:
    """Return the command lines of living processes that know this home folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"LOOSELEAF_HOME={home}\0".encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_text())
        except OSError:  # it has ended meanwhile, or is not ours
            continue
    return found


def _ask(url: str, headers: Mapping[str, str], body: Mapping[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    asked = Request(url, data, {"Content-Type": "application/json", **headers})
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            with urlopen(asked, timeout=30) as answer:
                return json.load(answer)
        except HTTPError as error:
            # A server whose database is busy says so; Prefect's own client asks again as well.
            if error.code != HTTPStatus.SERVICE_UNAVAILABLE or time.monotonic() > until:
                raise
            time.sleep(0.5)


def _wait_for(
    process: subprocess.Popen[bytes], record: Path, log: Path, said_before: int, seconds: float
) -> dict[str, str]:
    """Wait until the service says where it is and that it serves; one that was killed has left its record."""
    until = time.monotonic() + seconds
    while "Ctrl-C" not in log.read_text()[said_before:]:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.2)
    found = json.loads(record.read_text())
    assert isinstance(found, dict)
    return found
