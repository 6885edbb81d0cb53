"""Training through Ray Train: in this process, or on several workers of a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import ray
import ray.train
from ray.train.torch import TorchTrainer

from storage.errors import LooseleafError
from storage.filesystem import is_local, local_path
from training.checkpoint import checkpoint_steps
from training.config import TrainConfig, config_from
from training.journal import Report
from training.lines import read_lines
from training.loop import train_loop


def train_with_ray(
    config: TrainConfig, shards: str, run: str, report: Report | None = None
) -> dict[str, Any]:
    """Train a run to its last step, from its latest checkpoint if there is one.

    With `workers: 0` Ray Train calls the loop in this process. Else each worker is an actor with one CPU, or
    one GPU with `device: cuda`; the folders must be visible to all of them.

    Args:
        config: what to train.
        shards: folder or URL of the packed shards.
        run: folder or URL of the run.
        report: called with each line of progress, where the loop runs in this process; for workers elsewhere
            follow `progress.jsonl`.

    Returns:
        `{"run", "steps", "loss", "workers"}`, steps and loss as of the end.

    Raises:
        LooseleafError: if the cluster has too few CPUs or GPUs, or the training fails.
    """
    shards, run = _absolute(shards), _absolute(run)
    if config.workers:
        _require_resources(config)
    trainer = TorchTrainer(
        # A callback cannot travel to an actor.
        partial(_train, report=None if config.workers else report),
        train_loop_config={"config": config.model_dump(mode="json"), "shards": shards, "run": run},
        scaling_config=ray.train.ScalingConfig(num_workers=config.workers, use_gpu=_wants_gpus(config)),
        run_config=ray.train.RunConfig(name="ray", storage_path=run),
    )
    try:
        trainer.fit()
    except ray.train.TrainingFailedError as error:
        raise _reason(error, run) from error
    lines = read_lines(run, "progress.jsonl")
    return {
        "run": run,
        "steps": max(checkpoint_steps(run), default=0),
        "loss": lines[-1]["loss"] if lines else None,
        "workers": config.workers,
    }


def _train(told: Mapping[str, Any], report: Report | None) -> None:
    train_loop(config_from(told["config"]), told["shards"], told["run"], report)


def _require_resources(config: TrainConfig) -> None:
    """Check that the cluster can ever place the workers: Ray would wait for ever.

    Raises:
        LooseleafError: with what is wanted and what is there.
    """
    if not ray.is_initialized():
        ray.init(log_to_driver=False, logging_level="ERROR")
    kind = "GPU" if _wants_gpus(config) else "CPU"
    there = float(ray.cluster_resources().get(kind, 0.0))
    if there < config.workers:
        raise LooseleafError(
            f"Training wants {config.workers} workers with one {kind} each, but the cluster has {there:g}; "
            "set `workers` lower, or start more nodes."
        )


def _wants_gpus(config: TrainConfig) -> bool:
    return config.workers > 0 and config.device == "cuda"


def _reason(error: Exception, run: str) -> LooseleafError:
    """Return the sentence of the worker that failed, where it has one."""
    failures: Mapping[int, Exception] = getattr(error, "worker_failures", {})
    for failure in failures.values():
        if isinstance(failure, LooseleafError):
            return failure
    last = str(error).strip().rsplit("\n", 1)[-1]
    return LooseleafError(
        f"Training of {run} failed ({last}); run it again to go on from its last checkpoint."
    )


def _absolute(url: str) -> str:
    """Return a local path in full: a worker has another working directory."""
    return str(local_path(url).absolute()) if is_local(url) else url
