"""The links of a flow run."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from flows.ray_jobs import JobState
from flows.showing.links import dashboard, links


def job(name: str, second: int | None) -> JobState:
    started = None if second is None else datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC)
    return JobState(f"run-{name}-1", "RUNNING", metadata={"stage": name, "attempt": "1"}, started_at=started)


def test_jobs_are_linked_in_the_order_of_their_start() -> None:
    jobs = [job("waiting", None), job("second", 2), job("first", 1), job("also-waiting", None)]
    text = links(jobs, "/data/set", "http://pages/report.html", "http://ray")
    assert "- [Report](http://pages/report.html)" in text
    rows = [line for line in text.splitlines() if line.startswith("| ")][2:]
    assert rows[0] == "| first | 1 | [run-first-1](http://ray/#/jobs/run-first-1) |"
    assert [row.split(" ")[1] for row in rows[:2]] == ["first", "second"]
    assert "Report" not in links(jobs, "/data/set", None, "http://ray")


def test_the_dashboard_may_be_elsewhere_for_a_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOOSELEAF_RAY_DASHBOARD", raising=False)
    assert dashboard("http://head:8265/") == "http://head:8265"
    monkeypatch.setenv("LOOSELEAF_RAY_DASHBOARD", "https://ray.example")
    assert dashboard("http://head:8265") == "https://ray.example"
