"""What a job does, by the name of its stage: plain functions that need no Prefect and, `here`, no Ray."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Protocol

from flows.stages import stage_called
from pipeline.recipe import Recipe
from pipeline.runner import Done, Executor, Work, execute_here, execute_on_ray, run_stage
from pipeline.stage import Context, Stage
from storage.store_errors import in_one_sentence

#: New documents or images for which no cluster is asked.
_FEW = 8


class Progress(Protocol):
    """Is told how far the work is."""

    def __call__(self, done: int, total: int | None, note: str = "", rows: int | None = None) -> None:
        """Take it down; `total` is None until it is known, `rows` are those written since it began."""


def perform(stage: str, arguments: Mapping[str, Any], progress: Progress, here: bool) -> dict[str, Any]:
    """Run a stage and return its report, which can be written as JSON.

    Args:
        stage: a stage of the pipeline, or pack, train, evaluate or report.
        arguments: what the flow tells it.
        progress: is told how far the work is.
        here: run everything in this process; otherwise on the Ray cluster that this job belongs to.

    Raises:
        LooseleafError: if the stage failed in an expected way.
    """
    with in_one_sentence(str(arguments.get("dataset") or arguments.get("run") or "")):
        return _perform(stage, arguments, progress, here)


def _perform(stage: str, arguments: Mapping[str, Any], progress: Progress, here: bool) -> dict[str, Any]:
    began = time.monotonic()
    match stage:
        case "pack":
            report = _pack(arguments, progress)
        case "train":
            report = _train(arguments, progress, here)
        case "evaluate":
            report = _evaluate(arguments, progress)
        case "report":
            report = _report(arguments)
        case _:
            counted = _Counted(execute_here if here else _execute_where_it_pays, progress)
            return asdict(run_stage(stage_called(stage), _context(arguments), counted.execute, counted.tell))
    return {**report, "stage": stage, "seconds": time.monotonic() - began}


class _Counted:
    """Counts the rows that a stage writes, so that its progress can say how fast it is."""

    def __init__(self, execute: Executor, progress: Progress) -> None:
        self._execute, self._progress = execute, progress
        self._rows = 0

    def execute(self, stage: Stage, context: Context, works: Sequence[Work]) -> Iterator[Done]:
        """Carry out the works, and count."""
        for done in self._execute(stage, context, works):
            self._rows += sum(part.rows for part in done.parts)
            yield done

    def tell(self, done: int, total: int | None) -> None:
        """Pass on how far the stage is."""
        self._progress(done, total, rows=self._rows)


def _context(arguments: Mapping[str, Any]) -> Context:
    recipe = Recipe.model_validate(arguments["recipe"])
    return Context(arguments["dataset"], recipe, arguments["build_id"])


def _execute_where_it_pays(stage: Stage, context: Context, works: Sequence[Work]) -> Iterator[Done]:
    """Spread chunks over the cluster, but process them here where it would take one at a time.

    Connecting takes longer than most single chunks, and than a few documents that changed; and a model is
    then held once, not by a worker as well.
    """
    if len(works) > 1 and not _are_few(works):
        connect()
        if _places(stage) > 1:
            yield from execute_on_ray(stage, context, works)
            return
    yield from execute_here(stage, context, works)


def _are_few(works: Sequence[Work]) -> bool:
    """Say whether chunks have but a few new items together; of a chunk without items nobody knows."""
    fresh = [sum(key not in work.kept for key in work.items) for work in works]
    return all(work.items for work in works) and sum(fresh) <= _FEW


def _places(stage: Stage) -> int:
    """Return how many chunks of a stage the cluster can process at once, as large as it can become."""
    import ray  # noqa: PLC0415
    from ray._private.state import state  # noqa: PLC0415 - nothing public tells of the autoscaler's limits

    most = state.get_max_resources_from_cluster_config() or {}
    cpus = max(float(ray.cluster_resources().get("CPU", 0)), float(most.get("CPU", 0)))
    return int(cpus // stage.cpus)


def connect() -> None:
    """Connect this job to its Ray cluster, quietly."""
    import ray  # noqa: PLC0415

    ray.init(log_to_driver=False, logging_level="ERROR", ignore_reinit_error=True)


def _pack(arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    from pipeline.pack.pack import pack  # noqa: PLC0415 - each job imports only what its stage needs

    context = _context(arguments)
    packed = pack(context.dataset, context.recipe, progress=progress)
    return {
        # Within the dataset, so that it may move.
        "shards": packed.url.removeprefix(context.dataset).lstrip("/"),
        "rows": dict(packed.index.documents),
        "blocks": dict(packed.index.blocks),
    }


def _train(arguments: Mapping[str, Any], progress: Progress, here: bool) -> dict[str, Any]:
    from training.config import config_from  # noqa: PLC0415
    from training.journal import in_words  # noqa: PLC0415

    config = config_from(arguments["config"])

    def report(line: Mapping[str, Any]) -> None:
        progress(line["step"], config.steps, in_words(line))

    if here:
        from training.loop import train_loop  # noqa: PLC0415
        from training.stopping import STATUS, listening  # noqa: PLC0415

        with listening() as told:
            trained = train_loop(config, arguments["shards"], arguments["run"], report, told=told)
        if trained.stopped:
            # Not done, and no failure: whoever asked may ask again.
            raise SystemExit(STATUS)
        return asdict(trained)
    from training.ray_train import train_with_ray  # noqa: PLC0415

    return train_with_ray(config, arguments["shards"], arguments["run"], report)


def _evaluate(arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    from training.evaluate import evaluate_run  # noqa: PLC0415

    return evaluate_run(arguments["run"], arguments["shards"], progress=progress)


def _report(arguments: Mapping[str, Any]) -> dict[str, Any]:
    from flows.report.page import write_report  # noqa: PLC0415

    return {"report": write_report(arguments["place"], arguments["out"])}
