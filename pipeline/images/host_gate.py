"""Limits for each host that hold across the processes of a machine."""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import IO

_POLL_SECONDS = 0.01


@dataclass(frozen=True)
class HostGate:
    """Lets `concurrency` requests to a host be in flight, their starts `delay` seconds apart.

    `hosts` are those with limits of their own: (concurrency, delay). Slots are file locks, which the system
    gives back when a process dies.
    """

    concurrency: int
    delay: float  # seconds
    folder: Path
    hosts: Mapping[str, tuple[int, float]] = field(default_factory=dict)
    _slots: dict[str, _Slot] = field(default_factory=dict)
    _opening: Lock = field(default_factory=Lock)

    @classmethod
    def on_this_machine(
        cls, concurrency: int, delay: float, hosts: Mapping[str, tuple[int, float]]
    ) -> HostGate:
        """Return a gate that all processes of this user share."""
        folder = Path(tempfile.gettempdir()) / f"looseleaf-hosts-{os.getuid()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        return cls(concurrency, delay, folder, hosts)

    @contextmanager
    def slot(self, host: str, least_delay: float = 0.0) -> Iterator[None]:
        """Wait for a free slot of `host`, and hold it meanwhile; `least_delay` is what the site asks for."""
        concurrency, delay = self.hosts.get(host, (self.concurrency, self.delay))
        delay = max(delay, least_delay)
        name = _name_of(host)
        with self._any_lock(name, concurrency):
            if delay > 0:
                self._wait_for_turn(name, delay)
            yield

    @contextmanager
    def _any_lock(self, name: str, concurrency: int) -> Iterator[None]:
        while True:
            for number in range(concurrency):
                slot = self._slot(name, number)
                if slot.take():
                    try:
                        yield
                    finally:
                        slot.give_back()
                    return
            time.sleep(_POLL_SECONDS)

    def _slot(self, name: str, number: int) -> _Slot:
        # Kept open: to open a file takes longer than to lock it.
        path = f"{self.folder}/{name}.{number}"
        slot = self._slots.get(path)
        if slot is not None:
            return slot
        with self._opening:
            if path not in self._slots:
                self._slots[path] = _Slot(Path(path).open("a"))  # noqa: SIM115 (it outlives this call)
            return self._slots[path]

    def _wait_for_turn(self, name: str, delay: float) -> None:
        with (self.folder / f"{name}.last").open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            last = float(file.read() or 0.0)
            # A clock that was set back must not stop us for longer than the delay.
            time.sleep(min(max(last + delay - time.time(), 0.0), delay))
            file.truncate(0)
            file.write(repr(time.time()))


@lru_cache(maxsize=4096)
def _name_of(host: str) -> str:
    return hashlib.sha256(host.encode("utf-8", "replace")).hexdigest()[:32]


@dataclass(frozen=True)
class _Slot:
    """A slot that one thread of one process holds."""

    file: IO[str]
    thread: Lock = field(default_factory=Lock)

    def take(self) -> bool:
        """Hold the slot if it is free; say whether it was."""
        if not self.thread.acquire(blocking=False):
            return False
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.thread.release()
            return False
        return True

    def give_back(self) -> None:
        """Let another have the slot."""
        fcntl.flock(self.file, fcntl.LOCK_UN)
        self.thread.release()
