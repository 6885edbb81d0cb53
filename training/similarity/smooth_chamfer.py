# ruff: noqa: ARG002 - all forms have one signature
"""Smooth-Chamfer similarity: each member's softly best partner, averaged over both sides.

For sets A (rows) and B (columns) of unit vectors with cosines s_ij:

    Sim(A, B) = ½ [ mean_i (1/a) log Σ_j w_ij exp(a s_ij)  +  mean_j (1/a) log Σ_i w_ji exp(a s_ij) ]

where w sums to one: 1/size, or the layout prior between the two sets of one's own document. As a grows it
becomes the Chamfer similarity (mean of maxima), as a falls to zero the mean. Because of w a long document
gains nothing by its length. (Smooth-Chamfer: Kim, Kim and Kwak 2023, "Improving Cross-Modal Retrieval with
Set of Diverse Embeddings", which has no w.)
"""

from __future__ import annotations

import torch
from torch import Tensor

from training import ragged
from training.similarity.base import CosineForm
from training.similarity.blockwise import Block


class SmoothChamfer(CosineForm):
    """The similarity with sharpness `alpha`, which `anneal` may set before each step.

    Args:
        alpha: sharpness; the logits `alpha * cosine` are computed in float32 (float64 stays).
        alpha_start: sharpness at the start of training; None keeps `alpha` throughout.

    Raises:
        ValueError: if one of them is outside (0, 100].
    """

    def __init__(self, alpha: float = 16.0, alpha_start: float | None = None) -> None:
        super().__init__()
        for value in (alpha, alpha if alpha_start is None else alpha_start):
            if not 0 < value <= 100:
                raise ValueError(f"alpha is {value}: it must be above 0 and at most 100")
        self.alpha = alpha
        self.ends = (alpha if alpha_start is None else alpha_start, alpha)

    def reduce(self, cosines: Tensor, block: Block, *inputs: Tensor) -> Tensor:
        """Return the block's similarities; see `CosineForm.reduce`."""
        over_columns, over_rows = self._logits(cosines, block)
        best_column = ragged.segment_logsumexp(over_columns, block.column_ids, block.column_sets)
        best_row = ragged.segment_logsumexp(over_rows, block.row_ids, block.sets)
        forth = ragged.segment_mean(best_column.T.contiguous(), block.row_ids, block.sets)
        back = ragged.segment_mean(best_row.T.contiguous(), block.column_ids, block.column_sets).T
        lengths = block.row_sizes(cosines) * block.column_sizes(cosines)
        return (forth + back - lengths.log()) / (2 * self.alpha)

    def spread(self, cosines: Tensor, block: Block, grad: Tensor, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Return the gradient for the cosines: the softmax of both directions."""
        over_columns, over_rows = self._logits(cosines, block)
        forth = (grad / (2 * block.row_sizes(grad))).index_select(0, block.row_ids)
        back = (grad / (2 * block.column_sizes(grad))).T.contiguous().index_select(0, block.column_ids)
        spread = _softmax_times(over_rows, block.row_ids, block.sets, back.T.contiguous())
        spread += _softmax_times(over_columns, block.column_ids, block.column_sets, forth.T.contiguous()).T
        return (spread,)

    def _logits(self, cosines: Tensor, block: Block) -> tuple[Tensor, Tensor]:
        """Logits [columns, rows] to reduce over columns, and [rows, columns] to reduce over rows."""
        over_rows = self.alpha * cosines
        over_columns = over_rows.T.clone(memory_format=torch.contiguous_format)
        own = block.own
        if own is not None:
            over_columns[own.columns, own.rows] += own.over_columns.to(cosines.dtype)
            over_rows[own.rows, own.columns] += own.over_rows.to(cosines.dtype)
        return over_columns, over_rows


def _softmax_times(logits: Tensor, ids: Tensor, count: int, factor: Tensor) -> Tensor:
    """Softmax over each set of rows of `logits` [n, k], times `factor` [count, k] of the set."""
    weights = (logits - ragged.segment_max(logits, ids, count).index_select(0, ids)).exp_()
    total = ragged.segment_sum(weights, ids, count)
    return weights.mul_((factor / torch.where(total > 0, total, 1.0)).index_select(0, ids))
