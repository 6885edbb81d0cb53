"""A job's log: each line once, without Ray's own, in bounds, at a cost that grows with its length alone."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from flows import job_log
from flows.job_log import LINES, LogTail
from flows.ray_jobs import JobState
from tests.flows.jobs_fake import Attempt, FakeJobs

RAYS = (
    "2026-11-30 17:00:00,000\tINFO job_manager.py:568 -- Runtime env is setting up.\n"
    "Running entrypoint for job a: exec python\n"
)


def following(log: str, *, tailed: bool = True) -> tuple[FakeJobs, list[str], LogTail]:
    jobs = FakeJobs([Attempt(JobState("", "SUCCEEDED"), log=log)], tailed=tailed)
    jobs.start("a")
    lines: list[str] = []
    return jobs, lines, LogTail(jobs, "a", lines.append)


def wait(condition: Callable[[], bool], tail: LogTail) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        tail.pass_on()
        time.sleep(0.001)


@pytest.mark.parametrize("tailed", [True, False])
def test_lines_come_once_and_without_rays_own(tailed: bool) -> None:
    _jobs, lines, tail = following(RAYS + "one\n\ntwo\nthree", tailed=tailed)
    with tail:
        if tailed:
            wait(lambda: lines == ["one", "two"], tail)
        tail.finish()
    assert lines == ["one", "two", "three"]
    assert tail.last == "three"


def test_a_long_log_is_read_twice_at_most_however_often_it_is_polled() -> None:
    text = "".join(f"line {number} {'x' * 2000}\n" for number in range(2000))
    jobs, lines, tail = following(text)
    with tail:
        wait(lambda: len(lines) == 2000, tail)
        for _ in range(100):
            tail.pass_on()
        tail.finish()
    assert len(lines) == 2000
    assert jobs.sent == 2 * len(text)


def test_a_connection_that_broke_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_log, "_RECONNECT_SECONDS", 0.0)
    jobs, lines, tail = following("one\ntwo\n")
    with tail:
        wait(lambda: lines == ["one", "two"], tail)
        tail._connection.close()
        jobs._running["a"].log += "three\nfour\n"
        tail._connection._closed.clear()
        wait(lambda: len(lines) == 4, tail)
    assert lines == ["one", "two", "three", "four"]


def test_lines_and_their_length_are_bounded() -> None:
    text = "".join(f"{number}\n" for number in range(LINES + 100)) + "y" * 10_000 + "\nthe end\n"
    jobs, lines, tail = following(text)
    with tail:
        wait(lambda: tail.last == "the end", tail)
        tail.finish()
    assert len(lines) == LINES + 1
    assert "only its first" in lines[-1]
    assert jobs.sent == len(text)
    _, lines, tail = following("y" * 10_000 + "\n")
    with tail:
        tail.finish()
    assert len(lines[0]) == job_log.LETTERS + 1
