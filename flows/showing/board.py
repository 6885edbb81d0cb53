"""The artifacts of the current flow run: one for each key, updated in place, and never a reason to fail."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, ArtifactFilterKey
from prefect.context import FlowRunContext, TaskRunContext

_LOG = logging.getLogger(__name__)
#: Of one artifact, in letters: a page holds several, and each version of each stays in the database.
MOST = 200_000

#: Of each flow run and key, the artifact that was made.
_made: dict[tuple[UUID, str], UUID] = {}

Kind = Literal["progress", "markdown", "table", "image"]


def show_progress(key: str, percent: float, description: str) -> None:
    """Show a bar, from 0 to 100."""
    _show("progress", key, max(0.0, min(100.0, percent)), description)


def show_markdown(key: str, text: str, description: str = "") -> None:
    """Show Markdown; what is too long is cut."""
    _show("markdown", key, text[:MOST], description)


def show_table(key: str, rows: Sequence[Mapping[str, Any]], description: str) -> None:
    """Show rows of the same columns; of too many the first."""
    kept: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        kept.append({name: _shown(value) for name, value in row.items()})
        size += len(json.dumps(kept[-1]))
        if size > MOST:
            kept.pop()
            break
    _show("table", key, json.dumps(kept), description)


def show_image(key: str, uri: str, description: str) -> None:
    """Show a picture, given as a data URI; one that is too large is left out."""
    if len(uri) <= MOST:
        _show("image", key, uri, description)


def _shown(value: Any) -> Any:
    """Return a value as JSON may hold it; numbers have as many digits as a person wants."""
    if isinstance(value, float):
        return None if not math.isfinite(value) else float(f"{value:.6g}")
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, default=str)
    return value if value is None or isinstance(value, str | int) else str(value)


def _show(kind: Kind, key: str, data: str | float, description: str) -> None:
    run = FlowRunContext.get()
    task = TaskRunContext.get()
    flow_run = run.flow_run.id if run is not None and run.flow_run is not None else None
    if flow_run is None and task is not None:
        flow_run = task.task_run.flow_run_id
    if flow_run is None:
        return
    try:
        with get_client(sync_client=True) as client:
            known = _made.get((flow_run, key)) or _earlier(flow_run, key)
            if known is not None:
                _made[flow_run, key] = known
                client.update_artifact(known, ArtifactUpdate(data=data, description=description))
                return
            made = client.create_artifact(
                ArtifactCreate(
                    key=key,
                    type=kind,
                    data=data,
                    description=description,
                    flow_run_id=flow_run,
                    task_run_id=task.task_run.id if task is not None else None,
                )
            )
            _made[flow_run, key] = made.id
    except httpx.HTTPError as error:
        # The server is away, and the next update is not far: the work itself needs no page.
        _LOG.warning("Artifact %s was not shown, because Prefect's server does not answer: %s", key, error)


def _earlier(flow_run: UUID, key: str) -> UUID | None:
    """Return the artifact that this flow run made before it was interrupted."""
    asked = ArtifactFilter(
        key=ArtifactFilterKey(any_=[key]), flow_run_id=ArtifactFilterFlowRunId(any_=[flow_run])
    )
    with get_client(sync_client=True) as client:
        found = client.read_artifacts(artifact_filter=asked, limit=1)
    return found[0].id if found else None
