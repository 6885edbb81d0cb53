"""Passes on what a job prints while it prints it: each line once, and not more than a page can bear."""

from __future__ import annotations

import asyncio
import queue
import re
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from flows.ray_jobs import HeadAwayError, Jobs
from storage.errors import LooseleafError

#: Lines of one job that are passed on, and letters of one line; Ray's dashboard has them all.
LINES, LETTERS = 5_000, 2_000
_RECONNECT_SECONDS = 2.0

#: Lines that Ray itself prints around a job's own.
_RAYS_OWN = re.compile(
    r"Runtime env is setting up\.$|^Running entrypoint for job |Connecting to existing Ray cluster"
    r"|Connected to Ray cluster|Using address \S+ set in the environment variable"
)


class LogTail:
    """Follows one job's log; the connection that brings it is a thread's, for it waits.

    What was passed on is counted, so that a connection that broke goes on where it was, and a job that ended
    before it was connected is read once as a whole: a long log costs what it is long, however it is polled.

    Args:
        jobs: where the job is.
        submission: its id.
        log: called with each line.
    """

    def __init__(self, jobs: Jobs, submission: str, log: Callable[[str], None]) -> None:
        self._jobs, self._submission, self._log = jobs, submission, log
        self._seen = 0  # characters
        self._part = ""  # of a line whose end has not come yet
        self._lines = 0
        self.last = ""
        self._connection = _Connection(jobs, submission, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def pass_on(self) -> None:
        """Pass on the lines that have come."""
        for text in self._connection.come():
            self._take(text)
        if self._connection.lost(_RECONNECT_SECONDS):
            self._connection = _Connection(self._jobs, self._submission, self._seen)

    def finish(self) -> None:
        """Pass on the rest of a job that has ended."""
        self._connection.close()
        self.pass_on()
        if self._lines <= LINES:
            try:
                self._take(self._jobs.log(self._submission)[self._seen :])
            except (HeadAwayError, LooseleafError):
                # The node that held the log is gone, and with it the rest.
                return
        if self._part:
            self._take("\n")

    def _take(self, text: str) -> None:
        self._seen += len(text)
        *whole, self._part = (self._part + text).split("\n")
        for line in whole:
            self._line(line.rstrip())

    def _line(self, line: str) -> None:
        if not line or _RAYS_OWN.search(line):
            return
        self.last = line[:LETTERS]
        self._lines += 1
        if self._lines <= LINES:
            self._log(self.last if len(line) <= LETTERS else f"{self.last}…")
        elif self._lines == LINES + 1:
            self._log(f"The log goes on: only its first {LINES} lines are kept here, the job's page has all.")


class _Connection:
    """A thread that reads a log from its beginning and leaves out what was seen before."""

    def __init__(self, jobs: Jobs, submission: str, seen: int) -> None:
        self._jobs, self._submission, self._skip = jobs, submission, seen
        self._texts: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._loop = asyncio.new_event_loop()
        self._reading: asyncio.Task[None] | None = None
        self._closed = threading.Event()
        self._ended_at: float | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name=f"log-{submission}")
        self._thread.start()

    def come(self) -> list[str]:
        """Return what has come since it was asked last."""
        found = []
        while True:
            try:
                found.append(self._texts.get_nowait())
            except queue.Empty:
                return found

    def lost(self, seconds: float) -> bool:
        """Say whether it ended by itself at least so long ago."""
        ended = self._ended_at
        return not self._closed.is_set() and ended is not None and time.monotonic() - ended >= seconds

    def close(self) -> None:
        """End it; what has come can still be asked for."""
        self._closed.set()
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._cancel)
            self._thread.join(timeout=5.0)

    def _cancel(self) -> None:
        if self._reading is not None:
            self._reading.cancel()

    def _run(self) -> None:
        try:
            self._reading = self._loop.create_task(self._read())
            self._loop.run_until_complete(self._reading)
        except (HeadAwayError, LooseleafError, asyncio.CancelledError):
            # Asked again later, where the job still runs.
            pass
        finally:
            self._ended_at = time.monotonic()

    async def _read(self) -> None:
        if self._closed.is_set():
            return
        async for text in self._jobs.follow_log(self._submission):
            self._texts.put(text[self._skip :])
            self._skip = max(0, self._skip - len(text))
