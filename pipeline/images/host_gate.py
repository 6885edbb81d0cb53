"""Limits for each host that hold across the processes of a machine."""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_POLL_SECONDS = 0.01


@dataclass(frozen=True)
class HostGate:
    """Lets `concurrency` requests to a host be in flight, their starts `delay` seconds apart.

    Slots are file locks, which the system gives back when a process dies.
    """

    concurrency: int
    delay: float  # seconds
    folder: Path

    @classmethod
    def on_this_machine(cls, concurrency: int, delay: float) -> HostGate:
        """Return a gate that all processes of this user share."""
        folder = Path(tempfile.gettempdir()) / f"looseleaf-hosts-{os.getuid()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        return cls(concurrency, delay, folder)

    @contextmanager
    def slot(self, host: str) -> Iterator[None]:
        """Wait for a free slot of `host`, and hold it meanwhile."""
        name = hashlib.sha256(host.encode()).hexdigest()[:32]
        with self._any_lock(name):
            if self.delay > 0:
                self._wait_for_turn(name)
            yield

    @contextmanager
    def _any_lock(self, name: str) -> Iterator[None]:
        while True:
            for number in range(self.concurrency):
                with (self.folder / f"{name}.{number}").open("a") as file:
                    if _lock_now(file):
                        yield
                        return
            time.sleep(_POLL_SECONDS)

    def _wait_for_turn(self, name: str) -> None:
        with (self.folder / f"{name}.last").open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            last = float(file.read() or 0.0)
            # A clock that was set back must not stop us for longer than the delay.
            time.sleep(min(max(last + self.delay - time.time(), 0.0), self.delay))
            file.truncate(0)
            file.write(repr(time.time()))


def _lock_now(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
