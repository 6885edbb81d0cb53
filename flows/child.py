"""Runs a program that ends when its parent does, however the parent ended.

`python -m flows.child FOLDER PROGRAM ARGUMENT...` starts the program and waits. Its standard input is a pipe
that the parent holds: at its end, be it that the parent closed it or was killed, the program is asked to end,
and after a grace it is killed with all its descendants. A SIGKILL of the parent thus leaves nothing.
FOLDER is what the program leaves behind: it is removed at the end; `-` means none.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

import psutil

_GRACE_SECONDS = 12.0
_POLL_SECONDS = 0.5


def main(folder: str, command: Sequence[str]) -> int:
    """Run `command` until it ends or standard input does, remove `folder`, and return its exit status."""
    # Ctrl-C and a supervisor's SIGTERM are the parent's to handle: it closes the pipe when it is done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    program = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_default_signals,  # noqa: PLW1509 - this process has one thread
    )
    family: list[psutil.Process] = []
    while program.poll() is None:
        ready, _, _ = select.select([sys.stdin], [], [], _POLL_SECONDS)
        if ready:
            family = _descendants(program.pid)
            _end(program)
    for process in [*family, *_session(program.pid)]:
        if process.is_running():
            process.kill()
    if folder != "-":
        shutil.rmtree(folder, ignore_errors=True)
    return program.returncode


def _default_signals() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _session(leader: int) -> list[psutil.Process]:
    """Return the processes of the session of `leader`, which outlive it when it crashed."""
    members = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == leader:
                members.append(process)
        except OSError:  # it has ended meanwhile
            continue
    return members


def _end(program: subprocess.Popen[bytes]) -> None:
    """Ask `program` to end, and kill it when it has not done so within the grace."""
    program.send_signal(signal.SIGTERM)
    until = time.monotonic() + _GRACE_SECONDS
    while program.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    if program.poll() is None:
        program.kill()
        program.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
