"""The flow that writes the report about a dataset or a run."""

from __future__ import annotations

from typing import Any

from prefect import flow

from flows.hooks import forget_jobs, go_on, stop_jobs
from flows.pages import REPORT, report_url
from flows.params import ReportParams
from flows.parent import end_with_runner
from flows.showing.board import show_markdown
from flows.stage_task import stage
from storage.filesystem import join


@flow(
    name="report",
    flow_run_name="report {params.place}",
    on_completion=[forget_jobs],
    on_running=[end_with_runner],
    on_cancellation=[stop_jobs],
    on_crashed=[go_on],
)
def report(params: ReportParams) -> dict[str, Any]:
    """Write one self-contained HTML page about a dataset or a run.

    Returns:
        `report`: where the page is, and `url`: its address in a browser, if pages are served.

    Raises:
        LooseleafError: if there is neither a dataset nor a run.
    """
    out = params.out or join(params.place, REPORT)
    written = stage("report", {"place": params.place, "out": out}, params.place)
    url = report_url(params.place) if params.out is None else None
    if url is not None:
        show_markdown("report", f"[Open the report]({url})", params.place)
    return {"report": written["report"], "url": url}
