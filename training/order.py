"""Which documents each step sees: a function of seed and epoch alone, whatever the number of workers."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from training.chance import key_of
from training.checkpoint import Cursor
from training.packing import Budget, Indices, packed


@dataclass(frozen=True)
class Order:
    """How an epoch is put in order.

    Attributes:
        blocks: the documents of each block, which were packed to meet in one batch.
        documents: of one batch, about; a batch holds whole pieces of blocks.
        mined: keep pieces of blocks together; without it single documents are shuffled.
        together: documents of a piece; a block is cut anew each epoch.
        share: of the pieces that are kept together; the documents of the others are shuffled.
        budget: of a batch in images and texts, in place of `documents`.
    """

    blocks: tuple[Indices, ...]
    documents: int
    mined: bool = True
    together: int = 4096
    share: float = 1.0
    budget: Budget | None = None

    def epoch(self, seed: int, epoch: int) -> list[Indices]:
        """Return the batches of an epoch: each document once, no batch much smaller than the others."""
        draw = np.random.Generator(np.random.Philox(key=key_of(f"order/{seed}/{epoch}")))
        pieces = list(self._pieces(draw)) if self.mined else _single(np.concatenate(self.blocks))
        pieces = [pieces[index] for index in draw.permutation(len(pieces))]
        if self.budget is not None:
            batches = packed(pieces, self.budget)
            return [np.sort(batches[index]) for index in draw.permutation(len(batches))]
        total = sum(len(piece) for piece in pieces)
        count = max(1, total // self.documents)
        # Cut where the running number of documents passes the next equal share.
        ends = np.cumsum([len(piece) for piece in pieces])
        owner = np.minimum((ends - 1) * count // total, count - 1)
        batches = [
            np.concatenate([pieces[i] for i in np.flatnonzero(owner == batch)])
            for batch in range(count)
            if (owner == batch).any()
        ]
        return [np.sort(batch) for batch in _without_lone(batches)]

    def _pieces(self, draw: np.random.Generator) -> Iterator[Indices]:
        for block in self.blocks:
            mixed = block[draw.permutation(len(block))]
            for start in range(0, len(block), self.together):
                piece = mixed[start : start + self.together]
                yield from [piece] if draw.random() < self.share else _single(piece)


def _without_lone(batches: list[Indices]) -> list[Indices]:
    """Join a batch of one document, which would be contrasted with nothing, to its neighbour."""
    joined: list[Indices] = []
    for batch in batches:
        if joined and (len(batch) < 2 or len(joined[-1]) < 2):
            joined[-1] = np.concatenate([joined[-1], batch])
        else:
            joined.append(batch)
    return joined


def _single(documents: Indices) -> list[Indices]:
    return [documents[index : index + 1] for index in range(len(documents))]


def batches_from(order: Order, cursor: Cursor) -> Iterator[tuple[Cursor, Indices]]:
    """Give the batches from a place on, without end, each with the cursor that stands after it."""
    while True:
        batches = order.epoch(cursor.seed, cursor.epoch)
        for batch in batches[cursor.batch :]:
            cursor = replace(cursor, step=cursor.step + 1, batch=cursor.batch + 1)
            if cursor.batch == len(batches):
                cursor = replace(cursor, epoch=cursor.epoch + 1, batch=0)
            yield cursor, batch


def share_of(documents: Indices, sizes: Sequence[int], rank: int, workers: int) -> Indices:
    """Return the documents of a batch that a worker takes, ascending.

    The largest goes first, always to the worker that has least, so that ragged documents weigh about the same
    on each; ties go by index and rank, so that every worker finds the same split.

    Args:
        documents: of the whole batch.
        sizes: work of each of them.
        rank: of the worker.
        workers: how many there are.
    """
    loads = [(0, worker) for worker in range(workers)]
    taken: list[int] = []
    for index in sorted(range(len(documents)), key=lambda i: (-sizes[i], documents[i])):
        load, worker = heapq.heappop(loads)
        if worker == rank:
            taken.append(index)
        heapq.heappush(loads, (load + sizes[index], worker))
    return np.sort(documents[np.array(taken, dtype=np.int64)])
