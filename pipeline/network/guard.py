"""Keeps fetches away from private addresses, however they are spelt and wherever a redirect leads.

Every spelling of a host (decimal, octal, a name that resolves to 10.0.0.1, an IPv6 form of 127.0.0.1) passes
name resolution before a connection is made, also after a redirect. So the resolved addresses are what is
judged, and only those that pass are handed back: there is no second look-up that could answer otherwise.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_IPV4_COMPATIBLE = ipaddress.IPv6Network("::/96")


class AddressRefusedError(socket.gaierror):
    """The host resolves to nothing but addresses that may not be asked."""


@dataclass(frozen=True)
class AddressGuard:
    """Lets public addresses pass, and of all others only those listed as `host:port`."""

    allow: frozenset[str]
    #: The `host:port` that were refused so far; some callers hide why a host did not resolve.
    refused: set[str] = field(default_factory=set, compare=False)

    @classmethod
    def allowing(cls, entries: Sequence[str]) -> AddressGuard:
        """Return a guard that lets `entries` (`host:port`, IPv6 hosts in brackets) pass."""
        return cls(frozenset(entry.lower() for entry in entries))

    def permits(self, host: str, port: int, address: str) -> bool:
        """Say whether `host:port`, as it was written, may be asked at the `address` that it resolved to."""
        return is_public(address) or bool({_entry(host, port), _entry(address, port)} & self.allow)

    def has_refused(self, url: str) -> bool:
        """Say whether the server of `url` was refused before."""
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return _entry(parts.hostname or "", port) in self.refused


@lru_cache(maxsize=4096)
def is_public(address: str) -> bool:
    """Say whether an IP address is of the open internet.

    Private, loopback, link-local, multicast and reserved ones are not. IPv6 forms that carry an IPv4
    address (mapped, compatible, 6to4, NAT64) are judged by that address.
    """
    ip = ipaddress.ip_address(address.split("%", 1)[0])
    judged = _inner_ipv4(ip) or ip
    site_local = isinstance(judged, ipaddress.IPv6Address) and judged.is_site_local
    return judged.is_global and not (judged.is_multicast or judged.is_reserved or site_local)


@contextmanager
def guarded(guard: AddressGuard) -> Iterator[None]:
    """Apply `guard` to every name resolution that this thread makes meanwhile."""
    _wrap_resolution()
    before = getattr(_of_thread, "guard", None)
    _of_thread.guard = guard
    try:
        yield
    finally:
        _of_thread.guard = before


def guard_whole_process(guard: AddressGuard) -> None:
    """Apply `guard` to every name resolution of this process from now on."""
    global _of_process  # noqa: PLW0603
    _wrap_resolution()
    _of_process = guard


_of_thread = threading.local()
_of_process: AddressGuard | None = None
_resolve = socket.getaddrinfo


def _wrap_resolution() -> None:
    socket.getaddrinfo = _resolve_guarded


def _resolve_guarded(host: Any, port: Any, *args: Any, **kwargs: Any) -> list[Any]:
    found = _resolve(host, port, *args, **kwargs)
    guard = getattr(_of_thread, "guard", None) or _of_process
    if guard is None:
        return found
    name = host.decode("ascii") if isinstance(host, bytes) else str(host)
    passed = [entry for entry in found if guard.permits(name, int(port or 0), str(entry[4][0]))]
    if not passed:
        guard.refused.add(_entry(name, int(port or 0)))
        raise AddressRefusedError(
            socket.EAI_NONAME, f"{name}:{port} has a private address and is not in network.allow_private"
        )
    return passed


def _entry(host: str, port: int) -> str:
    bare = host.strip("[]").lower()
    return f"[{bare}]:{port}" if ":" in bare else f"{bare}:{port}"


def _inner_ipv4(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    if ip.ipv4_mapped:
        return ip.ipv4_mapped
    if ip.sixtofour:
        return ip.sixtofour
    if ip in _NAT64 or ip in _IPV4_COMPATIBLE:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return None
