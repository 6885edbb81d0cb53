# ruff: noqa: ARG002 - all forms have one signature
"""The k best partners of each member, averaged over both sides: from Chamfer (k = 1) to the mean (k large).

It suits units of several parts, as a figure that three sentences speak of. A member that is there twice takes
two of the k places, so a document that repeats itself can gain.
"""

from __future__ import annotations

import torch
from torch import Tensor

from training import ragged
from training.similarity.base import CosineForm
from training.similarity.blockwise import Block


class TopK(CosineForm):
    """½ (mean over rows of the mean of their k best columns + the same with both sides exchanged).

    A set of fewer than k members counts all of them. The layout weighs the chosen ones, and what it gives no
    weight is chosen last.

    Args:
        k: at least 1.

    Raises:
        ValueError: if `k` is below 1.
    """

    def __init__(self, k: int = 3) -> None:
        super().__init__()
        if k < 1:
            raise ValueError(f"k is {k}: it must be at least 1")
        self.k = k

    def reduce(self, cosines: Tensor, block: Block, *inputs: Tensor) -> Tensor:
        """Return the block's similarities; see `CosineForm.reduce`."""
        over_columns = over_rows = None
        own = block.own
        if own is not None:
            over_columns, over_rows = torch.ones_like(cosines.T), torch.ones_like(cosines)
            over_columns[own.columns, own.rows] = own.over_columns.exp().to(cosines.dtype)
            over_rows[own.rows, own.columns] = own.over_rows.exp().to(cosines.dtype)
        best_column = self._best(cosines.T, over_columns, block.column_offsets)
        best_row = self._best(cosines, over_rows, block.row_offsets)
        forth = ragged.segment_mean(best_column.T.contiguous(), block.row_ids, block.sets)
        back = ragged.segment_mean(best_row.T.contiguous(), block.column_ids, block.column_sets).T
        return (forth + back) / 2

    def _best(self, values: Tensor, weights: Tensor | None, offsets: Tensor) -> Tensor:
        """Weighted mean of the k best rows of each set of `values` [n, k]: [sets, k]."""
        chosen_sizes = ragged.lengths(offsets).clamp(max=self.k)
        chosen = _ranked(values.detach(), weights, ragged.segment_ids(offsets))
        chosen = chosen[ragged.ranges(offsets[:-1], chosen_sizes)]
        ids = ragged.segment_ids(ragged.offsets_of(chosen_sizes))
        best = values.gather(0, chosen)
        if weights is None:
            return ragged.segment_mean(best, ids, len(chosen_sizes))
        share = weights.gather(0, chosen)
        total = ragged.segment_sum(share, ids, len(chosen_sizes))
        return ragged.segment_sum(best * share, ids, len(chosen_sizes)) / torch.where(total > 0, total, 1.0)


def _ranked(values: Tensor, weights: Tensor | None, ids: Tensor) -> Tensor:
    """Row indices of each column of `values` [n, k], set by set from the best to the worst.

    Cosines lie within a span of 2, so that one sort in float64 of 8 times the set less the value ranks within
    all sets. What is not a number comes first: it must show.
    """
    worth = values.double().nan_to_num(nan=3.0)
    if weights is not None:
        worth = torch.where(weights > 0, worth, -3.0)
    return torch.argsort(8.0 * ids[:, None] - worth, dim=0)
