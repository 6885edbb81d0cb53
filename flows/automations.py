"""Prefect's automations: what follows a build, and what happens to runs whose process died.

`python -m flows.automations [NAME]` makes them on the server of `PREFECT_API_URL`, where the deployments of
that name must be: `local` for those of `looseleaf serve`, `process` or `kubernetes` for those of a work pool.
"""

from __future__ import annotations

import hashlib
import json
import sys
from datetime import timedelta
from typing import Any
from uuid import UUID

from prefect.automations import AutomationCore, EventTrigger, Posture, ResourceSpecification
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState, RunDeployment
from prefect.exceptions import ObjectNotFound

from flows.events import BUILD_COMMITTED, NEXT
from storage.errors import LooseleafError

#: Heartbeats come every 30 s, the least that Prefect allows.
_SILENCE = timedelta(seconds=90)

#: A crashed run whose process could still tell so is taken up by its own hook; the reconciler comes after it.
_PATIENCE = timedelta(seconds=10)

#: The state's message, by which the reconciler knows runs that no hook has seen.
NO_HEARTBEAT = "Its process has died: it gave no sign for 90 seconds."

#: Names of states after which a run is no longer expected to give signs.
_SILENT = (
    *("Completed", "Skipped", "Failed", "TimedOut", "Cancelled", "Crashed"),
    *("Paused", "Suspended", "Scheduled", "Late", "AwaitingRetry"),
)
_FLOWS = ("build", "mine", "train", "evaluate", "report", "promote", "learn", "everything")


def make_automations(name: str = "local") -> list[str]:
    """Make the automations, or change those that an older version made; return the names of these.

    What is as it should be is left alone, and what people switched off stays off.

    Args:
        name: of the deployments that they start.

    Raises:
        LooseleafError: if the deployments that they start are not there.
    """
    changed = []
    with get_client(sync_client=True) as client:
        for wanted in _wanted(client, name):
            found = client.read_automations_by_name(wanted.name)
            if not found:
                client.create_automation(wanted)
            elif found[0].description != wanted.description:
                # Only what is set is sent: the server refuses fields that it fills itself.
                told = wanted.model_copy(update={"enabled": found[0].enabled})
                client.update_automation(found[0].id, told)
            else:
                continue
            changed.append(wanted.name)
    return changed


def _wanted(client: SyncPrefectClient, name: str) -> list[AutomationCore]:
    return [
        _signed(
            "Looseleaf: a run whose process died has crashed",
            EventTrigger(
                after={"prefect.flow-run.heartbeat"},
                expect={"prefect.flow-run.heartbeat", *(f"prefect.flow-run.{state}" for state in _SILENT)},
                match=ResourceSpecification({"prefect.resource.id": ["prefect.flow-run.*"]}),
                for_each={"prefect.resource.id"},
                posture=Posture.Proactive,
                threshold=1,
                within=_SILENCE,
            ),
            ChangeFlowRunState(name="Crashed", state=StateType.CRASHED, message=NO_HEARTBEAT, force=False),
            "A run that gives no sign for 90 seconds is marked as crashed.",
        ),
        _signed(
            "Looseleaf: a crash calls for the reconciler",
            EventTrigger(
                expect={"prefect.flow-run.Crashed"},
                match=ResourceSpecification({"prefect.resource.id": ["prefect.flow-run.*"]}),
                # Not of itself, or a reconciler that crashes would call for another one for ever.
                match_related=ResourceSpecification(
                    {"prefect.resource.role": "flow", "prefect.resource.name": list(_FLOWS)}
                ),
                posture=Posture.Reactive,
                threshold=1,
            ),
            _start(_deployment(client, f"reconcile/{name}"), {"grace": 5}, _PATIENCE),
            "When a run has crashed, reconcile lets it go on or stops its jobs.",
        ),
        *(
            _signed(
                f"Looseleaf: {flow} after a build",
                EventTrigger(
                    expect={BUILD_COMMITTED},
                    match=ResourceSpecification(
                        {"prefect.resource.id": ["looseleaf.dataset.*"], NEXT: [flow]}
                    ),
                    posture=Posture.Reactive,
                    threshold=1,
                ),
                _start(_deployment(client, f"{flow}/{name}"), "{{ event.payload.params }}"),
                f"When a build has committed something new and its recipe says so, {flow} is started.",
            )
            for flow in ("mine", "learn")
        ),
    ]


def _signed(
    name: str, trigger: EventTrigger, action: ChangeFlowRunState | RunDeployment, description: str
) -> AutomationCore:
    """Return an automation whose description tells versions of it apart."""
    told = _ordered([trigger.model_dump(mode="json"), action.model_dump(mode="json")])
    mark = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:8]
    return AutomationCore(name=name, description=f"{description} [{mark}]", trigger=trigger, actions=[action])


def _start(deployment: UUID, params: str | dict[str, Any], after: timedelta = timedelta()) -> RunDeployment:
    """Return the action that starts a flow; a text is a template over the event and keeps a value's type."""
    return RunDeployment(
        source="selected",
        deployment_id=deployment,
        parameters={"params": params},
        job_variables=None,
        schedule_after=after,
    )


def _ordered(value: Any) -> Any:
    """Return a value without the order of its lists, which were sets."""
    if isinstance(value, dict):
        return {name: _ordered(item) for name, item in value.items()}
    return sorted(map(_ordered, value), key=str) if isinstance(value, list) else value


def _deployment(client: SyncPrefectClient, name: str) -> UUID:
    try:
        return client.read_deployment_by_name(name).id
    except ObjectNotFound as error:
        raise LooseleafError(
            f"There is no deployment {name}: offer the deployments first, by `looseleaf serve` or "
            "`prefect deploy --all`."
        ) from error


if __name__ == "__main__":
    for made in make_automations(*sys.argv[1:2]):
        print(made)
