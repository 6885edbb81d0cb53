"""Smooth-Chamfer similarity between every two sets, in blocks of rows that the gradient recomputes.

For sets A (rows) and B (columns) of unit vectors with cosines s_ij:

    Sim(A, B) = ½ [ mean_i (1/a) log Σ_j w_ij exp(a s_ij)  +  mean_j (1/a) log Σ_i w_ji exp(a s_ij) ]

where w sums to one: 1/size, or the layout prior between the two sets of one's own document. As a grows it
becomes the Chamfer similarity (mean of maxima), as a falls to zero the mean. Because of w a long document
gains nothing by its length. (Smooth-Chamfer: Kim, Kim and Kwak 2023, "Improving Cross-Modal Retrieval with
Set of Diverse Embeddings", which has no w.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from training import ragged
from training.ragged import Sets
from training.similarity.layout import OwnWeights

#: Products held at once: 4 MiB a copy in float32.
BLOCK_PAIRS = 1 << 20


def smooth_chamfer(
    rows: Sets,
    columns: Sets,
    alpha: float = 16.0,
    own: OwnWeights | None = None,
    *,
    first_column: int = 0,
    block_pairs: int = BLOCK_PAIRS,
) -> Tensor:
    """Return the similarity of each of B sets of rows to each of C sets of columns.

    Args:
        rows: unit vectors, ΣM of width d.
        columns: unit vectors, ΣN of width d.
        alpha: sharpness; the logits `alpha * cosine` are computed in float32 (float64 stays).
        own: weights of the pairs of each row set with the column set of its own document; without it every
            set is weighted uniformly.
        first_column: the column set that belongs to the first row set; the next ones follow. (With several
            workers the columns are gathered, and this worker's begin here.)
        block_pairs: most row-column products held at once, as long as one set of rows fits.

    Returns:
        [B, C], zero wherever a set is empty.

    Raises:
        ValueError: if `alpha` is outside (0, 100].
    """
    if not 0 < alpha <= 100:
        raise ValueError(f"alpha is {alpha}: it must be above 0 and at most 100")
    wide = torch.promote_types(rows.vectors.dtype, torch.float32)
    with torch.autocast(rows.vectors.device.type, enabled=False):
        grid = _Grid(rows.offsets, columns.offsets, alpha, own, first_column, block_pairs)
        similarity: Tensor = _SmoothChamfer.apply(  # type: ignore[no-untyped-call]
            rows.vectors.to(wide), columns.vectors.to(wide), grid
        )
    return similarity


@dataclass(frozen=True)
class _Grid:
    """All that is constant for the gradient."""

    row_offsets: Tensor
    column_offsets: Tensor
    alpha: float
    own: OwnWeights | None
    first_column: int
    block_pairs: int

    def blocks(self) -> list[_Block]:
        columns = max(int(self.column_offsets[-1]), 1)
        column_ids = ragged.segment_ids(self.column_offsets)
        starts = self.row_offsets.tolist()
        return [
            _Block(
                first=first,
                last=last,
                start=starts[first],
                stop=starts[last],
                row_ids=ragged.segment_ids(self.row_offsets[first : last + 1]),
                column_ids=column_ids,
            )
            for first, last in ragged.row_blocks(self.row_offsets, max(self.block_pairs // columns, 1))
        ]


@dataclass(frozen=True)
class _Block:
    """The row sets [first, last), which are the rows [start, stop)."""

    first: int
    last: int
    start: int
    stop: int
    row_ids: Tensor
    column_ids: Tensor


def _logits(grid: _Grid, block: _Block, rows: Tensor, columns: Tensor) -> tuple[Tensor, Tensor]:
    """Logits of the block: [columns, rows] to reduce over columns, [rows, columns] to reduce over rows."""
    over_rows = grid.alpha * (rows[block.start : block.stop] @ columns.T)
    over_columns = over_rows.T.clone(memory_format=torch.contiguous_format)
    if grid.own is not None:
        pairs = grid.own.offsets[[block.first, block.last]].tolist()
        own_columns = slice(grid.first_column + block.first, grid.first_column + block.last + 1)
        row, column, _ = ragged.own_pairs(
            grid.row_offsets[block.first : block.last + 1] - block.start, grid.column_offsets[own_columns]
        )
        over_columns[column, row] += grid.own.over_columns[pairs[0] : pairs[1]].to(rows.dtype)
        over_rows[row, column] += grid.own.over_rows[pairs[0] : pairs[1]].to(rows.dtype)
    return over_columns, over_rows


def _sizes(offsets: Tensor, like: Tensor) -> Tensor:
    return ragged.lengths(offsets).clamp(min=1).to(like.dtype)


class _SmoothChamfer(torch.autograd.Function):
    """Only the vectors are saved: a block's products live while it is worked on, forward and backward."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, columns: Tensor, grid: _Grid) -> Tensor:
        ctx.save_for_backward(rows, columns)
        ctx.grid = grid
        row_sets, column_sets = len(grid.row_offsets) - 1, len(grid.column_offsets) - 1
        log_rows, log_columns = _sizes(grid.row_offsets, rows).log(), _sizes(grid.column_offsets, rows).log()
        held = (ragged.lengths(grid.row_offsets) > 0)[:, None] & (ragged.lengths(grid.column_offsets) > 0)
        similarity = rows.new_zeros(row_sets, column_sets)
        for block in grid.blocks():
            over_columns, over_rows = _logits(grid, block, rows, columns)
            sets = block.last - block.first
            best_column = ragged.segment_logsumexp(over_columns, block.column_ids, column_sets)
            best_row = ragged.segment_logsumexp(over_rows, block.row_ids, sets)
            forth = ragged.segment_mean(best_column.T.contiguous(), block.row_ids, sets) - log_columns
            back = ragged.segment_mean(best_row.T.contiguous(), block.column_ids, column_sets).T
            back = back - log_rows[block.first : block.last, None]
            similarity[block.first : block.last] = (forth + back) / (2 * grid.alpha)
        return torch.where(held, similarity, 0.0)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        rows, columns = ctx.saved_tensors
        grid: _Grid = ctx.grid
        column_sets = len(grid.column_offsets) - 1
        row_sizes, column_sizes = _sizes(grid.row_offsets, rows), _sizes(grid.column_offsets, rows)
        grad_rows, grad_columns = torch.zeros_like(rows), torch.zeros_like(columns)
        for block in grid.blocks():
            over_columns, over_rows = _logits(grid, block, rows, columns)
            sets = block.last - block.first
            of_sets = grad[block.first : block.last] / 2
            forth = (of_sets / row_sizes[block.first : block.last, None]).index_select(0, block.row_ids)
            back = (of_sets / column_sizes).T.contiguous().index_select(0, block.column_ids)
            spread = _softmax_times(over_rows, block.row_ids, sets, back.T.contiguous())
            spread += _softmax_times(over_columns, block.column_ids, column_sets, forth.T.contiguous()).T
            grad_rows[block.start : block.stop] = spread @ columns
            grad_columns.addmm_(spread.T, rows[block.start : block.stop])
        return grad_rows, grad_columns, None


def _softmax_times(logits: Tensor, ids: Tensor, count: int, factor: Tensor) -> Tensor:
    """Softmax over each set of rows of `logits` [n, k], times `factor` [count, k] of the set."""
    weights = (logits - ragged.segment_max(logits, ids, count).index_select(0, ids)).exp_()
    total = ragged.segment_sum(weights, ids, count)
    return weights.mul_((factor / torch.where(total > 0, total, 1.0)).index_select(0, ids))
