"""The steps of a training as they are loaded: which documents, and this worker's tensors of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from storage.shards import ShardReader
from training.batch import TensorBatch
from training.chance import key_of
from training.checkpoint import Cursor
from training.config import TrainConfig
from training.data import drawn_sizes, load_step
from training.gather import this_worker, workers
from training.mining.mine import is_due
from training.order import Order, batches_from, share_of
from training.packing import Indices


@dataclass(frozen=True)
class LoadedStep:
    """What a step sees, and how long it took to load."""

    cursor: Cursor  # stands after the step
    documents: Indices  # of all workers
    batch: TensorBatch  # this worker's share
    seconds: float


def loaded_steps(
    config: TrainConfig, reader: ShardReader, order: Order, cursor: Cursor, device: torch.device
) -> Iterator[LoadedStep]:
    """Give the steps from a place on to the last one of the run, or to where documents are mined again.

    They are a function of order, seed and step alone.

    Args:
        config: of the run.
        reader: the shards.
        order: of the documents.
        cursor: where training stands.
        device: that the tensors are moved to.
    """
    sizes = drawn_sizes(reader, "train", config.batch)
    rank, count = this_worker(), workers()
    batches = batches_from(order, cursor)
    while cursor.step < config.steps:
        began = time.perf_counter()
        cursor, documents = next(batches)
        own = share_of(documents, sizes[documents].tolist(), rank, count)
        draw = key_of(f"members/{config.seed}/{cursor.step}")
        batch = load_step(reader, own, config.batch, config.encoders, draw, mask=config.objective.mask)
        yield LoadedStep(cursor, documents, batch.to(device), time.perf_counter() - began)
        if is_due(config.mining, cursor):
            return
