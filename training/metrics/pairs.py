"""Own pairs of documents in numpy: each document is a matrix, and all matrices lie flat."""

from __future__ import annotations

import numpy as np

from training.metrics.checks import Integers


def set_ids(offsets: Integers) -> Integers:
    """Return for each member the index of its set, int64 [n], of `offsets` [B+1]."""
    return np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))


def offsets_of(sizes: Integers) -> Integers:
    """Return the offsets, int64 [B+1], of sets with these `sizes` [B]."""
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def own_pairs(row_offsets: Integers, column_offsets: Integers) -> tuple[Integers, Integers, Integers]:
    """Enumerate every (row, column) of the same document, document by document and row by row.

    Returns:
        Row index, column index and document index of each pair, int64 [Σ R_b C_b] each.
    """
    row_document = set_ids(row_offsets)
    per_row = np.diff(column_offsets)[row_document]
    rows = np.repeat(np.arange(len(row_document)), per_row)
    begins = offsets_of(per_row)[:-1]
    columns = np.arange(len(rows)) - (begins - column_offsets[:-1][row_document])[rows]
    return rows, columns, row_document[rows]
