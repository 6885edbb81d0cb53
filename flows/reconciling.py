"""Brings Prefect's books, Ray's jobs and the slots into agreement after something died."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterEndTime,
    FlowRunFilterNextScheduledStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed

from flows.automations import NO_HEARTBEAT
from flows.jobs import LiveJob, live_jobs, stop_job
from flows.reviving import revive
from flows.slots import TRAININGS, dataset_limit, free, taken_slots

_UNDER_WAY = (StateType.RUNNING, StateType.PENDING, StateType.CANCELLING)

#: How long ago a run may have crashed that is still taken up.
_RECENT = timedelta(hours=1)

#: Between two looks at a slot: whoever just took it has appeared by then.
_LOOK_AGAIN_SECONDS = 2.0

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Reconciled:
    """What was done."""

    revived: int = 0  # crashed runs that go on
    stopped: int = 0  # jobs that no run followed
    freed: int = 0  # limits whose slots nobody held


def reconcile_all(ray: str, grace: int, tell: Tell) -> Reconciled:
    """Let crashed runs go on that can, stop jobs that nobody follows, and free slots that nobody holds.

    Args:
        ray: address of Ray's job API.
        grace: seconds for which a run must have ended before its job is stopped.
        tell: called with a sentence for each thing that is done.
    """
    with get_client(sync_client=True) as client:
        revived = _revive_crashed(client, tell)
        stopped = 0
        for job in live_jobs(ray):
            why = _orphaned(client, job, grace)
            if why is not None:
                tell(f"Job {job.submission} is stopped: {why}.")
                stop_job(ray, job.submission)
                stopped += 1
        return Reconciled(revived, stopped, free_slots(client, tell))


def end_abandoned_runs() -> Reconciled:
    """After the only server of a database has started anew: nobody runs what pretends to be under way.

    Such runs are marked as crashed, and go on where they were deployed; slots are freed; what a schedule
    wanted while nobody was there is dropped, as cron does.
    """
    with get_client(sync_client=True) as client:
        revived = 0
        for run in _runs(client, *_UNDER_WAY):
            client.set_flow_run_state(run.id, Crashed(message="The service ended while it ran."), force=True)
            deployed = run.parent_task_run_id is None and run.deployment_id is not None
            revived += deployed and not _was_cancelled(client, run) and revive(run.id)
        limits = taken_slots(client)
        for limit in limits:
            free(client, limit.name)
        due = FlowRunFilterNextScheduledStartTime.model_validate({"before_": datetime.now(UTC)})
        for run in _runs(client, StateType.SCHEDULED, due=due):
            if run.auto_scheduled and run.run_count == 0:
                client.delete_flow_run(run.id)
        return Reconciled(revived=revived, freed=len(limits))


def _revive_crashed(client: SyncPrefectClient, tell: Tell) -> int:
    """Take up runs that the heartbeat automation marked: its change of state has called no hook."""
    revived = 0
    for run in _runs(client, StateType.CRASHED, ended_after=datetime.now(UTC) - _RECENT):
        if run.state is None or run.state.message != NO_HEARTBEAT or run.parent_task_run_id is not None:
            continue
        if not _was_cancelled(client, run) and revive(run.id):
            tell(f"Run {run.name} has crashed and goes on.")
            revived += 1
    return revived


def _was_cancelled(client: SyncPrefectClient, run: FlowRun) -> bool:
    """Say whether somebody wanted a run to end: then it stays where it died."""
    return any(state.type == StateType.CANCELLING for state in client.read_flow_run_states(run.id))


def _orphaned(client: SyncPrefectClient, job: LiveJob, grace: int) -> str | None:
    """Say why nobody follows a job; None if somebody does, or may do so again."""
    try:
        run = client.read_flow_run(UUID(job.flow_run_id))
    except ValueError:
        return None  # a run of a process that had no server: that process looks after its job
    except ObjectNotFound:
        return f"its run {job.flow_run_id} is gone"
    if run.state is None or not run.state.is_final():
        return None
    since = (datetime.now(UTC) - run.state.timestamp).total_seconds()
    return f"its run {run.name} has ended ({run.state.name})" if since >= grace else None


def free_slots(client: SyncPrefectClient, tell: Tell) -> int:
    """Free limits whose holders are gone, and return how many: a lease would end by itself, but later."""
    suspects = {limit.name for limit in taken_slots(client) if limit.name not in _held(client)}
    if not suspects:
        return 0
    time.sleep(_LOOK_AGAIN_SECONDS)
    freed = 0
    for limit in taken_slots(client):
        if limit.name in suspects and limit.name not in _held(client):
            free(client, limit.name)
            tell(f"Nobody holds the slots of {limit.name}: they are free again.")
            freed += 1
    return freed


def _held(client: SyncPrefectClient) -> set[str]:
    """Return the names of the limits that runs under way may hold."""
    held = set()
    for run in _runs(client, *_UNDER_WAY, flows=("build", "mine")):
        held.add(dataset_limit(str(run.parameters.get("params", {}).get("dataset"))))
    if _runs(client, *_UNDER_WAY, flows=("train",)):
        held.add(TRAININGS)
    return held


def _runs(
    client: SyncPrefectClient,
    *states: StateType,
    flows: tuple[str, ...] = (),
    due: FlowRunFilterNextScheduledStartTime | None = None,
    ended_after: datetime | None = None,
) -> list[FlowRun]:
    runs: list[FlowRun] = []
    wanted = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(states))),
        next_scheduled_start_time=due,
        end_time=FlowRunFilterEndTime.model_validate({"after_": ended_after}) if ended_after else None,
    )
    named = FlowFilter(name=FlowFilterName(any_=list(flows))) if flows else None
    while page := client.read_flow_runs(
        flow_filter=named, flow_run_filter=wanted, limit=200, offset=len(runs)
    ):
        runs += page
    return runs
