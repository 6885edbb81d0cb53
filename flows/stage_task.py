"""The one task of every flow: it starts a stage as a Ray job, follows it and shows what it did."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from prefect import get_run_logger, task
from prefect.artifacts import create_progress_artifact, create_table_artifact, update_progress_artifact
from prefect.runtime import flow_run

from flows.jobs import run_job
from flows.spec import JobProgress, JobSpec
from flows.watching import StageEvent, tell

_ARTIFACT_SECONDS = 1.0


class _Shown:
    """Shows the progress of one stage in Prefect's page and to this process's watcher."""

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self._artifact: UUID | None = None
        self._updated = float("-inf")

    def __call__(self, progress: JobProgress) -> None:
        tell(StageEvent(self._stage, progress.done, progress.total, progress.note))
        now = time.monotonic()
        # A stage that ends within a moment needs no bar of its own, only its table.
        if not progress.total or now - self._updated < _ARTIFACT_SECONDS or progress.done == progress.total:
            return
        self._updated = now
        percent = 100.0 * progress.done / progress.total
        if self._artifact is None:
            key = f"{self._stage.replace('_', '-')}-progress"
            made = create_progress_artifact(percent, key=key, description=f"Stage {self._stage}")
            assert isinstance(made, UUID)  # a coroutine only where there is a running event loop
            self._artifact = made
        else:
            update_progress_artifact(self._artifact, percent)

    def end(self) -> None:
        """Fill the bar, if there is one."""
        if self._artifact is not None:
            update_progress_artifact(self._artifact, 100.0)


@task(task_run_name="{name}")
def stage(name: str, arguments: Mapping[str, Any], workspace: str) -> dict[str, Any]:
    """Run the stage `name` as a Ray job and return its report.

    Args:
        name: a stage that `flows.work.perform` knows.
        arguments: what the stage is told; can be written as JSON.
        workspace: URL of a folder that this process and the job can reach.

    Raises:
        LooseleafError: if the stage failed.
    """
    logger = get_run_logger()
    shown = _Shown(name)
    tell(StageEvent(name))
    result = run_job(JobSpec(name, arguments), workspace, _flow_run_id(), logger.info, shown)
    shown.end()
    create_table_artifact(
        [{"what": what, "value": value} for what, value in _flat(result.report)],
        key=f"{name.replace('_', '-')}-report",
        description=f"What stage {name} did",
    )
    tell(StageEvent(name, 1, 1, report=result.report))
    return dict(result.report)


def _flow_run_id() -> str:
    identity = flow_run.get_id()
    return str(identity) if identity else f"local-{os.getpid()}"


def _flat(report: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for name, value in report.items():
        if isinstance(value, Mapping):
            rows += _flat(value, f"{prefix}{name}.")
        else:
            rows.append((f"{prefix}{name}", value))
    return rows
