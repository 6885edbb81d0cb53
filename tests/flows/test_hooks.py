"""What is done when a flow run ends: go on, stop, or forget."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from flows import hooks
from flows.jobs import LiveJob
from flows.spec import JobSpec, write_spec


def run(params: Any = None, parent: str | None = None) -> Any:
    return SimpleNamespace(
        id="run1", name="build", flow_id="f", parent_task_run_id=parent, parameters={"params": params or {}}
    )


def state(message: str) -> Any:
    return SimpleNamespace(message=message)


@dataclass
class Done:
    """What the hooks have others do, and whether a run can be started again."""

    calls: list[str] = field(default_factory=list)
    revives: bool = True

    def revive(self, identity: str) -> bool:
        self.calls.append(f"revive {identity}")
        return self.revives


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> Done:
    found = Done()
    live = [LiveJob(f"{name}-crawl-1", name, "crawl", "d", "", 1, None) for name in ("run1", "run10")]
    monkeypatch.setenv("RAY_ADDRESS", "http://ray")
    monkeypatch.setattr(hooks, "get_client", lambda sync_client: contextlib.nullcontext())
    monkeypatch.setattr(hooks, "flow_run_logger", lambda *_: SimpleNamespace(info=None))
    monkeypatch.setattr(hooks, "free_slots", lambda *_: found.calls.append("slots"))
    monkeypatch.setattr(hooks, "revive", found.revive)
    monkeypatch.setattr(hooks, "live_jobs", lambda _address: live)
    monkeypatch.setattr(hooks, "stop_job", lambda _address, job: found.calls.append(f"stop {job}"))
    return found


def test_a_run_whose_process_died_goes_on_and_its_job_too(done: Done) -> None:
    hooks.go_on(SimpleNamespace(), run(), state("Process exited with status code: -9. SIGKILL."))  # type: ignore[arg-type]
    assert done.calls == ["slots", "revive run1"]


def test_a_run_that_had_its_tries_has_its_own_jobs_stopped(done: Done) -> None:
    done.revives = False
    hooks.go_on(SimpleNamespace(), run(), state("Process exited with status code: -9. SIGKILL."))  # type: ignore[arg-type]
    assert done.calls == ["slots", "revive run1", "stop run1-crawl-1"]


@pytest.mark.parametrize(
    "message",
    [
        "Execution was aborted by a termination signal.",
        "Execution was aborted by an interrupt signal.",
        "Flow run process exited with non-zero status code -15.",
        "Process exited with status code: 143. It was asked to end.",
    ],
)
def test_a_run_that_was_asked_to_end_does_not_go_on(done: Done, message: str) -> None:
    hooks.go_on(SimpleNamespace(), run(), state(message))  # type: ignore[arg-type]
    assert done.calls == ["stop run1-crawl-1"]


def test_what_jobs_left_is_forgotten_at_the_end_of_the_root_run(tmp_path: Path) -> None:
    params = {"dataset": str(tmp_path / "dataset"), "run": str(tmp_path / "run"), "config": None}
    specs = [
        Path(write_spec(str(tmp_path / place / "jobs" / "run1-stage-1"), JobSpec("stage", {})))
        for place in ("dataset", "run")
    ]
    hooks.forget_jobs(SimpleNamespace(), run(params, parent="task"), state(""))  # type: ignore[arg-type]
    assert all(spec.exists() for spec in specs)
    hooks.forget_jobs(SimpleNamespace(), run(params), state(""))  # type: ignore[arg-type]
    assert not any(spec.exists() for spec in specs)
