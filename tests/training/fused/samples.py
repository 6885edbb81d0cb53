"""Units of documents with ids: several positives, none, and pairs to ignore."""

from __future__ import annotations

import torch
from torch import Tensor

from training import ragged
from training.fused.labels import Labels


def units(count: int, width: int, seed: int, dtype: torch.dtype = torch.float64) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    return ragged.unit(torch.randn(count, width, generator=random, dtype=torch.float64)).to(dtype)


def labels_of(rows: int, columns: int, seed: int, *, ignored: bool = True, ids: int | None = None) -> Labels:
    random = torch.Generator().manual_seed(seed)

    def drawn(*shape: int, most: int) -> Tensor:
        return torch.randint(-1, most, shape, generator=random)

    most = ids or max(rows, columns)
    pair = Labels(drawn(rows, most=most), drawn(columns, most=most))
    if not ignored:
        return pair
    return Labels(pair.rows, pair.columns, drawn(rows, 2, most=most), drawn(columns, 2, most=most))
