"""The child's side: `python -m pipeline.isolation.worker MODULE:FUNCTION MEMORY SECONDS`.

It reads the arguments of one call after the other from standard input and writes an answer for each to what
was its standard output; whatever libraries print goes nowhere. It ends when its input does.
"""

from __future__ import annotations

import importlib
import os
import pickle
import resource
import signal
import sys
from typing import Any

from pipeline.isolation.frames import LENGTH, write_frame

#: Seconds after which a child whose parent is gone ends itself, over the time of a call.
_GRACE = 5.0


def main(target: str, memory: int, seconds: float) -> None:
    """Answer calls of `target` until standard input ends.

    Args:
        target: module and function, `module:function`.
        memory: bytes of data that this process may have.
        seconds: time of one call; the parent keeps the same clock and is the first to act.
    """
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    module, _, name = target.partition(":")
    function = getattr(importlib.import_module(module), name)
    calls = sys.stdin.buffer
    write_frame(answers, ("ready", None))
    while len(head := calls.read(LENGTH.size)) == LENGTH.size:
        arguments = pickle.loads(calls.read(LENGTH.unpack(head)[0]))  # noqa: S301 - our parent wrote it
        signal.setitimer(signal.ITIMER_REAL, seconds + _GRACE)
        answer = _answer(function, arguments)
        signal.setitimer(signal.ITIMER_REAL, 0)
        try:
            write_frame(answers, answer)
        except BrokenPipeError:
            return


def _answer(function: Any, arguments: tuple[object, ...]) -> tuple[str, object]:
    try:
        return "value", function(*arguments)
    except MemoryError:
        return "memory", None
    except Exception as error:  # noqa: BLE001 - the parent raises it again, or says what it was
        if type(error).__module__.startswith(("pipeline.", "storage.")):
            return "error", error
        return "fault", f"{type(error).__name__}: {error}"[:500]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
