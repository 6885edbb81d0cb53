"""Batches by a budget of images and texts, documents of similar length together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]

#: Batches among which lengths are sorted: similar ones meet, yet not the same documents in each epoch.
_WINDOW = 8


@dataclass(frozen=True)
class Budget:
    """What a batch may hold."""

    units: int  # images and texts
    sizes: Indices  # [documents of the reader], units of each: at most half of `units`, so that two fit
    by_length: bool = True


def packed(pieces: Sequence[Indices], budget: Budget) -> list[Indices]:
    """Return batches that hold each document once and at most `budget.units` units.

    A piece larger than that is cut. A batch that would hold one document, and contrast it with nothing, gets
    another from the batch that has most; only where all have two at most does it stay alone.

    Args:
        pieces: documents that are to meet in one batch, in the order drawn for an epoch.
        budget: of a batch.
    """
    whole = [part for piece in pieces for part in _runs(piece, budget)]
    if budget.by_length:
        whole = _by_length(whole, budget)
    return _without_lone(list(_filled(whole, budget)), budget.sizes)


def _runs(documents: Indices, budget: Budget) -> Iterator[Indices]:
    """Cut documents into runs within the budget."""
    start = held = 0
    for index, size in enumerate(budget.sizes[documents].tolist()):
        if held + size > budget.units:
            yield documents[start:index]
            start, held = index, 0
        held += size
    yield documents[start:]


def _by_length(pieces: Sequence[Indices], budget: Budget) -> list[Indices]:
    """Sort pieces by the mean size of their documents, up and down in turn, within windows of the order."""
    totals = np.array([budget.sizes[piece].sum() for piece in pieces])
    means = totals / [len(piece) for piece in pieces]
    window = (np.cumsum(totals) - totals) // (_WINDOW * budget.units)
    order = np.lexsort((np.where(window % 2, -means, means), window))
    return [pieces[index] for index in order.tolist()]


def _filled(pieces: Sequence[Indices], budget: Budget) -> Iterator[Indices]:
    batch: list[Indices] = []
    held = 0
    for piece in pieces:
        size = int(budget.sizes[piece].sum())
        if batch and held + size > budget.units:
            yield np.concatenate(batch)
            batch, held = [], 0
        batch.append(piece)
        held += size
    if batch:
        yield np.concatenate(batch)


def _without_lone(batches: list[Indices], sizes: Indices) -> list[Indices]:
    for index in [index for index, batch in enumerate(batches) if len(batch) == 1]:
        giver = max(range(len(batches)), key=lambda other: len(batches[other]))
        if len(batches[giver]) > 2:
            smallest = int(np.argmin(sizes[batches[giver]]))
            batches[index] = np.append(batches[index], batches[giver][smallest])
            batches[giver] = np.delete(batches[giver], smallest)
    return batches
