"""The training loop: steps, progress, checkpoints, and going on where a killed run stood."""

from __future__ import annotations

import logging
from contextlib import closing
from dataclasses import dataclass

import torch

from storage.errors import LooseleafError
from storage.shards import ShardReader, open_shards
from training.assemble import begin_step, build_model, objective_of
from training.centres import centre_model
from training.chance import key_of
from training.checkpoint import Cursor, resume
from training.compiling import compile_encoders
from training.config import TrainConfig
from training.data import training_order
from training.gather import this_worker
from training.journal import Journal, Report, Times
from training.loading import LoadedStep, loaded_steps
from training.mining.mine import is_due, mine_again, order_in_force
from training.prefetch import prefetched, timed
from training.run_identity import open_run
from training.stages import Stages
from training.step import Learner, StepResult, make_optimizer, training_step

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Trained:
    """What a training run ended with."""

    run: str
    steps: int
    loss: float | None  # of the last step taken now; None when there was nothing left to do
    resumed_from: int  # the step of the checkpoint it went on from, 0 for a fresh start


def train_loop(
    config: TrainConfig, shards: str, run: str, report: Report | None = None, *, watch: bool = True
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
        watch: look at held-out documents on the way and keep their similarity matrices.

    Raises:
        LooseleafError: if the shards cannot be trained on, the run is another one, or the loss is not finite.
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
    if journal is not None and start == 0:
        journal.begin(learner)
    while cursor.step < config.steps:
        if is_due(config.mining, cursor):
            order = mine_again(learner.model, reader, order, config, run=run, cursor=cursor)
        coming = prefetched(loaded_steps(config, reader, order, cursor, device), config.prefetch)
        with closing(coming):
            for loaded, waited in timed(coming):
                if first and cursor.step in learner.stages.starts:
                    _LOG.info("%s: %s", run, learner.stages.told(cursor.step))
                cursor = loaded.cursor
                result = _step(learner, loaded, config, run)
                if journal is not None:
                    times = Times(waited, loaded.seconds)
                    journal.note(learner, cursor, loaded.documents, result, times)
    return Trained(run, cursor.step, None if result is None else result.loss, start)


def _step(learner: Learner, loaded: LoadedStep, config: TrainConfig, run: str) -> StepResult:
    step = loaded.cursor.step
    begin_step(learner.model, step - 1, config.steps)
    rates = learner.stages.rates(step - 1)
    try:
        return training_step(learner, loaded.batch, key_of(f"step/{config.seed}/{step}"), rates)
    except LooseleafError as error:
        raise LooseleafError(f"Training of {run} stopped at step {step}: {error}") from error


def _learner(config: TrainConfig, reader: ShardReader) -> tuple[Learner, torch.device]:
    device = _device(config)
    model = build_model(config, reader.index.spec)
    centre_model(model, reader, config.encoders)
    model.to(device).train()
    if config.compile:
        compile_encoders(model)
    stages = Stages(model, config)
    optimizer = make_optimizer(stages.groups, config.optimizer)
    clip_norm, at_once = config.optimizer.clip_norm, config.batch.encode_documents
    return Learner(model, optimizer, stages, objective_of, clip_norm, at_once), device


def _device(config: TrainConfig) -> torch.device:
    there = torch.cuda.is_available()
    if config.device == "cuda" and not there:
        raise LooseleafError("The device 'cuda' was asked for, but no GPU is there; choose cpu or auto.")
    return torch.device("cuda" if there and config.device != "cpu" else "cpu")
