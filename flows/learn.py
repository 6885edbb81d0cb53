"""The flow that learns from a new build: what an automation starts when one was committed."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from prefect import flow

from flows.hooks import forget_jobs, go_on, stop_jobs
from flows.lineage import newest_shards
from flows.mine import mine
from flows.params import LearnParams, MineParams, PromoteParams, TrainParams
from flows.parent import end_with_runner
from flows.promote import promote
from flows.train import configured, train


@flow(
    name="learn",
    flow_run_name="learn {params.dataset}",
    on_completion=[forget_jobs],
    on_running=[end_with_runner],
    on_cancellation=[stop_jobs],
    on_crashed=[go_on],
)
def learn(params: LearnParams) -> dict[str, Any]:
    """Mine the newest build, train on it in a folder of its own, and promote the run if it is better.

    Runs stand in the folder `DATASET-runs`, each named by its shards and its configuration.

    Returns:
        What the flows mine, train and promote return, by their names.

    Raises:
        LooseleafError: if one of them failed; run again, and it goes on there.
    """
    mined = mine(MineParams(dataset=params.dataset))
    training = TrainParams(dataset=params.dataset, run=_run_of(params), config=params.config)
    trained = train(training)
    promoted = promote(
        PromoteParams(dataset=params.dataset, run=training.run, metric=params.metric, margin=params.margin)
    )
    return {"mine": mined, "train": trained, "promote": promoted}


def _run_of(params: LearnParams) -> str:
    shards = newest_shards(params.dataset)
    config = configured(TrainParams(dataset=params.dataset, run=params.dataset, config=params.config))
    told = json.dumps([shards.removeprefix(params.dataset), config.model_dump(mode="json")], sort_keys=True)
    return f"{params.dataset}-runs/{hashlib.sha256(told.encode()).hexdigest()[:12]}"
