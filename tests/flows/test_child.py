"""A child ends with its parent, in whatever way the parent ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

#: Starts a grandchild in a process group of its own, as Ray does, and writes both pids.
PROGRAM = """
import subprocess, sys, time, os, pathlib
inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], process_group=0)
pathlib.Path(sys.argv[1]).write_text(f"{os.getpid()} {inner.pid} ")
time.sleep(600)
"""

PARENT = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-m", "flows.child", *sys.argv[1:]], stdin=subprocess.PIPE)
time.sleep(600)
"""


def gone(pid: int) -> bool:
    """Whether it has ended; asked in one step, as it may end between two."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    return path


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_descendants_end_when_the_parent_is_killed(tmp_path: Path, program: Path, how: int) -> None:
    pids = tmp_path / "pids"
    left = tmp_path / "left"
    left.mkdir()
    command = [str(left), sys.executable, str(program), str(pids)]
    parent = subprocess.Popen([sys.executable, "-c", PARENT, *command])
    wait_for(lambda: pids.exists() and pids.read_text().endswith(" "))
    family = [int(pid) for pid in pids.read_text().split()]
    os.kill(parent.pid, how)
    parent.wait()
    wait_for(lambda: all(gone(pid) for pid in family) and not left.exists())


def test_it_ends_in_order_when_the_pipe_is_closed(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "flows.child", "-", sys.executable, "-c", "import time; time.sleep(600)"]
    child = subprocess.Popen(command, stdin=subprocess.PIPE)
    time.sleep(0.5)
    assert child.stdin is not None
    child.stdin.close()
    assert child.wait(timeout=10) != 0


def test_it_returns_the_status_of_a_program_that_ends() -> None:
    command = [sys.executable, "-m", "flows.child", "-", sys.executable, "-c", "raise SystemExit(3)"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as child:
        assert child.wait(timeout=10) == 3
