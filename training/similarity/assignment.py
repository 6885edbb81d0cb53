# ruff: noqa: ARG002 - all forms have one signature
"""Optimal matching of two sets: each member has at most one partner (Hessel, Lee and Mimno 2019).

    Sim(A, B) = mean of the cosines of the min(M, N) pairs whose sum is the largest

What remains of the larger set stays unmatched and counts nothing. The matching is found exactly on the
cosines as they are; the gradient flows through the matched pairs, which is the gradient of the score wherever
the best matching is unique. A document that repeats itself can gain: its copies find partners of their own.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from training import ragged
from training.similarity.base import CosineForm
from training.similarity.blockwise import Block

#: Worth of a pair that the layout leaves out: matched only where nothing else is, and then not counted.
_LEFT_OUT = -1e6

#: Worth of what is not a number, above every cosine: it is matched, and shows.
_BROKEN = 4.0


class Assignment(CosineForm):
    """The mean cosine of the optimal matching; a pair to which the layout gives no weight is not matched."""

    def reduce(self, cosines: Tensor, block: Block, *inputs: Tensor) -> Tensor:
        """Return the block's similarities; see `CosineForm.reduce`."""
        worth = cosines.detach().double().nan_to_num(nan=_BROKEN)
        if block.own is not None:
            out = block.own.over_pairs == -torch.inf
            worth[block.own.rows[out], block.own.columns[out]] = _LEFT_OUT
        rows, columns = (index.to(cosines.device) for index in _matched(worth.cpu().numpy(), block))
        pairs = block.row_ids[rows] * block.column_sets + block.column_ids[columns]
        means = ragged.segment_mean(cosines[rows, columns], pairs, block.sets * block.column_sets)
        return means.view(block.sets, block.column_sets)


def _matched(worth: np.ndarray, block: Block) -> tuple[Tensor, Tensor]:
    """Rows and columns of the matched pairs of all pairs of sets."""
    starts, ends = block.row_offsets.tolist(), block.column_offsets.tolist()
    rows, columns = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for top, bottom in pairwise(starts):
        for left, right in pairwise(ends):
            row, column = linear_sum_assignment(worth[top:bottom, left:right], maximize=True)
            rows.append(row + top)
            columns.append(column + left)
    row, column = np.concatenate(rows), np.concatenate(columns)
    kept = worth[row, column] != _LEFT_OUT
    return torch.from_numpy(row[kept]), torch.from_numpy(column[kept])
