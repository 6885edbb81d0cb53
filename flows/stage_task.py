"""The one task of every flow: it starts a stage as a Ray job, follows it and shows what it did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prefect import get_run_logger, task

from flows.jobs import Follower, run_job
from flows.pages import report_url
from flows.runs import root_run
from flows.showing.links import show_links
from flows.showing.stage import ShownStage
from flows.spec import JobProgress, JobSpec
from flows.watching import StageEvent, tell


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
    root = root_run()
    shown = ShownStage(name, arguments)

    def forward(progress: JobProgress) -> None:
        tell(StageEvent(name, progress.done, progress.total, progress.note))
        shown.update(progress)

    def submitted(_submission: str) -> None:
        show_links(root.flow_run, workspace, report_url(workspace))

    tell(StageEvent(name))
    follower = Follower(get_run_logger().info, forward, submitted)
    result = run_job(JobSpec(name, arguments), workspace, root.flow_run, follower, deployment=root.deployment)
    shown.end(result.report)
    tell(StageEvent(name, 1, 1, report=result.report))
    return dict(result.report)
