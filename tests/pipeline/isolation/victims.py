"""Functions that behave badly in a child process."""

from __future__ import annotations

import os
import signal
import time

from pipeline.extract.element import UnreadableDocumentError


def double(value: int) -> int:
    print("noise that must not be taken for an answer", flush=True)
    return value * 2


def process_id() -> int:
    return os.getpid()


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def take_memory(mebibytes: int) -> int:
    return len(bytearray(mebibytes << 20))


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def refuse() -> None:
    raise UnreadableDocumentError("a_rule", "A sentence.", 3.0, 2.0)


def fail() -> None:
    raise ZeroDivisionError("by zero")


class _Call:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("true",)


def attack() -> object:
    return _Call()
