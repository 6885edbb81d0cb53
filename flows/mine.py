"""The flow from tables to embeddings, negatives and training shards."""

from __future__ import annotations

import json
from typing import Any

from prefect import flow
from prefect.runtime import flow_run

from flows.events import tell_mined
from flows.hooks import forget_jobs, go_on, stop_jobs
from flows.lineage import newest_tables
from flows.params import MineParams
from flows.parent import end_with_runner
from flows.pinning import pin
from flows.showing.samples import show_build
from flows.slots import one_build
from flows.stage_task import stage
from flows.stages import MINE_STAGES, RUN_MINE_STAGES
from pipeline.recipe import Recipe
from storage.heads import bring_back
from training.run_encoder import encoder_name


@flow(
    name="mine",
    flow_run_name="mine {params.dataset}",
    on_completion=[forget_jobs],
    on_running=[end_with_runner],
    on_cancellation=[stop_jobs],
    on_crashed=[go_on],
)
def mine(params: MineParams) -> dict[str, Any]:
    """Embed the newest build of a dataset, mine its negatives and pack its shards.

    Returns:
        The dataset, the build's id, the rows of each table and the report of each stage.

    Raises:
        LooseleafError: if the dataset has no build, there is no such run, or a stage failed.
    """
    newest_tables(params.dataset)  # what is not there is said before anybody waits for it
    with one_build(params.dataset):
        return _mined(params)


def _mined(params: MineParams) -> dict[str, Any]:
    base = newest_tables(params.dataset)
    # A build that broke off has left the tables ahead of it.
    bring_back(params.dataset, base, leave=RUN_MINE_STAGES)
    recipe = Recipe.model_validate(json.loads(base.recipe))
    stages: tuple[str, ...] = MINE_STAGES
    if params.run is not None:
        stages = RUN_MINE_STAGES
        changes = {"run": params.run, "run_encoder": encoder_name(params.run)}
        recipe = recipe.model_copy(update={"mine": recipe.mine.model_copy(update=changes)})
    arguments = {
        "dataset": params.dataset,
        "recipe": recipe.model_dump(mode="json"),
        "build_id": base.build_id,
    }
    reports = {name: stage(name, arguments, params.dataset) for name in stages}
    pinned = pin(params.dataset, recipe, base.build_id, reports, flow_run.get_id())
    tell_mined(params.dataset, pinned.build_id)
    show_build(params.dataset, pinned)
    return {
        "dataset": params.dataset,
        "build_id": pinned.build_id,
        "counts": dict(pinned.counts),
        "stages": reports,
    }
