"""The ring of workers: columns travel from one to the next, so that none ever holds those of all.

Each worker keeps its rows. The columns of every worker visit it, while the next ones are under way (as keys
and values do in ring attention, Liu et al. 2023, arXiv:2310.01889, and texts in Inf-CL, Cheng et al. 2024,
arXiv:2410.17243). What is one number a row or column, as ids and sums, is known to all. With one worker its
own columns are the only visitors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import torch
import torch.distributed as dist
from torch import Tensor

from training.fused.labels import Labels
from training.fused.tiles import VectorGradients
from training.gather import gather_rows, workers


@dataclass(frozen=True)
class Visit:
    """The columns of one worker, at another one or at home."""

    origin: int  # rank of the worker that they belong to
    place: slice  # among the columns of all workers
    columns: Tensor  # [m, D]
    labels: Labels  # of this worker's rows and these columns


@dataclass(frozen=True)
class Ring:
    """What each worker knows of all: ids, and how many rows and columns each one has."""

    rank: int
    ids: Labels  # of the rows and columns of all workers, without what is ignored
    row_places: tuple[slice, ...]  # of each worker's rows among those of all
    column_places: tuple[slice, ...]
    labels: tuple[Labels, ...]  # of this worker's rows and the columns of each worker

    @property
    def own(self) -> tuple[slice, slice]:
        """Where this worker's rows and columns stand among those of all."""
        return self.row_places[self.rank], self.column_places[self.rank]

    def visits(self, columns: Tensor) -> Iterator[Visit]:
        """Give the columns [m, D] of all workers, this one's own first; every worker must take them all."""
        held = columns.contiguous()
        for number in range(len(self.labels)):
            origin = (self.rank - number) % len(self.labels)
            arriving = held
            under_way: list[dist.Work] = []
            if number + 1 < len(self.labels):
                arriving, under_way = self._exchange(held, origin, tag=0)
            yield Visit(origin, self.column_places[origin], held, self.labels[origin])
            for work in under_way:
                work.wait()
            held = arriving

    def pass_on(self, grads: VectorGradients, visit: Visit) -> VectorGradients:
        """Let the gradients of the columns follow them; return those of the columns that visit next.

        After the last visit these are the ones of this worker's own columns, from all workers.
        """
        if len(self.labels) == 1:
            return grads
        arriving, under_way = self._exchange(grads.columns, visit.origin, tag=1)
        for work in under_way:
            work.wait()
        return VectorGradients(grads.rows, arriving)

    def _exchange(self, held: Tensor, origin: int, tag: int) -> tuple[Tensor, list[dist.Work]]:
        """Send what belongs to `origin` to the next worker, and receive what belongs to the one before."""
        size = len(self.labels)
        place = self.column_places[(origin - 1) % size]
        arriving = held.new_empty(place.stop - place.start, *held.shape[1:])
        steps = [
            (dist.isend, held, (self.rank + 1) % size),
            (dist.irecv, arriving, (self.rank - 1) % size),
        ]
        asked = [dist.P2POp(way, of, peer, tag=tag) for way, of, peer in steps if of.numel()]
        return arriving, dist.batch_isend_irecv(asked) if asked else []


def ring_of(labels: Labels) -> Ring:
    """Return the ring; every worker must call it.

    Args:
        labels: of this worker's rows and columns, with ids that mean the same on all workers.
    """
    rows, row_counts = gather_rows(labels.rows)
    columns, column_counts = gather_rows(labels.columns)
    ignored = None if labels.ignored_columns is None else gather_rows(labels.ignored_columns)[0]
    column_places = _places(column_counts)
    return Ring(
        dist.get_rank() if len(row_counts) > 1 else 0,
        Labels(rows, columns),
        _places(row_counts),
        column_places,
        tuple(
            Labels(
                labels.rows, columns[place], labels.ignored_rows, None if ignored is None else ignored[place]
            )
            for place in column_places
        ),
    )


def logsumexp_over_workers(values: Tensor) -> Tensor:
    """Return the log of the sum over the workers of exp(values), of any shape; -inf where all are."""
    if workers() == 1:
        return values
    top = values.clone()
    dist.all_reduce(top, op=dist.ReduceOp.MAX)
    top = torch.where(top.isfinite(), top, 0.0)
    total = (values - top).exp_()
    dist.all_reduce(total)
    return total.log_().add_(top)


def _places(counts: list[int]) -> tuple[slice, ...]:
    return tuple(slice(end - count, end) for count, end in zip(counts, accumulate(counts), strict=True))
