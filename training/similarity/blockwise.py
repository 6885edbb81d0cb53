"""Similarities from the cosines of rows with columns, in blocks of row sets that the gradient recomputes.

Only the vectors are saved: a block's cosines live while it is worked on, forward and backward. So memory does
not grow with the number of pairs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from training import ragged
from training.ragged import Sets
from training.similarity.layout import Own

#: Products held at once: 4 MiB a copy in float32.
BLOCK_PAIRS = 1 << 20


@dataclass(frozen=True)
class OwnPairs:
    """The pairs of a block whose row and column are of one document, and the logs of their weights."""

    rows: Tensor  # int64 [K], row of the block
    columns: Tensor  # int64 [K]
    over_columns: Tensor  # [K], see `OwnWeights`
    over_rows: Tensor  # [K]

    @property
    def over_pairs(self) -> Tensor:
        """Log of the mean of both directions' weights, [K], for a form that runs over all pairs."""
        return torch.logaddexp(self.over_columns, self.over_rows) - math.log(2.0)


@dataclass(frozen=True)
class Block:
    """The row sets [first, last), which are the rows [start, stop), against all columns."""

    first: int
    last: int
    start: int
    stop: int
    row_offsets: Tensor  # int64 [sets + 1], from 0 on
    column_offsets: Tensor  # int64 [C + 1]
    row_ids: Tensor  # int64 [rows], set within the block
    column_ids: Tensor  # int64 [ΣN]
    own: OwnPairs | None

    @property
    def sets(self) -> int:
        """How many row sets."""
        return self.last - self.first

    @property
    def column_sets(self) -> int:
        """How many column sets, C."""
        return len(self.column_offsets) - 1

    def row_sizes(self, like: Tensor) -> Tensor:
        """Size of each row set, at least 1, [sets, 1]."""
        return _sizes(self.row_offsets, like)[:, None]

    def column_sizes(self, like: Tensor) -> Tensor:
        """Size of each column set, at least 1, [C]."""
        return _sizes(self.column_offsets, like)


def blocks(row_offsets: Tensor, column_offsets: Tensor, own: Own | None, most_rows: int) -> list[Block]:
    """Cut the row sets into blocks of at most `most_rows` rows; a larger set makes a block of its own."""
    column_ids = ragged.segment_ids(column_offsets)
    starts = row_offsets.tolist()
    made = []
    for first, last in ragged.row_blocks(row_offsets, max(most_rows, 1)):
        within = row_offsets[first : last + 1] - starts[first]
        made.append(
            Block(
                first=first,
                last=last,
                start=starts[first],
                stop=starts[last],
                row_offsets=within,
                column_offsets=column_offsets,
                row_ids=ragged.segment_ids(within),
                column_ids=column_ids,
                own=_own_pairs(within, column_offsets, own, first, last),
            )
        )
    return made


def _own_pairs(
    row_offsets: Tensor, column_offsets: Tensor, own: Own | None, first: int, last: int
) -> OwnPairs | None:
    """The weighted pairs of the row sets [first, last)."""
    if own is None or own.weights is None:
        return None
    low = max(first, own.first_row)
    high = min(last, own.first_row + own.count)
    if low >= high:
        return None
    columns_from = own.first_column + low - own.first_row
    own_rows = row_offsets[low - first : high - first + 1]
    own_columns = column_offsets[columns_from : columns_from + high - low + 1]
    row, column, _ = ragged.own_pairs(own_rows - own_rows[0], own_columns)
    begin, end = own.weights.offsets[[low - own.first_row, high - own.first_row]].tolist()
    return OwnPairs(
        row + own_rows[0], column, own.weights.over_columns[begin:end], own.weights.over_rows[begin:end]
    )


class Reduction(Protocol):
    """What turns a block's cosines into similarities, and its gradient; see `CosineForm`."""

    def reduce(self, cosines: Tensor, block: Block, *inputs: Tensor) -> Tensor:
        """Return the similarities of the block."""
        ...

    def spread(
        self, cosines: Tensor, block: Block, grad: Tensor, *inputs: Tensor
    ) -> tuple[Tensor | None, ...]:
        """Return the gradients for the cosines and for each of `inputs`."""
        ...


def blockwise(
    reduction: Reduction,
    images: Sets,
    texts: Sets,
    own: Own | None,
    inputs: tuple[Tensor, ...],
    *,
    block_pairs: int,
) -> Tensor:
    """Return the similarities [B, C] of sets of rows and columns, zero wherever a set is empty.

    Args:
        reduction: the form.
        images: rows, unit vectors.
        texts: columns, unit vectors.
        own: which sets are one document.
        inputs: what the form reads beside the cosines.
        block_pairs: most cosines held at once, as long as one set of rows fits. They are in float32 (float64
            stays), under autocast too.
    """
    wide = torch.promote_types(images.vectors.dtype, torch.float32)
    grid = _Grid(
        blocks(images.offsets, texts.offsets, own, block_pairs // max(len(texts.vectors), 1)),
        images.held[:, None] & texts.held,
    )
    with torch.autocast(images.vectors.device.type, enabled=False):
        similarity: Tensor = _Blockwise.apply(  # type: ignore[no-untyped-call]
            images.vectors.to(wide), texts.vectors.to(wide), reduction, grid, *inputs
        )
    return similarity


@dataclass(frozen=True)
class _Grid:
    blocks: list[Block]
    held: Tensor  # bool [B, C]


class _Blockwise(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, rows: Tensor, columns: Tensor, reduction: Reduction, grid: _Grid, *inputs: Tensor
    ) -> Tensor:
        ctx.save_for_backward(rows, columns, *inputs)
        ctx.reduction, ctx.grid = reduction, grid
        similarity = rows.new_zeros(grid.held.shape)
        for block in grid.blocks:
            cosines = rows[block.start : block.stop] @ columns.T
            similarity[block.first : block.last] = reduction.reduce(cosines, block, *inputs)
        return torch.where(grid.held, similarity, 0.0)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        rows, columns, *inputs = ctx.saved_tensors
        grid: _Grid = ctx.grid
        grad = torch.where(grid.held, grad, 0.0)
        grad_rows, grad_columns = torch.zeros_like(rows), torch.zeros_like(columns)
        grad_inputs = [torch.zeros_like(value) for value in inputs]
        for block in grid.blocks:
            cosines = rows[block.start : block.stop] @ columns.T
            spread, *others = ctx.reduction.spread(cosines, block, grad[block.first : block.last], *inputs)
            grad_rows[block.start : block.stop] = spread @ columns
            grad_columns.addmm_(spread.T, rows[block.start : block.stop])
            for summed, part in zip(grad_inputs, others, strict=True):
                if part is not None:
                    summed.add_(part)
        return grad_rows, grad_columns, None, None, *grad_inputs


def _sizes(offsets: Tensor, like: Tensor) -> Tensor:
    return ragged.lengths(offsets).clamp(min=1).to(like.dtype)
