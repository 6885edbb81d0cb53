"""Ends, in Prefect's books, the runs of a service that died."""

from __future__ import annotations

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import StateType
from prefect.states import Crashed


def end_abandoned_runs() -> int:
    """Mark every run that pretends to be under way as crashed; return how many there were.

    Call it only when this process has just started the only server of its database: then nobody runs them.
    """
    under_way = FlowRunFilter(
        state=FlowRunFilterState(
            type=FlowRunFilterStateType(any_=[StateType.RUNNING, StateType.PENDING, StateType.CANCELLING])
        )
    )
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(flow_run_filter=under_way)
        for run in runs:
            client.set_flow_run_state(run.id, Crashed(message="The service ended while it ran."), force=True)
    return len(runs)
