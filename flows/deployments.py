"""The flows as deployments, which the pages and the API can start."""

from __future__ import annotations

from prefect.deployments.runner import RunnerDeployment

from flows.build import build
from flows.evaluate import evaluate
from flows.everything import everything
from flows.mine import mine
from flows.train import train

_TAGS = ["looseleaf"]


def deployments() -> list[RunnerDeployment]:
    """Return one deployment for each flow; schedules are added in the pages."""
    return [
        flow.to_deployment(name="local", tags=_TAGS)  # type: ignore[misc]
        for flow in (build, mine, train, evaluate, everything)
    ]
