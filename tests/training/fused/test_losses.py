"""InfoNCE and the sigmoid loss in tiles are the plain ones, gradients included."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from tests.training.fused.plain import plain_infonce, plain_sigmoid
from tests.training.fused.samples import labels_of, units
from training.fused.infonce import infonce
from training.fused.labels import Labels
from training.fused.sigmoid import sigmoid
from training.fused.tiles import Units, tiles

Loss = Callable[..., Tensor]
LOSSES: dict[str, tuple[Loss, Loss, int]] = {
    "infonce": (infonce, plain_infonce, 0),
    "sigmoid": (sigmoid, plain_sigmoid, 1),
}
DTYPES = [(torch.float64, 1e-12), (torch.float32, 1e-6)]


@pytest.fixture(autouse=True)
def small_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.fused.tiles.TILE_ROWS", 16)
    monkeypatch.setattr("training.fused.tiles.TILE_COLUMNS", 24)


def found(loss: Loss, pairs: Units, scale: float, biases: int) -> tuple[Tensor, ...]:
    """The loss and the gradients of everything."""
    scalars = [torch.tensor(value, dtype=pairs.wide) for value in (scale, -3.0)[: 1 + biases]]
    leaves = [tensor.detach().clone().requires_grad_() for tensor in (pairs.rows, pairs.columns, *scalars)]
    value = loss(leaves[0], leaves[1], pairs.labels, *leaves[2:])
    # A factor, as where a loss is one of several terms.
    return value.detach(), *torch.autograd.grad(-0.7 * value, leaves)


def both(name: str, pairs: Units, scale: float) -> list[tuple[Tensor, ...]]:
    fused, plain, biases = LOSSES[name]
    return [found(loss, pairs, scale, biases) for loss in (fused, plain)]


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize(("dtype", "tolerance"), DTYPES)
@pytest.mark.parametrize(
    ("n", "m", "ids"), [(50, 70, 20), (40, 40, 40), (33, 5, 2), (1, 1, 1), (17, 49, 400)]
)
def test_fused_is_plain(name: str, dtype: torch.dtype, tolerance: float, *, n: int, m: int, ids: int) -> None:
    pairs = Units(units(n, 8, 0, dtype), units(m, 8, 1, dtype), labels_of(n, m, 2, ids=ids))
    for scale in (1.0, 14.0, 100.0):
        ours, theirs = both(name, pairs, scale)
        for a, b in zip(ours, theirs, strict=True):
            # A logit near 100 is rounded by a hundred times more than one near 1, in the plain form too.
            largest = max(1.0, scale / 14) * max(1.0, float(b.abs().max()))
            assert torch.allclose(a, b, atol=tolerance * largest, rtol=0)


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_pass_gradcheck(name: str) -> None:
    fused, _, biases = LOSSES[name]
    labels = labels_of(19, 30, 3, ids=8)
    scalars = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (5.0, -1.0)[: 1 + biases]]
    rows, columns = units(19, 3, 0).requires_grad_(), units(30, 3, 1).requires_grad_()
    assert torch.autograd.gradcheck(lambda r, c, *s: fused(r, c, labels, *s), (rows, columns, *scalars))


def test_one_positive_each_is_clip_and_siglip() -> None:
    rows, columns, ids = units(40, 8, 0), units(40, 8, 1), torch.randperm(40)
    labels, scale = Labels(ids, ids), torch.tensor(10.0, dtype=torch.float64)
    logits = scale * rows @ columns.T
    own = torch.arange(40)
    clip = (cross_entropy(logits, own) + cross_entropy(logits.T, own)) / 2
    assert torch.allclose(infonce(rows, columns, labels, scale), clip, atol=1e-12)
    sign = 2 * torch.eye(40, dtype=torch.float64) - 1
    siglip = -torch.nn.functional.logsigmoid(sign * (logits - 10)).sum() / 40
    assert torch.allclose(sigmoid(rows, columns, labels, scale, -scale), siglip, atol=1e-12)


@pytest.mark.parametrize("name", LOSSES)
def test_logits_beyond_the_range_of_exponentials_are_right(name: str) -> None:
    """One row is far below all others: a sum of exponentials shifted by one number would lose it."""
    rows, columns = units(20, 6, 0, torch.float32), units(20, 6, 1, torch.float32)
    columns[:, 0] = columns[:, 0].abs() + 1
    columns = columns / columns.norm(dim=1, keepdim=True)
    rows[3] = 0
    rows[3, 0] = -1
    labels = labels_of(20, 20, 2, ids=5)
    labels.rows[3] = labels.columns[0].clamp(min=0)
    ours, theirs = both(name, Units(rows, columns, labels), 900.0)
    assert all(torch.isfinite(value).all() for value in ours)
    assert all(torch.allclose(a, b, atol=2e-3, rtol=1e-4) for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize(("n", "m"), [(0, 3), (3, 0), (0, 0), (3, 3)])
def test_nothing_in_one_modality_and_no_positive(name: str, n: int, m: int) -> None:
    labels = Labels(torch.arange(n), torch.arange(10, 10 + m))
    ours, theirs = both(name, Units(units(n, 4, 0), units(m, 4, 1), labels), 5.0)
    assert all(torch.allclose(a, b, atol=1e-12) for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("name", LOSSES)
def test_bfloat16_vectors_are_added_up_in_float32(name: str) -> None:
    rows, columns = units(300, 8, 0, torch.bfloat16), units(300, 8, 1, torch.bfloat16)
    labels = labels_of(300, 300, 2)
    ours, _ = both(name, Units(rows, columns, labels), 8.0)
    _, theirs = both(name, Units(rows.float(), columns.float(), labels), 8.0)
    assert ours[0].dtype == torch.float32
    assert ours[1].dtype == torch.bfloat16
    assert torch.allclose(ours[0], theirs[0], rtol=1e-5)
    assert torch.equal(ours[1], theirs[1].bfloat16()) or torch.allclose(
        ours[1].float(), theirs[1], rtol=1e-2, atol=1e-6
    )


@pytest.mark.parametrize("name", LOSSES)
def test_order_of_rows_changes_nothing(name: str) -> None:
    rows, columns, labels = units(50, 8, 0), units(30, 8, 1), labels_of(50, 30, 2, ids=9)
    order = torch.randperm(50)
    assert labels.ignored_rows is not None
    moved = Labels(labels.rows[order], labels.columns, labels.ignored_rows[order], labels.ignored_columns)
    first, _ = both(name, Units(rows, columns, labels), 5.0)
    second, _ = both(name, Units(rows[order], columns, moved), 5.0)
    assert torch.allclose(first[0], second[0], atol=1e-12)
    assert torch.allclose(first[1][order], second[1], atol=1e-12)
    assert torch.allclose(first[2], second[2], atol=1e-12)


def test_tiles_hold_to_their_size() -> None:
    pairs = Units(units(50, 4, 0), units(70, 4, 1), labels_of(50, 70, 0, ignored=False))
    shapes = {tuple(tile.logits.shape) for tile in tiles(pairs, torch.tensor(1.0))}
    assert shapes == {(16, 24), (16, 22), (2, 24), (2, 22)}
