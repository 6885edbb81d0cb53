"""The server's side of its workers: how many there are, who waits for one, and who is ended when."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from flows.sql_server.frames import ASK, DESCRIBE, END, ERROR, READY, ROWS, SCHEMA, read_frame, write_frame
from flows.sql_server.worker import Answering
from storage.builds import latest_build
from storage.errors import LooseleafError

#: Seconds over a query's own after which its worker is ended; the worker itself is the first to stop.
_GRACE = 2.0
#: Seconds for which the newest build is taken for the newest.
_FRESH = 5.0
_TOKENS = ("LOOSELEAF_QUERY_TOKEN",)


class BusyError(LooseleafError):
    """All workers are taken, and too many wait already or none became free in time."""


@dataclass
class Worker:
    """A child process that has a build open."""

    process: subprocess.Popen[bytes]
    build_id: str
    folder: str  # for what it has on disk, which goes with it
    broken: bool = False  # it ended, or will

    def ask(self, kind: bytes, question: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Give the frames of an answer up to its last one.

        Raises:
            LooseleafError: if there is none: the worker's own reason, or that it is gone.
        """
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            write_frame(self.process.stdin, kind, question)
            while True:
                found, data = read_frame(self.process.stdout)
                if found == ERROR:
                    raise LooseleafError(data.decode())
                if found != END:
                    yield found, data
                if found == END or kind == DESCRIBE:
                    return
        except (OSError, EOFError) as error:
            self.broken = True
            raise LooseleafError(
                "The query was ended because it took more time or memory than it may: ask for less at once."
            ) from error

    def end(self) -> None:
        """End the process, whatever it does."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass
class Workers:
    """The workers of a dataset: `count` queries run at once at most, and `waiting` wait for their turn."""

    dataset: str
    at: str | None  # a build's id; None follows the newest
    answering: Answering
    count: int
    waiting: int
    _turns: threading.Semaphore = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _idle: list[Worker] = field(default_factory=list)
    _asked: list[Worker] = field(default_factory=list)
    _waiters: int = 0
    _newest: tuple[float, str] = (float("-inf"), "")
    _closed: bool = False

    def __post_init__(self) -> None:
        self._turns = threading.Semaphore(self.count)

    def schema(self, question: bytes) -> pa.Schema:
        """Return the columns of the answer to a `Question`.

        Raises:
            LooseleafError: if it cannot be answered.
        """
        with self._worker() as worker:
            ((_, data),) = worker.ask(DESCRIBE, question)
        return pa.ipc.read_schema(pa.py_buffer(data))

    @contextlib.contextmanager
    def answer(self, question: bytes) -> Iterator[tuple[pa.Schema, Iterator[pa.RecordBatch]]]:
        """Give the schema and the rows that answer a `Question`; who leaves the block early stops the query.

        Raises:
            LooseleafError: here or while the rows are read, if it cannot be answered within its limits.
        """
        with self._worker() as worker:
            frames = worker.ask(ASK, question)
            kind, data = next(frames)
            assert kind == SCHEMA
            schema = pa.ipc.read_schema(pa.py_buffer(data))

            def rows() -> Iterator[pa.RecordBatch]:
                for found, content in frames:
                    assert found == ROWS
                    yield pa.ipc.read_record_batch(pa.py_buffer(content), schema)

            yield schema, rows()

    def close(self) -> None:
        """End all workers, also those that have a query; none is answered any more."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            for worker in self._asked:
                worker.process.kill()
        for worker in idle:
            worker.end()

    @contextlib.contextmanager
    def _worker(self) -> Iterator[Worker]:
        """Give a worker to a query; one whose query did not come to its end is not used again."""
        self._take_turn()
        turn = _Once(self._turns.release)
        try:
            worker = self._ready()
            with self._lock:
                self._asked.append(worker)
            # A client that stops to read holds no worker for longer than a query may run.
            timer = threading.Timer(self.answering.seconds + _GRACE, _expire, (worker, turn))
            timer.daemon = True
            timer.start()
            whole = False
            try:
                yield worker
                whole = True
            except LooseleafError:
                # Its own reason: it waits for the next query. What has ended shows when it is taken again.
                whole = True
                raise
            finally:
                timer.cancel()
                self._give_back(worker, whole)
        finally:
            turn()

    def _take_turn(self) -> None:
        if self._turns.acquire(blocking=False):
            return
        with self._lock:
            if self._waiters >= self.waiting:
                raise BusyError("The server answers as many queries as it may: ask again in a moment.")
            self._waiters += 1
        try:
            if not self._turns.acquire(timeout=self.answering.seconds):
                raise BusyError("The server was busy for too long: ask again in a moment.")
        finally:
            with self._lock:
                self._waiters -= 1

    def _ready(self) -> Worker:
        build_id = self._build_id()
        with self._lock:
            old = [worker for worker in self._idle if worker.build_id != build_id]
            usable = [worker for worker in self._idle if worker.build_id == build_id]
            chosen = usable.pop() if usable else None
            self._idle = usable
        for worker in old:
            worker.end()
        if chosen is not None and chosen.process.poll() is None:
            return chosen
        if chosen is not None:
            chosen.end()
        return _started(self.dataset, build_id, self.answering)

    def _give_back(self, worker: Worker, whole: bool) -> None:
        with self._lock:
            self._asked = [other for other in self._asked if other is not worker]
            if whole and not (worker.broken or self._closed) and worker.process.poll() is None:
                self._idle.append(worker)
                return
        worker.end()

    def _build_id(self) -> str:
        if self.at is not None:
            return self.at
        with self._lock:
            looked, known = self._newest
        if time.monotonic() - looked < _FRESH:
            return known
        build = latest_build(self.dataset)
        found = build.build_id if build is not None else ""
        with self._lock:
            self._newest = (time.monotonic(), found)
        return found


class _Once:
    """Calls a function at its first call, and not again."""

    def __init__(self, function: Callable[[], None]) -> None:
        self._function = function
        self._lock = threading.Lock()
        self._done = False

    def __call__(self) -> None:
        with self._lock:
            if self._done:
                return
            self._done = True
        self._function()


def _expire(worker: Worker, turn: _Once) -> None:
    worker.process.kill()
    turn()


def _started(dataset: str, build_id: str, answering: Answering) -> Worker:
    """Start a worker and wait until it has the build open.

    Raises:
        LooseleafError: if it cannot.
    """
    # Where this process found our packages, the child finds them; the token is none of its business.
    path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
    environment = {name: value for name, value in os.environ.items() if name not in _TOKENS}
    folder = tempfile.mkdtemp(prefix="looseleaf-queries-")
    process = subprocess.Popen(
        [sys.executable, "-m", "flows.sql_server.worker", dataset, build_id, answering.told()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**environment, "PYTHONPATH": path, "TMPDIR": folder},
        start_new_session=True,
    )
    worker = Worker(process, build_id, folder)
    assert process.stdout is not None
    try:
        kind, data = read_frame(process.stdout)
    except EOFError as error:
        worker.end()
        raise LooseleafError(
            f"No worker could be started for {dataset}: look at the server's memory."
        ) from error
    if kind != READY:
        worker.end()
        raise LooseleafError(data.decode())
    return worker
