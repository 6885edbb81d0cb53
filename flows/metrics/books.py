"""Reads from a Prefect server how many runs there are, and what stages reported."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterKey,
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import Artifact, DeploymentStatus, FlowRun, StateType
from prefect.client.schemas.sorting import ArtifactSort

#: Artifacts that are looked at, newest first: with more runs at once the oldest are not told of.
_ARTIFACTS = 200
#: Before this a run's heartbeat must have come, if it has come at all.
_HEARTBEATS = timedelta(minutes=15)
_UNDER_WAY = (StateType.RUNNING, StateType.CANCELLING)
_LOSS = re.compile(r"\bloss (-?[0-9.]+(?:e[-+]?[0-9]+)?|nan|inf)")


@dataclass
class StageFigures:
    """What is known of the latest stage of that name in the runs of one name; what is not known is None."""

    seconds: float | None = None
    peak_memory: float | None = None  # bytes
    progress: float | None = None  # 0 to 1
    loss: float | None = None
    rows: dict[str, float] = field(default_factory=dict)  # by table


@dataclass(frozen=True)
class Books:
    """The state of all flows at one moment."""

    runs: Mapping[tuple[str, str], int]  # by flow and state
    stages: Mapping[tuple[str, str], StageFigures]  # by name of the run, and stage
    heartbeat_ages: Mapping[str, float]  # seconds, by name of the run; of runs under way
    ready: Mapping[str, bool]  # whether anybody asks for a deployment's runs, by flow/deployment


def read_books(client: SyncPrefectClient, now: datetime | None = None) -> Books:
    """Read the books of the server that `client` is connected to.

    Args:
        client: connected.
        now: the moment from which ages are counted; the current one by default.

    Raises:
        httpx.HTTPError: if the server does not answer, or refuses.
    """
    flows = {flow.id: flow.name for flow in client.read_flows()}
    return Books(
        _runs(client, sorted(set(flows.values()))),
        _stages(client),
        _heartbeat_ages(client, now or datetime.now(UTC)),
        {
            f"{flows.get(deployment.flow_id, '?')}/{deployment.name}": deployment.status
            == DeploymentStatus.READY
            for deployment in client.read_deployments()
        },
    )


def figures(artifacts: Iterable[tuple[str, str, str, Any]]) -> dict[tuple[str, str], StageFigures]:
    """Return what artifacts say of stages.

    Args:
        artifacts: of each the name of its run, its key, its description and its data; the newest first.
    """
    found: dict[tuple[str, str], StageFigures] = {}
    seen: set[tuple[str, str]] = set()
    for run, key, description, data in artifacts:
        stage, _, kind = key.rpartition("-")
        if (run, key) in seen or kind not in ("report", "progress"):
            continue
        seen.add((run, key))
        stage_figures = found.setdefault((run, stage.replace("-", "_")), StageFigures())
        if kind == "progress":
            stage_figures.progress = float(data) / 100
            loss = _LOSS.search(description)
            if loss is not None and stage_figures.loss is None:
                stage_figures.loss = float(loss[1])
        else:
            _take_report(stage_figures, data if isinstance(data, list) else json.loads(data))
    return found


def _take_report(stage_figures: StageFigures, lines: Sequence[Mapping[str, Any]]) -> None:
    said = {str(line["what"]): line["value"] for line in lines}
    numbers = {what: float(value) for what, value in said.items() if isinstance(value, int | float)}
    stage_figures.seconds = numbers.get("seconds")
    stage_figures.peak_memory = numbers.get("peak_memory")
    stage_figures.loss = numbers.get("loss", stage_figures.loss)
    stage_figures.rows = {
        what.removeprefix("rows."): value for what, value in numbers.items() if what.startswith("rows.")
    }


def _runs(client: SyncPrefectClient, flows: Sequence[str]) -> Counter[tuple[str, str]]:
    counted: Counter[tuple[str, str]] = Counter()
    for flow in flows:
        for state in StateType:
            counted[flow, state.value] = client.count_flow_runs(
                flow_filter=FlowFilter(name=FlowFilterName(any_=[flow])),
                flow_run_filter=FlowRunFilter(
                    state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[state]))
                ),
            )
    return counted


def _stages(client: SyncPrefectClient) -> dict[tuple[str, str], StageFigures]:
    artifacts = [
        artifact
        for kind in ("report", "progress")
        for artifact in client.read_artifacts(
            artifact_filter=ArtifactFilter(key=ArtifactFilterKey(like_=f"%-{kind}")),
            sort=ArtifactSort.UPDATED_DESC,
            limit=_ARTIFACTS,
        )
    ]
    artifacts.sort(key=_updated, reverse=True)
    names = {run.id: run.name for run in _runs_of(client, artifacts)}
    return figures(
        (names[artifact.flow_run_id], artifact.key or "", artifact.description or "", artifact.data)
        for artifact in artifacts
        if artifact.flow_run_id in names
    )


def _updated(artifact: Artifact) -> datetime:
    return artifact.updated or datetime.min.replace(tzinfo=UTC)


def _runs_of(client: SyncPrefectClient, artifacts: Sequence[Artifact]) -> list[FlowRun]:
    wanted: set[UUID] = {artifact.flow_run_id for artifact in artifacts if artifact.flow_run_id is not None}
    if not wanted:
        return []
    return client.read_flow_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=sorted(wanted))))


def _heartbeat_ages(client: SyncPrefectClient, now: datetime) -> dict[str, float]:
    """Return how long ago each run that is under way was last heard of: its heartbeat, or its start."""
    under_way = client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(_UNDER_WAY)))
        )
    )
    if not under_way:
        return {}
    heard = {run.id: run.start_time or run.expected_start_time or now for run in under_way}
    answer = client.request(
        "POST",
        "/events/filter",
        json={
            "filter": {
                "occurred": {
                    "since": (now - _HEARTBEATS).isoformat(),
                    "until": (now + _HEARTBEATS).isoformat(),
                },
                "event": {"name": ["prefect.flow-run.heartbeat"]},
                "any_resource": {"id": [f"prefect.flow-run.{run.id}" for run in under_way]},
                "order": "DESC",
            },
            "limit": 50,
        },
    )
    for event in answer.json()["events"]:
        run = UUID(event["resource"]["prefect.resource.id"].rpartition(".")[2])
        if run in heard:
            heard[run] = max(heard[run], datetime.fromisoformat(event["occurred"]))
    return {run.name: max(0.0, (now - heard[run.id]).total_seconds()) for run in under_way}
