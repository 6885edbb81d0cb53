"""The flow that measures a run."""

from __future__ import annotations

from typing import Any

from prefect import flow

from flows.hooks import forget_jobs, go_on, stop_jobs
from flows.lineage import newest_shards
from flows.params import EvaluateParams
from flows.parent import end_with_runner
from flows.showing.metrics import show_metrics
from flows.stage_task import stage
from training.run_identity import run_identity


@flow(
    name="evaluate",
    flow_run_name="evaluate {params.run}",
    on_completion=[forget_jobs],
    on_running=[end_with_runner],
    on_cancellation=[stop_jobs],
    on_crashed=[go_on],
)
def evaluate(params: EvaluateParams) -> dict[str, Any]:
    """Measure a run and its baselines on documents that training never saw.

    Returns:
        `metrics`: by name, for the run and each baseline, its figures.

    Raises:
        LooseleafError: if there is no such run, or nothing to evaluate it on.
    """
    run_identity(params.run)  # no job is started for a run that is not there
    shards = newest_shards(params.on) if params.on else None
    measured = stage("evaluate", {"run": params.run, "shards": shards}, params.run)
    show_metrics(params.run, measured["metrics"])
    return measured
