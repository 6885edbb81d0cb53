"""Lets a flow run whose process died go on, a bounded number of times."""

from __future__ import annotations

from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.states import AwaitingRetry

#: Starts of one flow run, the first among them.
_STARTS = 4


def revive(flow_run: UUID) -> bool:
    """Schedule a deployed flow run that crashed once more: it attaches to its job, and takes what had ended.

    Returns:
        False if it did not crash, was not started by a deployment, or had its tries: then nobody waits for
        its jobs any more.
    """
    with get_client(sync_client=True) as client:
        run = client.read_flow_run(flow_run)
        if run.state is None or not run.state.is_crashed():
            return False
        if run.deployment_id is None or run.parent_task_run_id is not None or run.run_count >= _STARTS:
            return False
        message = f"Its process died: start {run.run_count + 1} of at most {_STARTS} goes on where it was."
        client.set_flow_run_state(run.id, AwaitingRetry(message=message), force=True)
    return True
