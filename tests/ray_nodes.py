"""Ray nodes as a cluster has them: each a process tree of its own, which can be killed as a machine dies."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from flows.environment import free_ports

_STORE_BYTES = 80_000_000
_SECONDS = 90

#: A node that is lost is known to be so within seconds; see `flows.environment` for what a service has.
QUICK = {
    # Workers are not to be slower than what else a busy machine does.
    "RAY_worker_niceness": "0",
    "RAY_health_check_initial_delay_ms": "2000",
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "2000",
    "RAY_health_check_failure_threshold": "3",
    "RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S": "10",
    "RAY_TRAIN_HEALTH_CHECK_INTERVAL_S": "1",
    "RAY_TRAIN_PREEMPTION_POLL_INTERVAL_S": "1",
    "TORCH_PROCESS_GROUP_SHUTDOWN_TIMEOUT_S": "5",
}


@dataclass(frozen=True)
class Host:
    """Where a node runs: its address, what its commands begin with, and what they find in the environment."""

    ip: str
    prefix: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


LOOPBACK = Host("127.0.0.1")


@dataclass
class Node:
    """One node."""

    process: subprocess.Popen[bytes]
    host: Host
    log: Path

    @property
    def inside(self) -> tuple[str, ...]:
        """What a command begins with that runs on the same host, beside the node."""
        if not self.host.prefix:
            return ()
        return ("nsenter", "--target", str(self.process.pid), "--mount", "--net")

    def wait(self) -> None:
        """Wait until it has joined its cluster."""
        until = time.monotonic() + _SECONDS
        while b"Ray runtime started" not in self.log.read_bytes():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < until, self.log.read_text()
            time.sleep(0.2)

    def tree(self) -> list[psutil.Process]:
        """Return the processes of the node, itself first."""
        try:
            root = psutil.Process(self.process.pid)
            return [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def workers(self) -> list[psutil.Process]:
        """Return the processes in which a training runs."""
        return [process for process in self.tree() if "RayTrainWorker" in _title(process)]

    def kill(self) -> None:
        """Kill all of it at once."""
        _kill(self.tree())
        self.process.wait()


@dataclass
class Cluster:
    """A head and further nodes on this machine, which answer only who knows their token."""

    folder: Path
    disk: Path  # for what Ray keeps
    environment: dict[str, str]
    nodes: list[Node] = field(default_factory=list)
    head: Node | None = None
    address: str = ""

    def start_head(self, cpus: int = 0, host: Host = LOOPBACK) -> Node:
        """Start a head, also in place of one that was lost."""
        port, *others = free_ports(6)
        told = ["--head", f"--port={port}", "--include-dashboard=false"]
        self.address = f"{host.ip}:{port}"
        self.head = self._start([*told, f"--num-cpus={cpus}"], others, host)
        self.head.wait()
        return self.head

    def start_node(self, cpus: int = 1, host: Host = LOOPBACK, *, name: str = "node") -> Node:
        """Start a node of this head, which joins a moment later.

        Args:
            cpus: how many workers it may have.
            host: where it runs.
            name: a resource of it, by which it is found.
        """
        told = [f"--address={self.address}", f"--num-cpus={cpus}", "--resources", json.dumps({name: 1})]
        return self._start(told, free_ports(5), host)

    def python(self, *arguments: str, node: Node | None = None) -> subprocess.Popen[str]:
        """Start Python on a node, by default on the head."""
        at = node or self.head
        assert at is not None
        return subprocess.Popen(
            [*at.inside, sys.executable, *arguments],
            env={**self.environment, **at.host.variables, "RAY_ADDRESS": self.address},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def kill(self) -> None:
        """Kill every node."""
        _kill([process for node in self.nodes for process in node.tree()])
        for node in self.nodes:
            node.process.wait()

    def _start(self, told: list[str], ports: Sequence[int], host: Host) -> Node:
        names = (
            "--node-manager-port",
            "--object-manager-port",
            "--dashboard-agent-listen-port",
            "--runtime-env-agent-port",
            "--metrics-export-port",
        )
        command = [
            *host.prefix,
            sys.executable,
            "-m",
            "ray.scripts.scripts",
            "start",
            "--block",
            "--disable-usage-stats",
            *told,
            *(f"{name}={port}" for name, port in zip(names, ports, strict=True)),
            f"--node-ip-address={host.ip}",
            # Nodes that start at once in one folder may choose the same name for their sockets.
            f"--temp-dir={self.disk / f'ray{len(self.nodes)}'}",
            "--min-worker-port=0",
            "--max-worker-port=0",
            "--num-gpus=0",
            "--include-log-monitor=false",
            f"--object-store-memory={_STORE_BYTES}",
        ]
        log = self.folder / f"node-{len(self.nodes)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, env={**self.environment, **host.variables}, stdout=output, stderr=subprocess.STDOUT
            )
        node = Node(process, host, log)
        self.nodes.append(node)
        return node


def new_cluster(folder: Path, disk: str = ".") -> Cluster:
    """Return a cluster without nodes.

    Args:
        folder: has a short path, for Ray's sockets are below it.
        disk: the folder in it where Ray keeps its files; hosts may have one each.
    """
    token = folder / "token"
    token.write_text(secrets.token_hex(32))
    token.chmod(0o600)
    # Each process of Ray's imports the same modules: they are compiled once.
    taken = ("PREFECT_", "RAY_", "LOOSELEAF_", "PYTHONDONTWRITEBYTECODE")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(taken)}
    environment |= {
        **QUICK,
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN_PATH": str(token),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]),
    }
    return Cluster(folder, folder / disk, environment)


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(processes, timeout=20)


def _title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return ""
