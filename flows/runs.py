"""Which flow run a task belongs to at the root, and by which deployment that was started."""

from __future__ import annotations

import os
from dataclasses import dataclass
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.runtime import flow_run


@dataclass(frozen=True)
class RootRun:
    """The flow run that called all others: a service that ends and is started again knows it by its id."""

    flow_run: str
    deployment: str = ""  # "flow/name"; empty where a command started it


#: Of each flow run that this process has carried out.
_known: dict[str, RootRun] = {}


def root_run() -> RootRun:
    """Return the root of the flow run of this context; outside of one, this process stands for it."""
    identity = flow_run.get_id()
    if not identity:
        return RootRun(f"local-{os.getpid()}")
    if str(identity) not in _known:
        _known[str(identity)] = _found(UUID(str(identity)))
    return _known[str(identity)]


def _found(identity: UUID) -> RootRun:
    with get_client(sync_client=True) as client:
        run = client.read_flow_run(identity)
        while run.parent_task_run_id is not None:
            parent = client.read_task_run(run.parent_task_run_id).flow_run_id
            if parent is None:
                break
            run = client.read_flow_run(parent)
        if run.deployment_id is None:
            return RootRun(str(run.id))
        deployment = client.read_deployment(run.deployment_id)
        return RootRun(str(run.id), f"{client.read_flow(run.flow_id).name}/{deployment.name}")
