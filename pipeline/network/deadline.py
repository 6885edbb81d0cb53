"""A last moment for a whole exchange: timeouts of single reads let a server drip for ever."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress

_LOOK_SECONDS = 0.25


class Watchdog:
    """Shuts connections that are open for longer than they may; one thread watches all of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until: dict[int, tuple[float, socket.socket]] = {}
        self._thread: threading.Thread | None = None

    def watch(self, connection: socket.socket, seconds: float) -> None:
        """Shut `connection` in so many seconds, unless it is closed by then."""
        with self._lock:
            self._until[id(connection)] = time.monotonic() + seconds, connection
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            time.sleep(_LOOK_SECONDS)
            with self._lock:
                now = time.monotonic()
                for key, (until, connection) in list(self._until.items()):
                    if connection.fileno() < 0:
                        del self._until[key]
                    elif until < now:
                        del self._until[key]
                        with suppress(OSError):
                            connection.shutdown(socket.SHUT_RDWR)
                if not self._until:
                    self._thread = None
                    return


WATCHDOG = Watchdog()
