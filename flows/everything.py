"""The flow that chains the others."""

from __future__ import annotations

from typing import Any

from prefect import flow

from flows.build import build
from flows.evaluate import evaluate
from flows.hooks import forget_jobs, go_on, stop_jobs
from flows.mine import mine
from flows.params import BuildParams, EvaluateParams, EverythingParams, MineParams, TrainParams
from flows.parent import end_with_runner
from flows.train import train


@flow(
    name="everything",
    flow_run_name="everything {params.dataset}",
    on_completion=[forget_jobs],
    on_running=[end_with_runner],
    on_cancellation=[stop_jobs],
    on_crashed=[go_on],
)
def everything(params: EverythingParams) -> dict[str, Any]:
    """Build, mine, train and evaluate.

    Returns:
        What each of the four flows returns, by its name.

    Raises:
        LooseleafError: if one of them failed; run again, and it goes on there.
    """
    return {
        "build": build(BuildParams(recipe=params.recipe, dataset=params.dataset)),
        "mine": mine(MineParams(dataset=params.dataset)),
        "train": train(
            TrainParams(dataset=params.dataset, run=params.run, config=params.config, steps=params.steps)
        ),
        "evaluate": evaluate(EvaluateParams(run=params.run)),
    }
