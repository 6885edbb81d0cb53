# ruff: noqa: ARG002 - all forms have one signature
"""The best cosine of all between two sets, as in multiple-instance learning: one right pair is enough.

A long document gains by its length here: the best of many is higher by chance.
"""

from __future__ import annotations

import torch
from torch import Tensor

from training import ragged
from training.similarity.base import CosineForm
from training.similarity.blockwise import Block
from training.similarity.chamfer import share_of_best


class Max(CosineForm):
    """Maximum over the pairs of two sets; a pair to which the layout gives no weight is left out."""

    def reduce(self, cosines: Tensor, block: Block, *inputs: Tensor) -> Tensor:
        """Return the block's similarities; see `CosineForm.reduce`."""
        _, _, best = _best(cosines, block)
        return best.T

    def spread(self, cosines: Tensor, block: Block, grad: Tensor, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Return the gradient for the cosines: it goes to the best pair, in equal parts where they tie."""
        allowed, per_row_set, best = _best(cosines, block)
        of_columns = share_of_best(per_row_set.T.contiguous(), best, block.column_ids, grad.T.contiguous())
        return (share_of_best(allowed, per_row_set, block.row_ids, of_columns.T.contiguous()),)


def _best(cosines: Tensor, block: Block) -> tuple[Tensor, Tensor, Tensor]:
    """Cosines, -inf where left out; their best per row set and column; per column set and row set."""
    if block.own is not None:
        out = block.own.over_pairs == -torch.inf
        place = (block.own.rows[out], block.own.columns[out])
        cosines = cosines.index_put(place, cosines.new_full((), -torch.inf))
    per_row_set = ragged.segment_max(cosines, block.row_ids, block.sets, empty=-torch.inf)
    per_column_set = per_row_set.T.contiguous()
    return (
        cosines,
        per_row_set,
        ragged.segment_max(per_column_set, block.column_ids, block.column_sets),
    )
