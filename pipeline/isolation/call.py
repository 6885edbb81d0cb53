"""The parent's side: a function that runs in a child process, which is kept for the next call."""

from __future__ import annotations

import atexit
import os
import pickle
import select
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any

from pipeline.isolation.frames import LENGTH, loads, write_frame
from pipeline.refusal import RefusalError

_MIB = 1 << 20
#: A child is replaced after so many calls: what its libraries leak ends with it.
_MAX_CALLS = 256
_START_SECONDS = 60.0


@dataclass(frozen=True)
class Limits:
    """What one call may take: seconds, and MiB of the child's memory (data, not code)."""

    seconds: float
    memory: int


class IsolationError(RefusalError):
    """A call that did not come back with a value.

    Its rule is `too_slow`, `too_much_memory`, `crashed` (the child is gone) or `failed` (it raised).
    """


class Isolated:
    """A function in a child process; calls from several threads wait for each other.

    Args:
        target: module and function, `module:function`; arguments and value are plain values or our classes.
        limits: what one call may take.
    """

    def __init__(self, target: str, limits: Limits) -> None:
        self.target = target
        self.limits = limits
        self._lock = Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._calls = 0

    def __call__(self, *arguments: object) -> Any:
        """Call the function.

        Raises:
            IsolationError: if it took too long or too much memory, crashed, or raised what is not ours.
            Exception: what the function raised, if its class is of our own packages.
        """
        with self._lock:
            child = self._ready_child()
            self._calls += 1
            try:
                assert child.stdin is not None
                write_frame(child.stdin, arguments)
                kind, value = self._read(child, self.limits.seconds)
            except TimeoutError:
                self._end()
                seconds = self.limits.seconds
                raise IsolationError(
                    "too_slow", f"It took longer than {seconds:g} seconds.", None, seconds
                ) from None
            except (OSError, EOFError, pickle.UnpicklingError) as error:
                status = self._end()
                raise IsolationError(
                    "crashed", f"The process that read it ended with status {status}."
                ) from error
            if kind == "memory":
                self._end()
                raise IsolationError(
                    "too_much_memory",
                    f"It needs more than {self.limits.memory} MiB of memory.",
                    None,
                    float(self.limits.memory),
                )
        if kind == "fault":
            raise IsolationError("failed", f"The parser failed with {value}.")
        if kind == "error":
            assert isinstance(value, Exception)
            raise value
        return value

    def close(self) -> None:
        """End the child; a later call starts another."""
        with self._lock:
            self._end()

    def _ready_child(self) -> subprocess.Popen[bytes]:
        if self._child is not None and (self._calls >= _MAX_CALLS or self._child.poll() is not None):
            self._end()
        if self._child is None:
            self._child = _start(self.target, self.limits)
            self._calls = 0
            try:
                self._read(self._child, _START_SECONDS)
            except (OSError, EOFError) as error:  # a TimeoutError is an OSError
                status = self._end()
                raise IsolationError(
                    "crashed", f"The process for {self.target} did not start (status {status})."
                ) from error
        return self._child

    def _read(self, child: subprocess.Popen[bytes], seconds: float) -> tuple[str, object]:
        until = time.monotonic() + seconds
        length = LENGTH.unpack(_exactly(child, LENGTH.size, until))[0]
        answer = loads(_exactly(child, length, until))
        if not isinstance(answer, tuple) or len(answer) != 2:
            raise pickle.UnpicklingError("the answer is not of the agreed form")
        return answer

    def _end(self) -> int | None:
        child, self._child = self._child, None
        if child is None:
            return None
        child.kill()
        status = child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue
        return status


@cache
def isolated(target: str, limits: Limits) -> Isolated:
    """Return the one `Isolated` of this process for `target` and `limits`; it ends with the process."""
    function = Isolated(target, limits)
    atexit.register(function.close)
    return function


def _start(target: str, limits: Limits) -> subprocess.Popen[bytes]:
    # Where this process found our packages, the child finds them, and a library keeps to one thread.
    path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    module = "pipeline.isolation.worker"
    return subprocess.Popen(
        [sys.executable, "-m", module, target, str(limits.memory * _MIB), str(limits.seconds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )


def _exactly(child: subprocess.Popen[bytes], size: int, until: float) -> bytes:
    assert child.stdout is not None
    descriptor = child.stdout.fileno()
    parts = bytearray()
    while len(parts) < size:
        left = until - time.monotonic()
        if left <= 0 or not select.select([descriptor], [], [], left)[0]:
            raise TimeoutError
        block = os.read(descriptor, min(size - len(parts), _MIB))
        if not block:
            raise EOFError
        parts += block
    return bytes(parts)
