"""Training through Ray Train: in this process, or on several workers of a cluster that may fail.

What a failure costs is what was done since the last checkpoint. A worker that is told that its node will be
taken away has all of them write one and stop, and the run goes on elsewhere; after a lost worker or node it
goes on from the last one, with fewer workers where `workers` allows.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

import ray
import ray.exceptions
import ray.train
from ray.train.torch import TorchTrainer

from storage.errors import LooseleafError
from storage.filesystem import arrow_filesystem, is_local, local_path
from training.checkpoint import checkpoint_steps
from training.claim import ask_to_stop
from training.config import TrainConfig, config_from
from training.following import following
from training.journal import Report
from training.lines import lines_after
from training.loop import train_loop
from training.ray_backend import StoppableTorch, told_on_worker
from training.ray_failures import Failure, failure_of
from training.stopping import STATUS, listening, passing_on

_LOG = logging.getLogger(__name__)
#: What a collective operation may take: the first worker may be writing a large checkpoint.
_COLLECTIVE_SECONDS = 600
#: How often Ray looks whether a run could have more workers.
_GROW_SECONDS = 60.0
#: More between two tries for each failure without a new checkpoint.
_PAUSE_SECONDS = 10.0
#: How long workers may take to stop when this process is told to; see RAY_JOB_STOP_WAIT_TIME_S.
_STOP_SECONDS = 10.0
#: Passed on to the workers, whose nodes do not know them.
_PASSED_ON = ("MLFLOW_",)

#: What Ray Train is told of time, unless the environment says otherwise.
_TIMES = {
    # Until workers that cannot be placed are counted anew: a node that is gone still counts for some seconds.
    "RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S": "15",
    # Whether a node is to be taken away.
    "RAY_TRAIN_PREEMPTION_POLL_INTERVAL_S": "2",
    # A worker whose node is alive, but that answers nothing.
    "RAY_TRAIN_WORKER_HEALTH_CHECK_TIMEOUT_S": "120",
}


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
        report: called with each line of progress; of workers elsewhere some seconds later, and once more
            with those that are repeated after a failure.

    Returns:
        `{"run", "steps", "loss", "workers", "restarts"}`: steps and loss as of the end, the most workers that
        were asked for, how often it went on after a failure or because nodes were taken away.

    Raises:
        LooseleafError: if the cluster has too few CPUs or GPUs, the training fails by what it was told, or
            workers are lost again and again without a new checkpoint between.
        SystemExit: if this process was told by SIGTERM to stop, and did so after a checkpoint.
    """
    shards, run = _absolute(shards), _absolute(run)
    if config.most_workers:
        for name, seconds in _TIMES.items():
            os.environ.setdefault(name, seconds)
        _require_resources(config)
        restarts = _train_on_workers(config, shards, run, report)
    else:
        _train_here(config, shards, run, report)
        restarts = 0
    lines = lines_after(run, "progress.jsonl", config.steps)
    return {
        "run": run,
        "steps": max(checkpoint_steps(run), default=0),
        "loss": lines[-1]["loss"] if lines else None,
        "workers": config.most_workers,
        "restarts": restarts,
    }


def _train_here(config: TrainConfig, shards: str, run: str, report: Report | None) -> None:
    with listening() as told:

        def loop() -> None:
            if train_loop(config, shards, run, report, told=told).stopped:
                raise SystemExit(STATUS)

        trainer = TorchTrainer(
            loop,
            scaling_config=ray.train.ScalingConfig(num_workers=0),
            run_config=_run_config(run),
        )
        trainer.fit()


def _train_on_workers(config: TrainConfig, shards: str, run: str, report: Report | None) -> int:
    """Train until the last step was taken; return how often that began again."""
    failures, restarts, reached = 0, 0, _latest(run)
    with following(run, reached, report), passing_on(partial(ask_to_stop, run), _STOP_SECONDS) as told:
        while True:
            failure = _fit(config, shards, run)
            latest = _latest(run)
            if failure is None and latest >= config.steps:
                return restarts
            if told():
                raise SystemExit(STATUS)
            restarts += 1
            if failure is None:
                _LOG.warning("Nodes are taken away: %s goes on elsewhere from step %d", run, latest)
                continue
            failures = 1 if latest > reached else failures + 1
            reached = max(latest, reached)
            if failures > config.retries:
                times = "once" if failures == 1 else f"{failures} times without a new checkpoint"
                raise LooseleafError(
                    f"Training of {run} failed {times} ({failure.reason}); look at the nodes, or lower "
                    f"checkpoint_every, and run it again to go on from step {latest}."
                )
            _LOG.warning("%s: %s goes on from step %d", failure.reason, run, latest)
            # What failed at once may need a moment, such as a store that does not answer.
            time.sleep(_PAUSE_SECONDS * (failures - 1))


def _fit(config: TrainConfig, shards: str, run: str) -> Failure | None:
    """Start workers and train until they end; return why, unless they ended by themselves.

    Raises:
        LooseleafError: if it is no use to try again.
    """
    trainer = TorchTrainer(
        _train_on_worker,
        train_loop_config={"config": config.model_dump(mode="json"), "shards": shards, "run": run},
        torch_config=StoppableTorch(timeout_s=_COLLECTIVE_SECONDS),
        scaling_config=ray.train.ScalingConfig(
            num_workers=config.workers,
            use_gpu=_wants_gpus(config),
            elastic_resize_monitor_interval_s=_GROW_SECONDS,
        ),
        run_config=_run_config(run),
    )
    try:
        trainer.fit()
    except ray.train.TrainingFailedError as error:
        return failure_of(error)
    except ray.exceptions.RayActorError:
        return Failure("the process that watches over the workers was lost")
    return None


def _run_config(run: str) -> ray.train.RunConfig:
    filesystem, path = arrow_filesystem(run)
    return ray.train.RunConfig(
        name="ray",
        storage_path=path,
        storage_filesystem=filesystem,
        # Which failure is worth another try is decided here, where its cause is known.
        failure_config=ray.train.FailureConfig(max_failures=0, max_preemption_failures=0),
        worker_runtime_env={"env_vars": _passed_on()},
    )


def _train_on_worker(told: Mapping[str, Any]) -> None:
    train_loop(config_from(told["config"]), told["shards"], told["run"], told=told_on_worker)


def _latest(run: str) -> int:
    return max(checkpoint_steps(run), default=0)


def _require_resources(config: TrainConfig) -> None:
    """Check that the cluster can ever place the fewest workers: Ray would wait for ever.

    Raises:
        LooseleafError: with what is wanted and what is there.
    """
    if not ray.is_initialized():
        ray.init(log_to_driver=False, logging_level="ERROR")
    kind = "GPU" if _wants_gpus(config) else "CPU"
    there = max(float(ray.cluster_resources().get(kind, 0.0)), _most_by_autoscaling(kind))
    if there < config.fewest_workers:
        raise LooseleafError(
            f"Training wants {config.fewest_workers} workers with one {kind} each, but the cluster has "
            f"{there:g}; set `workers` lower, or start more nodes."
        )


def _most_by_autoscaling(kind: str) -> float:
    """Return how many CPUs or GPUs a cluster that grows could have at most; 0 where it does not grow."""
    most = ray._private.state.state.get_max_resources_from_cluster_config() or {}
    return float(most.get(kind, 0))


def _wants_gpus(config: TrainConfig) -> bool:
    return config.most_workers > 0 and config.device == "cuda"


def _passed_on() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith(_PASSED_ON)}


def _absolute(url: str) -> str:
    """Return a local path in full: a worker has another working directory."""
    return str(local_path(url).absolute()) if is_local(url) else url
