"""The flow from sources to tables."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.runtime import flow_run

from flows.events import tell_build
from flows.hooks import forget_jobs, go_on, stop_jobs
from flows.params import BuildParams
from flows.parent import end_with_runner
from flows.pinning import first_id, pin
from flows.showing.samples import show_build
from flows.slots import one_build, overtaken, skipped
from flows.stage_task import stage
from flows.stages import BUILD_STAGES
from pipeline.recipe import Recipe, load_recipe
from storage.builds import latest_build


@flow(
    name="build",
    flow_run_name="build {params.dataset}",
    on_completion=[forget_jobs],
    on_running=[end_with_runner],
    on_cancellation=[stop_jobs],
    on_crashed=[go_on],
)
def build(params: BuildParams) -> dict[str, Any]:
    """Bring a dataset up to date with its recipe; what is there already is not made again.

    Returns:
        The dataset, the build's id, the rows of each table and the report of each stage.

    Raises:
        LooseleafError: if the recipe is wrong or a stage failed.
    """
    recipe = load_recipe(params.recipe)
    if overtaken(params.dataset):
        return skipped(params.dataset)
    with one_build(params.dataset):
        return _built(params, recipe)


def _built(params: BuildParams, recipe: Recipe) -> dict[str, Any]:
    before = latest_build(params.dataset)
    arguments = {
        "dataset": params.dataset,
        "recipe": recipe.model_dump(mode="json"),
        "build_id": first_id(recipe),
    }
    reports = {name: stage(name, arguments, params.dataset) for name in BUILD_STAGES}
    pinned = pin(params.dataset, recipe, None, reports, flow_run.get_id())
    if before is None or pinned.build_id != before.build_id:
        tell_build(params.dataset, pinned.build_id, recipe.then)
    show_build(params.dataset, pinned)
    return {
        "dataset": params.dataset,
        "build_id": pinned.build_id,
        "counts": dict(pinned.counts),
        "stages": reports,
    }
