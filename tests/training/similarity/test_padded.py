"""Packed sets give what sets padded to the largest give, where padding is masked: values and gradients."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from tests.training.similarity.forms import CASES, SCALE, documents
from training import ragged
from training.ragged import Sets

#: Of the cosines of two sets [m, n] that are padded, and of what is no padding, bool [m], [n].
Definition = Callable[[Tensor, Tensor, Tensor], Tensor]


def mean(cosines: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    both = rows[:, None] & columns
    return torch.where(both, cosines, 0.0).sum() / both.sum()


def best_pair(cosines: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    return torch.where(rows[:, None] & columns, cosines, -torch.inf).max()


def chamfer(cosines: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    best_column = torch.where(columns, cosines, -2.0).amax(1)
    best_row = torch.where(rows[:, None], cosines, -2.0).amax(0)
    return (_mean_of(best_column, rows) + _mean_of(best_row, columns)) / 2


def smooth_chamfer(cosines: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    over_columns = torch.where(columns, 5 * cosines, -1e4).logsumexp(1) - columns.sum().log()
    over_rows = torch.where(rows[:, None], 5 * cosines, -1e4).logsumexp(0) - rows.sum().log()
    return (_mean_of(over_columns, rows) + _mean_of(over_rows, columns)) / 10


def logsumexp(cosines: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    return torch.where(rows[:, None] & columns, SCALE * cosines, -1e4).logsumexp((0, 1)) / SCALE


def _mean_of(values: Tensor, held: Tensor) -> Tensor:
    return torch.where(held, values, 0.0).sum() / held.sum()


PADDED: dict[str, Definition] = {
    "mean": mean,
    "max": best_pair,
    "chamfer": chamfer,
    "smooth_chamfer": smooth_chamfer,
    "logsumexp": logsumexp,
    "late_interaction": smooth_chamfer,
}


def padded(sets: Sets) -> tuple[Tensor, Tensor]:
    """The vectors [B, largest, d] and what of them is no padding, bool [B, largest]."""
    sizes = ragged.lengths(sets.offsets)
    vectors = pad_sequence(list(torch.split(sets.vectors, sizes.tolist())), batch_first=True)
    return vectors, torch.arange(vectors.shape[1]) < sizes[:, None]


@pytest.mark.parametrize("name", PADDED)
def test_packed_is_padded(name: str) -> None:
    images, texts, _ = documents()
    packed = CASES[name].build()(images, texts, scale=SCALE)
    (seen, seen_held), (read, read_held) = padded(images), padded(texts)
    cosines = torch.einsum("bmd,cnd->bcmn", seen, read)
    over_columns = torch.vmap(PADDED[name], in_dims=(0, None, 0))
    whole = torch.vmap(over_columns, in_dims=(0, 0, None))(cosines, seen_held, read_held)
    both = images.held[:, None] & texts.held
    assert torch.allclose(packed, torch.where(both, whole, 0.0), atol=1e-12)
    weights = torch.linspace(-1, 1, packed.numel(), dtype=packed.dtype).view_as(packed) * both
    inputs = (images.vectors, texts.vectors)
    found = torch.autograd.grad((packed * weights).sum(), inputs)
    wanted = torch.autograd.grad((whole[both] * weights[both]).sum(), inputs)
    assert all(torch.allclose(a, b, atol=1e-12) for a, b in zip(found, wanted, strict=True))
