"""A service that dies is started again, and one that was stopped is not."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from flows.processes import Service, stop_all
from flows.supervising import Kept, kept_alive

_SLEEP = "import sys, time; print('began', flush=True); sys.stdin.read()"


def _start(log: Path, code: str = _SLEEP) -> Service:
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=output)
    return Service("The sleeper", process, "http://127.0.0.1:9/health", log)


def _wait(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_service_that_is_killed_is_started_again_each_time(tmp_path: Path) -> None:
    log = tmp_path / "sleeper.log"
    kept, told = Kept(_start(log), lambda: _start(log)), list[str]()
    with kept_alive([kept], told.append, look_seconds=0.02):
        for _ in range(2):
            process = kept.service.process
            _wait(lambda: "began" in log.read_text() if log.exists() else False)
            process.kill()
            _wait(lambda before=process: kept.service.process is not before)  # type: ignore[misc]
        _wait(lambda: "began" in log.read_text() if log.exists() else False)
    assert kept.service.process.poll() is None
    assert [sentence.split(" in ")[0] for sentence in told] == [
        "The sleeper has died: it is started again"
    ] * 2
    assert (tmp_path / "sleeper.log.1").read_text() == "began\n"
    last = kept.service.process
    stop_all([kept.service])
    assert last.poll() == 0


def test_what_ends_at_once_is_started_ever_later(tmp_path: Path) -> None:
    log = tmp_path / "sleeper.log"
    starts = [0]

    def start() -> Service:
        starts[0] += 1
        return _start(log, "pass")

    told: list[str] = []
    with kept_alive([Kept(_start(log, "pass"), start)], told.append, look_seconds=0.01):
        _wait(lambda: starts[0] == 2)
    assert "in 0.5 s" in told[0]
    assert "in 1.0 s" in told[1]
    assert starts[0] == 2
