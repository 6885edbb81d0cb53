"""Where to look further: the report, Ray's dashboard, and the page of each job of a flow run."""

from __future__ import annotations

import os
from collections.abc import Sequence

from flows.ray_jobs import HeadAwayError, JobState, RayJobs
from flows.showing.board import show_markdown
from storage.errors import LooseleafError


def show_links(flow_run: str, workspace: str, report: str | None = None) -> None:
    """Show the links of a flow run, with a row for each of its jobs.

    Args:
        flow_run: id of the root flow run.
        workspace: the dataset or the run.
        report: URL of its report's page, where pages are served.
    """
    address = os.environ["RAY_ADDRESS"]
    try:
        known = RayJobs(address).all()
    except (HeadAwayError, LooseleafError):
        return
    own = [state for state in known if state.metadata.get("flow_run_id") == flow_run]
    show_markdown("links", links(own, workspace, report, dashboard(address)), "Where to look further")


def dashboard(address: str) -> str:
    """Return where a browser finds Ray's dashboard: on a cluster that may not be where a flow finds it."""
    return os.environ.get("LOOSELEAF_RAY_DASHBOARD", address).rstrip("/")


def links(jobs: Sequence[JobState], workspace: str, report: str | None, address: str) -> str:
    """Return the links as Markdown, the jobs in the order in which they started."""
    lines = [f"`{workspace}`", ""]
    if report is not None:
        lines.append(f"- [Report]({report})")
    lines += [f"- [Ray's dashboard]({address})", "", "| stage | attempt | job |", "| --- | --- | --- |"]
    for job in sorted(jobs, key=lambda state: (state.started_at is None, state.started_at)):
        told = job.metadata
        page = f"[{job.submission}]({address}/#/jobs/{job.submission})"
        lines.append(f"| {told.get('stage', '')} | {told.get('attempt', '')} | {page} |")
    return "\n".join(lines)
