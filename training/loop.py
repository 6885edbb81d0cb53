"""The training loop: steps, progress, checkpoints, and going on where a killed run stood."""

from __future__ import annotations

import logging
from contextlib import closing, nullcontext
from dataclasses import dataclass

import torch

from storage.errors import LooseleafError
from storage.shards import ShardReader, open_shards
from training.assemble import begin_step, build_model, objective_of
from training.centres import centre_model
from training.chance import key_of
from training.checkpoint import Cursor, remove_checkpoints, resume, save_checkpoint
from training.compiling import compile_encoders
from training.config import TrainConfig, config_from
from training.data import training_order
from training.evaluation.watch import look_is_due
from training.gather import this_worker
from training.journal import Journal, Report, Times
from training.loading import LoadedStep, loaded_steps
from training.mining.mine import is_due, mine_again, order_in_force
from training.parallel import Parallel, is_sharded, shard_encoders, whole_weights
from training.prefetch import prefetched, timed
from training.run_identity import open_run
from training.stages import Stages
from training.step import Learner, StepResult, make_optimizer, training_step
from training.stopping import Told, never

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Trained:
    """What a training run ended with."""

    run: str
    steps: int
    loss: float | None  # of the last step taken now; None when there was nothing left to do
    resumed_from: int  # the step of the checkpoint it went on from, 0 for a fresh start
    stopped: bool = False  # it was told to, wrote a checkpoint and has steps left


def train_loop(
    config: TrainConfig,
    shards: str,
    run: str,
    report: Report | None = None,
    *,
    watch: bool = True,
    told: Told = never,
) -> Trained:
    """Train to the last step, from the latest checkpoint if the run has one.

    Runs on each worker of the process group, or alone where there is none. Everything that is drawn is a
    function of seed, step and document, so that a run that was killed ends with the same weights as one that
    was not, and several workers with what one would, up to rounding.

    Args:
        config: what to train.
        shards: folder or URL of the packed shards.
        run: folder or URL of the run; made if it is not there.
        report: called on the first worker with each line of progress.
        watch: look at held-out documents on the way and keep their similarity matrices, and write the curves
            for TensorBoard and MLflow.
        told: says whether this worker will be taken away; then all of them write a checkpoint and stop.

    Raises:
        LooseleafError: if the shards cannot be trained on, the run is another one, the loss is not finite, or
            another training went on with the run.
    """
    reader = open_shards(shards)
    first = this_worker() == 0
    learner, device = _learner(config, reader)
    order = training_order(reader, config.batch)
    if first:
        open_run(run, config, shards, reader.index.spec, learner.stages.counts)
    cursor = resume(run, learner.model, learner.optimizer) or Cursor(config.seed)
    start = cursor.step
    journal = Journal(config, reader, run, start=start, watch=watch, report=report) if first else None
    result: StepResult | None = None
    order = order_in_force(order, config.mining, run, cursor)
    sharded = is_sharded(learner.model)
    stopped = False
    if start == 0:
        _begin(learner, journal)
    while cursor.step < config.steps and not stopped:
        if is_due(config.mining, cursor):
            with whole_weights(learner.model):
                order = mine_again(learner.model, reader, order, config, run=run, cursor=cursor)
        coming = prefetched(loaded_steps(config, reader, order, cursor, device), config.prefetch)
        with closing(coming):
            for loaded, waited in timed(coming):
                if first and cursor.step in learner.stages.starts:
                    _LOG.info("%s: %s", run, learner.stages.told(cursor.step))
                cursor = loaded.cursor
                asked = told() or (journal is not None and journal.told_to_stop)
                result = _step(learner, loaded, config, run, told=asked)
                stopped = result.told_to_stop and cursor.step < config.steps
                saving = stopped or cursor.step % config.checkpoint_every == 0 or cursor.step == config.steps
                # The first worker looks alone at what the others hold a share of.
                looking = sharded and watch and look_is_due(config, cursor.step)
                with whole_weights(learner.model) if looking else nullcontext():
                    if journal is not None:
                        times = Times(waited, loaded.seconds)
                        journal.note(learner, cursor, loaded.documents, result, times, checkpoint=saving)
                if saving:
                    # After the lines: a checkpoint that is there has all its lines.
                    _save(learner, cursor, config, run)
                if journal is not None:
                    journal.tell()
                if stopped:
                    break
    if journal is not None:
        journal.end(complete=not stopped)
    return Trained(run, cursor.step, None if result is None else result.loss, start, stopped)


def _begin(learner: Learner, journal: Journal | None) -> None:
    with whole_weights(learner.model):
        if journal is not None:
            journal.begin(learner)


def _save(learner: Learner, cursor: Cursor, config: TrainConfig, run: str) -> None:
    save_checkpoint(run, learner.model, learner.optimizer, cursor)
    if this_worker() == 0:
        remove_checkpoints(run, config.keep_checkpoints)


def _step(learner: Learner, loaded: LoadedStep, config: TrainConfig, run: str, *, told: bool) -> StepResult:
    step = loaded.cursor.step
    begin_step(learner.model, step - 1, config.steps)
    rates = learner.stages.rates(step - 1)
    try:
        draw = key_of(f"step/{config.seed}/{step}")
        return training_step(learner, loaded.batch, draw, rates, told_to_stop=told)
    except LooseleafError as error:
        raise LooseleafError(f"Training of {run} stopped at step {step}: {error}") from error


def _learner(config: TrainConfig, reader: ShardReader) -> tuple[Learner, torch.device]:
    device = _device(config)
    model = build_model(config, reader.index.spec)
    centre_model(model, reader, config.encoders)
    model.to(device).train()
    if config.compile:
        compile_encoders(model)
    sharded = shard_encoders((model.image_encoder, model.text_encoder), _parallel(config), device)
    stages = Stages(model, config)
    optimizer = make_optimizer(stages.groups, config.optimizer, sharded=sharded)
    clip_norm, at_once = config.optimizer.clip_norm, config.batch.encode_documents
    return Learner(model, optimizer, stages, objective_of, clip_norm, at_once), device


def _parallel(config: TrainConfig) -> Parallel:
    """Return what is asked for, but the plain way where `auto` could not be spread."""
    if config.parallel != "auto":
        return config.parallel
    try:
        config_from({**config.model_dump(mode="json"), "parallel": "fsdp"})
    except LooseleafError:
        return "ddp"
    return "auto"


def _device(config: TrainConfig) -> torch.device:
    there = torch.cuda.is_available()
    if config.device == "cuda" and not there:
        raise LooseleafError("The device 'cuda' was asked for, but no GPU is there; choose cpu or auto.")
    return torch.device("cuda" if there and config.device != "cpu" else "cpu")
