"""Composes the order of documents anew, by what the model takes for each other now.

    RUN/mined/epoch-000004.json        the blocks in force from that epoch on, and what the guards refused

It is a function of weights, seed and epoch: what a run that was killed mines again is what it had mined.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray

from storage.shards import ShardReader
from storage.shards.blocks import compose_blocks, links_of, meeting
from training.chance import key_of
from training.checkpoint import Cursor
from training.config import TrainConfig
from training.data import document_names, load_step
from training.encoded import Encoded
from training.gather import gather, gather_rows, workers
from training.mining.guards import Guards
from training.mining.nearest import joined, nearest_groups, set_similarities
from training.mining.settings import MiningSettings
from training.model import UnalignedModel
from training.order import Order
from training.run_directory import read_json, write_json

Indices = NDArray[np.int64]

_DOCUMENTS = 32  # encoded at once
_SPARE = 8  # candidates beyond those that are kept, for what guards refuse


def is_due(settings: MiningSettings | None, cursor: Cursor) -> bool:
    """Say whether documents are to be mined where a run stands: at the start of every so many epochs."""
    if settings is None or cursor.batch > 0 or cursor.epoch == 0:
        return False
    return cursor.epoch % settings.every == 0


def order_in_force(order: Order, settings: MiningSettings | None, run: str, cursor: Cursor) -> Order:
    """Return the order with the blocks that a run had mined when it was interrupted, if it had.

    Raises:
        LooseleafError: if what was mined is not in the run any more.
    """
    if settings is None or cursor.epoch < settings.every or is_due(settings, cursor):
        return order
    blocks = read_json(run, *_place(cursor.epoch // settings.every * settings.every))["blocks"]
    return replace(order, blocks=tuple(np.array(block, np.int64) for block in blocks))


def mine_again(
    model: UnalignedModel,
    reader: ShardReader,
    order: Order,
    config: TrainConfig,
    *,
    run: str,
    cursor: Cursor,
) -> Order:
    """Return the order with blocks of documents that the model takes for each other.

    Every worker must call it; the first one keeps the blocks in the run.

    Args:
        model: as it stands, on its device.
        reader: the shards.
        order: of the training documents.
        config: of the run; its `mining` says how.
        run: its folder or URL.
        cursor: where it stands.
    """
    documents = np.sort(np.concatenate(order.blocks))
    pairs, refused = _negatives(model, reader, documents, config, cursor)
    names = document_names(reader, "train")
    links = links_of((int(documents[int(a)]), int(documents[int(b)]), weight) for a, b, weight in pairs)
    draw = np.random.default_rng(key_of(f"blocks/{cursor.seed}/{cursor.epoch}"))
    blocks = compose_blocks(draw.permutation(documents).tolist(), links, order.together, names)
    if workers() == 1 or dist.get_rank() == 0:
        met = meeting(blocks, links)
        record: dict[str, Any] = {
            "epoch": cursor.epoch,
            "step": cursor.step,
            "negatives": len(pairs),
            "refused": refused,
            "share_that_meet": met.within / met.all if met.all else None,
            "share_that_would_by_chance": met.by_chance / met.all if met.all else None,
            "blocks": blocks,
        }
        write_json(run, record, *_place(cursor.epoch))
    return replace(order, blocks=tuple(np.array(block, np.int64) for block in blocks))


def _negatives(
    model: UnalignedModel,
    reader: ShardReader,
    documents: Indices,
    config: TrainConfig,
    cursor: Cursor,
) -> tuple[list[list[float]], dict[str, int]]:
    """Return (document, negative, weight) of all workers, by index into `documents`, and what was refused."""
    settings = config.mining
    assert settings is not None
    rank = dist.get_rank() if workers() > 1 else 0
    own = np.array_split(documents, workers())[rank]
    local = _encode(model, reader, own, config, cursor)
    gathered = gather(local)
    nearest = nearest_groups(
        set_similarities(model),
        local,
        gathered,
        settings.neighbours + _SPARE,
        scale=model.scale,
        families="family" in config.objective.mask,
    )
    guards = Guards(reader, documents, settings, config.seed)
    excess = (nearest.scores - nearest.own[:, None]).cpu().numpy()
    columns = nearest.columns.cpu().numpy()
    found: list[tuple[float, float, float]] = []
    refused: Counter[str] = Counter(dict.fromkeys(settings.guards, 0))
    for row, document in enumerate(own.tolist()):
        there = np.isfinite(excess[row])
        candidates = columns[row][there]
        judged = guards.judge(document, documents[candidates], excess[row][there])
        refused += judged.refused
        kept = np.flatnonzero(judged.kept)[: settings.neighbours]
        # The nearer counts more, and what may be a false negative less.
        found += [
            (gathered.first + row, int(candidates[index]), (1 - judged.probability[index]) / (1 + rank))
            for rank, index in enumerate(kept.tolist())
        ]
    device = nearest.own.device
    pairs, _ = gather_rows(torch.tensor(found, dtype=torch.float64, device=device).reshape(-1, 3))
    counts, _ = gather_rows(torch.tensor([[refused[guard] for guard in settings.guards]], device=device))
    return pairs.tolist(), dict(zip(settings.guards, counts.sum(0).tolist(), strict=True))


@torch.no_grad()
def _encode(
    model: UnalignedModel, reader: ShardReader, documents: Indices, config: TrainConfig, cursor: Cursor
) -> Encoded:
    """Return documents as a step would see them, but with all parts of their images."""
    was_training = model.training
    model.eval()
    device = model.log_scale.device
    draw = key_of(f"mining/{cursor.seed}/{cursor.epoch}")
    parts = [
        model.encode(load_step(reader, chunk, config.batch, config.encoders, draw).to(device))
        for chunk in _chunks(documents)
    ]
    model.train(was_training)
    return joined(parts, model.config.text_width)


def _chunks(documents: Indices) -> Iterator[Indices]:
    return iter(np.array_split(documents, math.ceil(len(documents) / _DOCUMENTS)) if len(documents) else [])


def _place(epoch: int) -> tuple[str, str]:
    return "mined", f"epoch-{epoch:06d}.json"
