"""The flow that tags the best run of a dataset."""

from __future__ import annotations

from typing import Any

from prefect import flow, get_run_logger

from flows.evaluate import evaluate
from flows.hooks import forget_jobs, go_on, stop_jobs
from flows.params import EvaluateParams, PromoteParams
from flows.parent import end_with_runner
from flows.promotion import Verdict, judge
from flows.showing.board import show_markdown
from storage.tags import read_tags, set_tag

#: The tag that names a dataset's best run.
BEST = "best"


@flow(
    name="promote",
    flow_run_name="promote {params.run}",
    on_completion=[forget_jobs],
    on_running=[end_with_runner],
    on_cancellation=[stop_jobs],
    on_crashed=[go_on],
)
def promote(params: PromoteParams) -> dict[str, Any]:
    """Measure a run and the best one on the dataset's newest documents, and tag the run if it is better.

    Returns:
        `run`, `promoted`, `why`, and `before`: the run that had the tag.

    Raises:
        LooseleafError: if a run or the dataset is not there, or somebody else tagged meanwhile.
    """
    before = read_tags(params.dataset).get(BEST)
    new = evaluate(EvaluateParams(run=params.run, on=params.dataset))
    if before is not None and before.target == params.run:
        verdict = Verdict(True, "it is the best one already")
    else:
        best = None
        if before is not None:
            best = evaluate(EvaluateParams(run=before.target, on=params.dataset))
        verdict = judge(new, best, params.metric, params.margin)
        if verdict.promoted:
            set_tag(params.dataset, BEST, params.run, "run", replaces=before, note=verdict.why)
    told = (
        f"Run {params.run} {'is' if verdict.promoted else 'is not'} the best of its dataset: {verdict.why}."
    )
    get_run_logger().info(told)
    show_markdown("promotion", told, "Is the run better than the one before?")
    return {
        "run": params.run,
        "promoted": verdict.promoted,
        "why": verdict.why,
        "before": before.target if before else None,
    }
