"""Explorers beside a service: from a dataset's first build on, and of its newest one."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows import exploring
from flows.exploring import explorers
from flows.processes import Service
from storage.builds import Build, record_build
from storage.errors import LooseleafError

_LOOK = 0.02
Started = list[tuple[str, str, int, subprocess.Popen[bytes]]]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    """What was started, each a process that ends when its input does."""
    found: Started = []

    def start(dataset: str, build_id: str, port: int, log: Path) -> Service:
        process = subprocess.Popen(
            [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
        )
        found.append((dataset, build_id, port, process))
        return Service(f"The explorer of {dataset}", process, "", log)

    monkeypatch.setattr(exploring, "start_explorer", start)
    return found


def build(dataset: Path, build_id: str) -> None:
    record_build(str(dataset), Build(build_id, None, "build", datetime.now(UTC), "{}", "1"))


def soon(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until
        time.sleep(_LOOK)


def test_a_dataset_is_shown_from_its_first_build_on_and_then_the_newer_ones(
    tmp_path: Path, started: Started
) -> None:
    dataset, told = tmp_path / "dataset", list[str]()
    with explorers([str(dataset)], [7001], tmp_path, told.append, _LOOK) as addresses:
        assert addresses == ["http://127.0.0.1:7001"]
        time.sleep(5 * _LOOK)
        assert started == []
        build(dataset, "one")
        soon(lambda: len(started) == 1)
        build(dataset, "two")
        soon(lambda: len(started) == 2)
        assert [each[:3] for each in started] == [(str(dataset), name, 7001) for name in ("one", "two")]
        assert started[0][3].poll() is not None, "the first one would still hold the port"
        assert started[1][3].poll() is None
    assert started[1][3].poll() is not None
    assert told == []


def test_an_explorer_that_dies_is_started_again_and_that_is_told(tmp_path: Path, started: Started) -> None:
    dataset, told = tmp_path / "dataset", list[str]()
    build(dataset, "one")
    with explorers([str(dataset)], [7001], tmp_path, told.append, _LOOK):
        soon(lambda: len(started) == 1)
        started[0][3].kill()
        soon(lambda: len(started) == 2)
    assert [each[1] for each in started] == ["one", "one"]
    assert len(told) == 1
    assert "has died" in told[0]


def test_a_dataset_that_cannot_be_read_is_told_once_and_hinders_no_other(
    tmp_path: Path, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, told = tmp_path / "good", list[str]()
    build(good, "one")
    newest = exploring.latest_build
    asked: list[str] = []

    def latest(dataset: str) -> Build | None:
        if dataset == "bad":
            asked.append(dataset)
            raise LooseleafError("it is locked")
        return newest(dataset)

    monkeypatch.setattr(exploring, "latest_build", latest)
    with explorers(["bad", str(good)], [7001, 7002], tmp_path, told.append, _LOOK):
        soon(lambda: len(asked) > 3)
        soon(lambda: len(started) == 1)
    assert [each[:3] for each in started] == [(str(good), "one", 7002)]
    assert told == ["The explorer cannot look at bad (it is locked): it tries again."]
