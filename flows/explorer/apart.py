"""Runs what needs much memory in a process of its own, which gives all of it back when it ends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from storage.errors import LooseleafError

_running: set[subprocess.Popen[str]] = set()


def run_apart(module: str, arguments: Sequence[str]) -> None:
    """Run `python -m module ARGUMENT...` and wait for its end.

    Raises:
        LooseleafError: if it fails; with the last line that it said.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    _running.add(process)
    _, said = process.communicate()
    _running.discard(process)
    if process.returncode:
        last = (said.strip().splitlines() or [f"exit status {process.returncode}"])[-1]
        raise LooseleafError(
            f"{arguments[0]} could not be prepared for the explorer ({last}): "
            f"run `python -m {module} {' '.join(arguments)}` to see why."
        )


def end_running() -> None:
    """Ask the processes that still run to end: what they were to make is made anew another time."""
    for process in list(_running):
        process.terminate()
