"""The flow that trains a model."""

from __future__ import annotations

from typing import Any

from prefect import flow

from flows.hooks import forget_jobs, go_on, stop_jobs
from flows.lineage import newest_shards
from flows.params import TrainParams
from flows.parent import end_with_runner
from flows.slots import training_slot
from flows.stage_task import stage
from storage.runs import note_run
from training.config import TrainConfig, config_from, load_config


@flow(
    name="train",
    flow_run_name="train {params.run}",
    on_completion=[forget_jobs],
    on_running=[end_with_runner],
    on_cancellation=[stop_jobs],
    on_crashed=[go_on],
)
def train(params: TrainParams) -> dict[str, Any]:
    """Train a run on the shards of a dataset, or go on where it was interrupted.

    Returns:
        What `training` reports of the run.

    Raises:
        LooseleafError: if the configuration is wrong, the dataset is not mined, or the training failed.
    """
    config = configured(params)
    shards = newest_shards(params.dataset)
    # First: a vacuum that comes between must know of it.
    note_run(params.dataset, params.run, shards)
    arguments = {
        "shards": shards,
        "run": params.run,
        "config": config.model_dump(mode="json"),
    }
    with training_slot():
        return stage("train", arguments, params.run)


def configured(params: TrainParams) -> TrainConfig:
    """Return the configuration that `params` names, with what they say in its place.

    Raises:
        LooseleafError: if it cannot be read, or a field is wrong.
    """
    told = {name: getattr(params, name) for name in ("steps", "seed", "objective")}
    told["workers"] = params.asked_workers
    changes = {name: value for name, value in told.items() if value is not None}
    return load_config(params.config, changes) if params.config else config_from(changes)
