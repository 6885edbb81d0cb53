"""Runs what needs much memory in a process of its own, which gives all of it back when it ends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from storage.errors import LooseleafError


def run_apart(module: str, arguments: Sequence[str]) -> None:
    """Run `python -m module ARGUMENT...` and wait for its end.

    Raises:
        LooseleafError: if it fails; with the last line that it said.
    """
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise LooseleafError(
            f"{arguments[0]} could not be prepared for the explorer ({last}): "
            f"run `python -m {module} {' '.join(arguments)}` to see why."
        )
