"""Ragged sets, packed flat: a set is a run of rows, and `offsets` [B+1] says where each begins and ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

#: Reduces rows [n, ...] that share an id to [count, ...].
SegmentReduction = Callable[[Tensor, Tensor, int], Tensor]


@dataclass(frozen=True)
class Sets:
    """B sets of vectors."""

    vectors: Tensor  # [n, d]
    offsets: Tensor  # int64 [B+1]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def held(self) -> Tensor:
        """Which sets are not empty, bool [B]."""
        return lengths(self.offsets) > 0


def lengths(offsets: Tensor) -> Tensor:
    """Return the size of each set, int64 [B], of `offsets` [B+1]."""
    return offsets[1:] - offsets[:-1]


def offsets_of(sizes: Tensor) -> Tensor:
    """Return the offsets, int64 [B+1], of sets with these `sizes` [B]."""
    return torch.cat([sizes.new_zeros(1, dtype=torch.int64), sizes.to(torch.int64).cumsum(0)])


def join_offsets(parts: Sequence[Tensor]) -> Tensor:
    """Return the offsets, int64 [ΣB+1], of the sets of all `parts` [B+1] one after another."""
    return offsets_of(torch.cat([lengths(offsets) for offsets in parts]))


def segment_ids(offsets: Tensor) -> Tensor:
    """Return for each row the index of its set, int64 [n]."""
    sizes = lengths(offsets)
    return torch.repeat_interleave(torch.arange(len(sizes), device=offsets.device), sizes)


def ranges(starts: Tensor, sizes: Tensor) -> Tensor:
    """Return for each k the `sizes[k]` integers from `starts[k]` on, run after run: int64 [Σ sizes]."""
    begins = offsets_of(sizes)
    owner = segment_ids(begins)
    return torch.arange(len(owner), device=sizes.device) - begins[owner] + starts[owner]


def select_rows(offsets: Tensor, sets: Tensor) -> tuple[Tensor, Tensor]:
    """Return (row indices, new offsets) that keep the given `sets`, int64 [K], in that order."""
    sizes = lengths(offsets)[sets]
    return ranges(offsets[sets], sizes), offsets_of(sizes)


def own_pairs(row_offsets: Tensor, column_offsets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Enumerate every (row, column) pair of the same set, set by set and row by row.

    Args:
        row_offsets: int64 [B+1], for instance of images.
        column_offsets: int64 [B+1], for instance of texts.

    Returns:
        Row index, column index and set index of each pair, int64 [Σ M_b N_b] each: the order of a flat prior.
    """
    columns_each = lengths(column_offsets)
    row_set = segment_ids(row_offsets)
    per_row = columns_each[row_set]
    rows = torch.repeat_interleave(torch.arange(len(row_set), device=row_offsets.device), per_row)
    return rows, ranges(column_offsets[:-1][row_set], per_row), row_set[rows]


def pair_offsets(row_offsets: Tensor, column_offsets: Tensor) -> Tensor:
    """Return where each set's pairs begin in the order of `own_pairs`, int64 [B+1]."""
    return offsets_of(lengths(row_offsets) * lengths(column_offsets))


def row_blocks(offsets: Tensor, limit: int) -> list[tuple[int, int]]:
    """Cut the sets into runs [first, last) of at most `limit` rows; a larger set makes a run of its own."""
    ends = offsets.tolist()
    blocks = []
    first = 0
    for index in range(1, len(ends)):
        if ends[index] - ends[first] > limit and index - 1 > first:
            blocks.append((first, index - 1))
            first = index - 1
    if len(ends) > 1:
        blocks.append((first, len(ends) - 1))
    return blocks


def segment_sum(values: Tensor, ids: Tensor, count: int) -> Tensor:
    """Sum the rows of `values` [n, ...] that share an id: [count, ...]; an empty set gives zero."""
    return values.new_zeros(count, *values.shape[1:]).index_add(0, ids, values)


def segment_mean(values: Tensor, ids: Tensor, count: int) -> Tensor:
    """Average the rows of `values` [n, ...] that share an id: [count, ...]; an empty set gives zero."""
    sizes = torch.bincount(ids, minlength=count).clamp(min=1).to(values.dtype)
    return segment_sum(values, ids, count) / sizes.view(-1, *[1] * (values.dim() - 1))


def segment_max(values: Tensor, ids: Tensor, count: int, empty: float = 0.0) -> Tensor:
    """Largest row value of each set, [count, ...], without gradient; no row, or all -inf, gives `empty`.

    Zero is meant for subtracting before `exp`, where any finite number is right for a set that holds nothing.
    """
    values = values.detach()
    index = ids.view(-1, *[1] * (values.dim() - 1)).expand_as(values)
    top = values.new_full((count, *values.shape[1:]), -torch.inf)
    top = top.scatter_reduce_(0, index, values, "amax")
    return torch.where(top == -torch.inf, empty, top)


def segment_logsumexp(values: Tensor, ids: Tensor, count: int, empty: float = 0.0) -> Tensor:
    """Return log Σ exp over the rows of `values` [n, ...] that share an id: [count, ...].

    A set without rows gives `empty`, with zero gradients, instead of -inf and NaN. Rows of -inf are allowed
    as long as one of their set is finite.
    """
    top = segment_max(values, ids, count)
    total = segment_sum(torch.exp(values - top.index_select(0, ids)), ids, count)
    held = total != 0  # not `> 0`: what is not a number has to show
    return torch.where(held, torch.where(held, total, 1.0).log() + top, empty)


def unit(vectors: Tensor) -> Tensor:
    """Scale each row of [n, d] to length one; a zero row stays zero and has a finite gradient."""
    squares = vectors.square().sum(-1, keepdim=True)
    return vectors * torch.where(squares > 1e-24, squares, 1.0).rsqrt()
