# ruff: noqa: ARG002 - all forms have one signature
"""Chamfer similarity: each member's best partner on the other side, averaged over both sides.

It is the limit of smooth-Chamfer for a large alpha, the layout included: a weight of zero leaves a pair out,
any other makes no difference.
"""

from __future__ import annotations

import torch
from torch import Tensor

from training import ragged
from training.similarity.base import CosineForm
from training.similarity.blockwise import Block


class Chamfer(CosineForm):
    """½ (mean over rows of the best column + mean over columns of the best row)."""

    def reduce(self, cosines: Tensor, block: Block, *inputs: Tensor) -> Tensor:
        """Return the block's similarities; see `CosineForm.reduce`."""
        best_column, best_row = _best(*_allowed(cosines, block), block)
        forth = ragged.segment_mean(best_column.T.contiguous(), block.row_ids, block.sets)
        back = ragged.segment_mean(best_row.T.contiguous(), block.column_ids, block.column_sets).T
        return (forth + back) / 2

    def spread(self, cosines: Tensor, block: Block, grad: Tensor, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Return the gradient for the cosines: it goes to the best, in equal parts where they tie."""
        over_columns, over_rows = _allowed(cosines, block)
        best_column, best_row = _best(over_columns, over_rows, block)
        forth = (grad / (2 * block.row_sizes(grad))).index_select(0, block.row_ids).T.contiguous()
        back = (grad / (2 * block.column_sizes(grad))).index_select(1, block.column_ids)
        spread = share_of_best(over_rows, best_row, block.row_ids, back)
        spread += share_of_best(over_columns, best_column, block.column_ids, forth).T
        return (spread,)


def _allowed(cosines: Tensor, block: Block) -> tuple[Tensor, Tensor]:
    """Cosines [columns, rows] and [rows, columns], -inf where the layout leaves a pair out."""
    over_rows = cosines
    over_columns = cosines.T.clone(memory_format=torch.contiguous_format)
    own = block.own
    if own is not None:
        out = own.over_columns == -torch.inf
        over_columns[own.columns[out], own.rows[out]] = -torch.inf
        out = own.over_rows == -torch.inf
        over_rows = cosines.clone()
        over_rows[own.rows[out], own.columns[out]] = -torch.inf
    return over_columns, over_rows


def _best(over_columns: Tensor, over_rows: Tensor, block: Block) -> tuple[Tensor, Tensor]:
    return (
        ragged.segment_max(over_columns, block.column_ids, block.column_sets),
        ragged.segment_max(over_rows, block.row_ids, block.sets),
    )


def share_of_best(values: Tensor, best: Tensor, ids: Tensor, factor: Tensor) -> Tensor:
    """Give each set's `factor` [count, k] to its rows of `values` [n, k] that equal its `best` [count, k]."""
    is_best = (values == best.index_select(0, ids)).to(values.dtype)
    ties = ragged.segment_sum(is_best, ids, len(best)).clamp(min=1)
    return is_best.mul_((factor / ties).index_select(0, ids))
