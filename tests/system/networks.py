"""Hosts in network namespaces: each has its own address, and its cable can be pulled out."""

from __future__ import annotations

import os
import subprocess
from types import TracebackType
from typing import Self

from tests.ray_nodes import Host

#: Addresses that are kept for measuring networks (RFC 2544): nobody's.
_NET = "198.18.0"


class Network:
    """A switch and hosts on it, which only root can make; all of it is gone when the context ends.

    Args:
        folder: of which each host has one of its own, as it would have its own disk.
    """

    def __init__(self, folder: str) -> None:
        assert os.geteuid() == 0, "network namespaces are made by root alone: run these tests as root"
        self._folder = folder
        self._name = f"ll{os.getpid()}"
        self._made: list[str] = []

    def __enter__(self) -> Self:
        switch = self._namespace("s")
        _ip("-n", switch, "link", "add", "switch", "type", "bridge")
        _ip("-n", switch, "link", "set", "switch", "up")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Links and the bridge go with the namespaces that they are in.
        for name in reversed(self._made):
            _ip("netns", "del", name)

    def host(self, number: int) -> Host:
        """Add a host; its number is the last of its address."""
        name, switch, ip = self._namespace(str(number)), self._made[0], f"{_NET}.{number}"
        _ip(
            "link",
            "add",
            "eth0",
            "netns",
            name,
            "type",
            "veth",
            "peer",
            "name",
            f"port{number}",
            "netns",
            switch,
        )
        _ip("-n", switch, "link", "set", f"port{number}", "master", "switch", "up")
        _ip("-n", name, "address", "add", f"{ip}/24", "dev", "eth0")
        _ip("-n", name, "link", "set", "lo", "up")
        _ip("-n", name, "link", "set", "eth0", "up")
        # Leads nowhere, but says which address is the host's own.
        _ip("-n", name, "route", "add", "default", "dev", "eth0")
        own_disk = f'mount -t tmpfs host "{self._folder}" && exec "$@"'
        prefix = ("ip", "netns", "exec", name, "unshare", "--mount", "sh", "-c", own_disk, "sh")
        # The host's name stands for an address that is not there.
        return Host(ip, prefix, {"GLOO_SOCKET_IFNAME": "eth0"})

    def cut(self, number: int) -> None:
        """Pull a host's cable out of the switch."""
        _ip("-n", self._made[0], "link", "set", f"port{number}", "down")

    def _namespace(self, suffix: str) -> str:
        name = f"{self._name}-{suffix}"
        _ip("netns", "add", name)
        self._made.append(name)
        return name


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {' '.join(arguments)}: {done.stderr}"
