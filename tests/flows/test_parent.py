"""A flow run ends when the process that started it is killed, and not before."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import psutil
import pytest

_RUNNER = """
import os, subprocess, sys
os.environ["LOOSELEAF_RUNNER"] = str(os.getpid())
run = subprocess.Popen([sys.executable, "-c", sys.argv[1]])
print(run.pid, flush=True)
run.wait()
"""

_RUN = """
import time
from flows import parent
parent._LOOK_SECONDS = 0.01
parent.end_with_runner(None, None, None)
print("runs", flush=True)
time.sleep(60)
"""


def _started(environment: dict[str, str]) -> tuple[subprocess.Popen[str], psutil.Process]:
    """Start a runner and its run."""
    told = (sys.executable, "-c", _RUNNER, _RUN)
    runner = subprocess.Popen(told, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment})
    assert runner.stdout is not None
    return runner, psutil.Process(int(runner.stdout.readline()))


@pytest.mark.parametrize("when", ["while it runs", "before it runs"])
def test_it_ends_with_its_runner(when: str) -> None:
    runner, run = _started({"PREFECT__FLOW_RUN_ID": "a"})
    assert runner.stdout is not None
    if when == "while it runs":
        assert runner.stdout.readline() == "runs\n"
        time.sleep(0.1)
        assert run.is_running(), "its runner lives"
    runner.kill()
    runner.wait()
    run.wait(timeout=40)


def test_a_flow_that_a_command_calls_is_its_own() -> None:
    runner, run = _started({})
    assert runner.stdout is not None
    assert runner.stdout.readline() == "runs\n"
    runner.kill()
    runner.wait()
    time.sleep(0.2)
    assert run.is_running()
    run.kill()
