from __future__ import annotations

import torch

from tests.training.similarity.forms import documents
from training import ragged
from training.similarity.layout import own_weights


def test_weights_of_the_layout_sum_to_the_set_sizes() -> None:
    images, texts, prior = documents()
    own = own_weights(prior, images.offsets, texts.offsets)
    rows, columns, _ = ragged.own_pairs(images.offsets, texts.offsets)
    per_row = ragged.segment_sum(own.over_columns.exp(), rows, 11)
    per_column = ragged.segment_sum(own.over_rows.exp(), columns, 15)
    row_of_pairs = torch.bincount(rows, minlength=11).double()
    column_of_pairs = torch.bincount(columns, minlength=15).double()
    assert torch.allclose(per_row, row_of_pairs)
    assert torch.allclose(per_column, column_of_pairs)
