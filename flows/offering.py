"""Offers deployments to a Prefect server, so that what people changed in its pages stays."""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate, DeploymentUpdate
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags
from prefect.client.schemas.objects import VersionInfo
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound
from prefect.schedules import Cron, Interval, Schedule
from prefect.types.entrypoint import EntrypointType

from flows.deployments import RECIPE_TAGS, Offer
from pipeline.recipe import ScheduleSettings

_VERSION = "prefect:simple"


class KeptDeployment(RunnerDeployment):
    """A deployment that leaves alone what was edited, unless what it is made from has changed.

    Prefect's own way replaces schedules and parameters at every start, and resumes what was paused. Its
    `version` holds the digest of schedule and parameters as they were offered last.
    """

    async def aapply(
        self,
        schedules: list[dict[str, Any]] | None = None,
        work_pool_name: str | None = None,
        image: str | None = None,
        version_info: VersionInfo | None = None,
    ) -> UUID:
        """Make the deployment, or bring it up to date; return its id."""
        named = VersionInfo(type=_VERSION, version=self.version or "")
        async with get_client() as client:
            try:
                known = await client.read_deployment_by_name(self.full_name)
            except ObjectNotFound:
                return await super().aapply(schedules, work_pool_name, image, version_info or named)
            schema = self._parameter_openapi_schema.model_dump(exclude_unset=True)
            changes: dict[str, Any] = {
                "description": self.description,
                "entrypoint": self.entrypoint,
                "path": self._path,
                "enforce_parameter_schema": self.enforce_parameter_schema,
                "parameter_openapi_schema": schema,
                "tags": sorted({*(known.tags or []), *self.tags}),
            }
            if known.version == self.version:
                await client.update_deployment(known.id, DeploymentUpdate(**changes))
                return known.id
            changes |= {"parameters": self.parameters, "version": self.version, "version_info": named}
            await client.update_deployment(known.id, DeploymentUpdate(**changes))
            for old in known.schedules:
                await client.delete_deployment_schedule(known.id, old.id)
            wanted = [each for each in self.schedules or () if isinstance(each, DeploymentScheduleCreate)]
            if wanted:
                await client.create_deployment_schedules(known.id, wanted)
            return known.id


def offered(wanted: Sequence[Offer]) -> list[RunnerDeployment]:
    """Return the deployments that Prefect's `serve` takes."""
    return [_deployment(offer) for offer in wanted]


def digest(offer: Offer) -> str:
    """Return what tells two offers apart whose schedule or fixed parameters differ."""
    schedule = offer.schedule.model_dump(mode="json") if offer.schedule else None
    told = json.dumps([schedule, dict(offer.parameters)], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def _deployment(offer: Offer) -> RunnerDeployment:
    module, name = offer.entrypoint.rsplit(".", 1)
    flow = getattr(importlib.import_module(module), name)
    assert isinstance(flow, Flow)
    return KeptDeployment.from_flow(
        flow,
        name=offer.name,
        description=offer.description,
        tags=list(offer.tags),
        parameters=dict(offer.parameters),
        schedule=_schedule(offer.schedule) if offer.schedule else None,
        version=digest(offer),
        # Found from any working directory, and on every node that has the distribution.
        entrypoint_type=EntrypointType.MODULE_PATH,
    )


def _schedule(settings: ScheduleSettings) -> Schedule:
    if settings.cron is not None:
        return Cron(settings.cron, timezone=settings.timezone, slug="recipe")
    assert settings.interval is not None
    return Interval(timedelta(seconds=settings.interval), timezone=settings.timezone, slug="recipe")


def withdraw_recipes(wanted: Sequence[Offer]) -> None:
    """Take back the deployments of recipes that are no longer served: else their schedules would go on."""
    names = {offer.full_name for offer in wanted}
    with get_client(sync_client=True) as client:
        flows = {flow.id: flow.name for flow in client.read_flows()}
        tagged = DeploymentFilter(tags=DeploymentFilterTags(all_=list(RECIPE_TAGS)))
        for known in client.read_deployments(deployment_filter=tagged):
            if f"{flows.get(known.flow_id)}/{known.name}" not in names:
                client.delete_deployment(known.id)
