"""Whether a worker was told that it will be taken away: by SIGTERM, or by its cluster."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

#: Says whether this worker was told to stop; asked before each step.
Told = Callable[[], bool]

#: What a process ends with that heeded a SIGTERM, as a shell has it.
STATUS = 128 + signal.SIGTERM

_sigterm = threading.Event()


def never() -> bool:
    """Say that nobody told this worker anything."""
    return False


def told_by_sigterm() -> bool:
    """Say whether a SIGTERM came since `listen`."""
    return _sigterm.is_set()


def listen() -> None:
    """Take SIGTERM down from now on instead of ending; the main thread must call it."""
    _sigterm.clear()
    signal.signal(signal.SIGTERM, _note)


@contextmanager
def listening() -> Iterator[Told]:
    """Take SIGTERM down meanwhile, where this is the main thread; elsewhere nothing is heard."""
    if threading.current_thread() is not threading.main_thread():
        yield never
        return
    before = signal.getsignal(signal.SIGTERM)
    listen()
    try:
        yield told_by_sigterm
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def passing_on(ask: Callable[[], None], patience: float) -> Iterator[Told]:
    """Pass a SIGTERM on to workers elsewhere, where this is the main thread; elsewhere nothing is heard.

    Args:
        ask: asks them to stop.
        patience: seconds after which this process ends all the same.

    Raises:
        SystemExit: when they took longer.
    """

    def heard(_signal: int, _frame: FrameType | None) -> None:
        if not _sigterm.is_set():
            _sigterm.set()
            signal.setitimer(signal.ITIMER_REAL, patience)
            ask()

    def late(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(STATUS)

    with listening() as told:
        if told is never:
            yield told
            return
        before = signal.signal(signal.SIGALRM, late)
        signal.signal(signal.SIGTERM, heard)
        try:
            yield told
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)


def _note(_signal: int, _frame: FrameType | None) -> None:
    _sigterm.set()
