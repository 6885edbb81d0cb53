"""What happens when a flow run ends: Prefect calls these, in its process or in the one that started it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun, State
from prefect.logging.loggers import flow_run_logger

from flows.attempts import forget
from flows.jobs import live_jobs, stop_job
from flows.reconciling import free_slots
from flows.reviving import revive

#: In the message of a run that was asked to end: it has stopped its job, and is not wanted any more.
_ASKED_TO_END = re.compile(r"termination signal|interrupt signal|status code:? (?:-15|143)\b")


def go_on(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Start a run again whose process died; stop the jobs of one that has had its tries."""
    if _ASKED_TO_END.search(state.message or ""):
        stop_jobs(flow, flow_run, state)
        return
    with get_client(sync_client=True) as client:
        # The process that died held slots for which the run would wait when it is started again.
        free_slots(client, flow_run_logger(flow_run, flow).info)
    if not revive(flow_run.id):
        stop_jobs(flow, flow_run, state)


def stop_jobs(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:  # noqa: ARG001 - Prefect names them
    """Stop every job of a flow run."""
    address = os.environ["RAY_ADDRESS"]
    for job in live_jobs(address):
        if job.flow_run_id == str(flow_run.id):
            stop_job(address, job.submission)


def forget_jobs(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:  # noqa: ARG001 - as above
    """Remove the files of the jobs of a run that has succeeded, once nothing above it can start it again."""
    if flow_run.parent_task_run_id is not None:
        return
    told = flow_run.parameters.get("params", {})
    fields = told if isinstance(told, Mapping) else told.model_dump()
    for place in (fields.get("dataset"), fields.get("run"), fields.get("place")):
        if place:
            forget(place, str(flow_run.id))
