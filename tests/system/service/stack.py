"""A service that tests start and break: Prefect's server, a Ray head, one more node, a runner of flows."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from flows import environment, processes
from flows.processes import start_prefect, start_ray, stop_all, wait_until_healthy
from flows.supervising import Kept, kept_alive

LOOSELEAF = (sys.executable, "-m", "flows.cli.main")
_OURS = ("PREFECT_", "RAY_", "LOOSELEAF_")


@dataclass(frozen=True)
class Stack:
    """The processes by which a test finds what it breaks; their descendants are the service's own."""

    prefect: Kept
    ray: Kept
    node: subprocess.Popen[bytes]
    runner: subprocess.Popen[bytes]
    told: list[str]  # by the supervision

    @property
    def pids(self) -> dict[str, int]:
        """The ids of the processes, by name."""
        return {
            "prefect": self.prefect.service.process.pid,
            "ray": self.ray.service.process.pid,
            "node": self.node.pid,
            "runner": self.runner.pid,
        }


@contextlib.contextmanager
def started_stack(root: Path) -> Iterator[Stack]:
    """Start everything on loopback, with this process's environment naming it, and end it all."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith(_OURS)]:
        del os.environ[name]
    home = environment.Home(root / "service")
    environment.make(home)
    os.environ.update(environment.variables(home), LOOSELEAF_HOME=str(root / "home"), OMP_NUM_THREADS="1")
    ray_folder = Path(tempfile.mkdtemp(prefix="ll-"))
    ports = environment.free_ports(13)
    kept: list[Kept] = []
    children: list[subprocess.Popen[bytes]] = []
    told: list[str] = []

    def prefect() -> processes.Service:
        return start_prefect(ports[0], home.logs / "prefect.log")

    def head() -> processes.Service:
        # One processor, so that of two chunks one goes to the other node.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "cpu_count", lambda: 1)
            return start_ray(ports[1:8], ray_folder, home.logs / "ray.log")

    try:
        kept += [Kept(prefect(), prefect), Kept(head(), head)]
        os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{ports[0]}/api"
        os.environ["RAY_ADDRESS"] = f"http://127.0.0.1:{ports[1]}"
        wait_until_healthy([one.service for one in kept])
        with kept_alive(kept, told.append):
            children.append(_start_node(ports[2], ports[8:]))
            children.append(_start_runner(root / "home"))
            yield Stack(kept[0], kept[1], children[0], children[1], told)
    finally:
        for child in reversed(children):
            _end(child)
        stop_all([one.service for one in kept])
        shutil.rmtree(ray_folder, ignore_errors=True)
        os.environ.clear()
        os.environ.update(before)


def descendants(pid: int, condition: Callable[[psutil.Process], bool]) -> list[psutil.Process]:
    """Return the descendants of a process that fulfil a condition; who ended meanwhile does not."""
    found = []
    for process in psutil.Process(pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if condition(process):
                found.append(process)
    return found


def wait_for(condition: Callable[[], Any], seconds: float = 120.0, pause: float = 0.05) -> Any:
    """Return what a condition gives as soon as that is true."""
    until = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < until, "it did not come about in time"
        time.sleep(pause)


def _start_node(gcs_port: int, ports: list[int]) -> subprocess.Popen[bytes]:
    options = (
        "--node-manager-port",
        "--object-manager-port",
        "--dashboard-agent-listen-port",
        "--runtime-env-agent-port",
        "--metrics-export-port",
    )
    command = [sys.executable, "-m", "ray.scripts.scripts", "start", f"--address=127.0.0.1:{gcs_port}"]
    command += [f"{option}={port}" for option, port in zip(options, ports, strict=True)]
    command += ["--block", "--num-cpus=1", "--min-worker-port=0", "--max-worker-port=0"]
    command += ["--node-ip-address=127.0.0.1", "--object-store-memory=100000000", "--disable-usage-stats"]
    return subprocess.Popen(
        [sys.executable, "-m", "flows.child", "-", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _start_runner(home: Path) -> subprocess.Popen[bytes]:
    runner = subprocess.Popen([*LOOSELEAF, "serve"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    record = home / "serve.json"
    wait_for(lambda: record.exists() and json.loads(record.read_text()))
    return runner


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.stdin is not None:
        child.stdin.close()
    child.terminate()
    try:
        child.wait(timeout=40)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
