"""The flow that writes the report about a dataset or a run."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.artifacts import create_link_artifact

from flows.pages import REPORT, report_url
from flows.params import ReportParams
from flows.stage_task import stage
from storage.filesystem import join


@flow(name="report", flow_run_name="report {params.place}")
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
        create_link_artifact(url, link_text="Open the report", key="report", description=params.place)
    return {"report": written["report"], "url": url}
