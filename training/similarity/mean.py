# ruff: noqa: ARG002 - all forms have one signature
"""The mean of all cosines between two sets: every member counts alike, which no link between them needs."""

from __future__ import annotations

from torch import Tensor

from training import ragged
from training.similarity.base import CosineForm
from training.similarity.blockwise import Block


class Mean(CosineForm):
    """Mean over the pairs of two sets, weighted by the layout within one's own document."""

    def reduce(self, cosines: Tensor, block: Block, *inputs: Tensor) -> Tensor:
        """Return the block's similarities; see `CosineForm.reduce`."""
        per_row_set = ragged.segment_sum(_weighted(cosines, block), block.row_ids, block.sets)
        total = ragged.segment_sum(per_row_set.T.contiguous(), block.column_ids, block.column_sets).T
        return total / (block.row_sizes(cosines) * block.column_sizes(cosines))

    def spread(self, cosines: Tensor, block: Block, grad: Tensor, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Return the gradient for the cosines: each pair's share."""
        share = grad / (block.row_sizes(grad) * block.column_sizes(grad))
        of_columns = share.index_select(1, block.column_ids)
        return (_weighted(of_columns.index_select(0, block.row_ids), block),)


def _weighted(values: Tensor, block: Block) -> Tensor:
    if block.own is None:
        return values
    place = (block.own.rows, block.own.columns)
    return values.index_put(place, values[place] * block.own.over_pairs.exp().to(values.dtype))
