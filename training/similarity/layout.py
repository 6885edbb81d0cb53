"""Which sets are one document, and its layout prior as weights of its pairs, in both directions."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from training import ragged


@dataclass(frozen=True)
class OwnWeights:
    """What is added to the logits of own pairs, flat [Σ M_b N_b] in the order of `ragged.own_pairs`.

    Each is log(w times the size of the set that w sums over): 0 everywhere is the uniform weighting, -inf
    leaves a member out.
    """

    over_columns: Tensor  # for a row, over the columns of its document
    over_rows: Tensor  # for a column, over the rows of its document
    offsets: Tensor  # int64 [B+1], where each document's pairs begin


@dataclass(frozen=True)
class Own:
    """Row set `first_row` + k and column set `first_column` + k are one document, for k < `count`.

    With several workers one side is gathered and the other is local; the local one begins at 0.
    """

    weights: OwnWeights | None  # of the pairs of these documents; None weighs them uniformly
    first_row: int
    first_column: int
    count: int


def own_weights(prior: Tensor, row_offsets: Tensor, column_offsets: Tensor) -> OwnWeights:
    """Turn a flat prior into the weights of both directions.

    Rows are taken as they are, divided by their sum; columns are divided by theirs. A row or a column that
    sums to zero says nothing, and is uniform.

    Args:
        prior: float [Σ M_b N_b], not negative, in the order of `ragged.own_pairs`.
        row_offsets: int64 [B+1].
        column_offsets: int64 [B+1].

    Returns:
        The weights, in the prior's dtype.
    """
    rows, columns, _ = ragged.own_pairs(row_offsets, column_offsets)
    over_columns = _relative(prior, rows, int(row_offsets[-1]))
    over_rows = _relative(prior, columns, int(column_offsets[-1]))
    return OwnWeights(over_columns, over_rows, ragged.pair_offsets(row_offsets, column_offsets))


def _relative(prior: Tensor, ids: Tensor, count: int) -> Tensor:
    total = ragged.segment_sum(prior, ids, count)[ids]
    size = torch.bincount(ids, minlength=count)[ids].to(prior.dtype)
    return torch.where(total > 0, prior * size / torch.where(total > 0, total, 1.0), 1.0).log()
