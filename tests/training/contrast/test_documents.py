"""Contrasts over similarities of documents against plain loops."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, logsigmoid

from training.contrast.counterparts import Counterparts, counterparts
from training.contrast.infonce import symmetric_infonce
from training.contrast.sigmoid import bag_sigmoid
from training.contrast.triplet import hard_triplet

SCALE, BIAS = torch.tensor(14.0), torch.tensor(-10.0)
DOCUMENTS = 7

Contrast = Callable[[Tensor, Counterparts], Tensor]
CONTRASTS: dict[str, Contrast] = {
    "infonce": lambda s, found: symmetric_infonce(s, s.T, SCALE, found),
    "sigmoid": lambda s, found: bag_sigmoid(s, SCALE, BIAS, found),
    "hardest": lambda s, found: hard_triplet(s, s.T, 0.2, "hardest", found),
    "semi_hard": lambda s, found: hard_triplet(s, s.T, 0.2, "semi_hard", found),
}


def similarities(documents: int = DOCUMENTS, dtype: torch.dtype = torch.float32) -> Tensor:
    random = torch.Generator().manual_seed(3)
    return (torch.rand(documents, documents, generator=random, dtype=dtype) * 2 - 1).requires_grad_()


def everyone(documents: int = DOCUMENTS, ignored: Tensor | None = None) -> Counterparts:
    none = torch.zeros(documents, documents, dtype=torch.bool)
    return counterparts(
        torch.arange(documents), torch.ones(documents, dtype=torch.bool), none if ignored is None else ignored
    )


def test_infonce_is_clip() -> None:
    s = similarities()
    labels = torch.arange(DOCUMENTS)
    wanted = (cross_entropy(SCALE * s, labels) + cross_entropy(SCALE * s.T, labels)) / 2
    assert torch.allclose(CONTRASTS["infonce"](s, everyone()), wanted, atol=1e-6, rtol=0)


def test_bag_sigmoid_is_siglip() -> None:
    """The pseudocode of Zhai et al. 2023."""
    s = similarities()
    labels = 2 * torch.eye(DOCUMENTS) - 1
    wanted = -logsigmoid(labels * (SCALE * s + BIAS)).sum() / DOCUMENTS
    assert torch.allclose(CONTRASTS["sigmoid"](s, everyone()), wanted, atol=1e-6)


@pytest.mark.parametrize("negative", ["hardest", "semi_hard"])
def test_triplets_are_those_of_a_loop(negative: str) -> None:
    s = similarities()
    lines = [(s[i], i) for i in range(DOCUMENTS)] + [(s[:, i], i) for i in range(DOCUMENTS)]
    hinges = []
    for line, own in lines:
        others = [line[j] for j in range(DOCUMENTS) if j != own]
        below = [value for value in others if value < line[own]]
        semi_hard = max(below) if below else min(others)
        chosen = max(others) if negative == "hardest" else semi_hard
        hinges.append((0.2 + chosen - line[own]).clamp(min=0))
    assert torch.allclose(CONTRASTS[negative](s, everyone()), torch.stack(hinges).mean(), atol=1e-6)


@pytest.mark.parametrize("name", CONTRASTS)
def test_ignored_pairs_are_nobodys_business(name: str) -> None:
    ignored = torch.zeros(DOCUMENTS, DOCUMENTS, dtype=torch.bool)
    ignored[0, 3] = ignored[3, 0] = ignored[2, 2] = True
    s = similarities()
    (gradient,) = torch.autograd.grad(CONTRASTS[name](s, everyone(ignored=ignored)), s)
    assert gradient[0, 3] == gradient[3, 0] == 0
    other = s.detach().clone()
    other[0, 3] = other[3, 0] = 0.99
    found, wanted = (CONTRASTS[name](values, everyone(ignored=ignored)) for values in (other, s))
    assert torch.equal(found, wanted)
    ignored[2, 2] = False
    (open_own,) = torch.autograd.grad(CONTRASTS[name](s, everyone(ignored=ignored)), s)
    assert torch.equal(gradient, open_own), "one's own counts whatever a mask says"


@pytest.mark.parametrize("name", CONTRASTS)
def test_a_document_without_negatives_takes_no_part_and_does_not_count(name: str) -> None:
    ignored = torch.zeros(DOCUMENTS, DOCUMENTS, dtype=torch.bool)
    ignored[0] = ignored[:, 0] = True
    s = similarities()
    found = everyone(ignored=ignored)
    assert (found.count, found.taken.tolist()) == (6.0, [False] + 6 * [True])
    rest = CONTRASTS[name](s[1:, 1:], everyone(DOCUMENTS - 1))
    assert torch.allclose(CONTRASTS[name](s, found), rest, atol=1e-6)


@pytest.mark.parametrize("documents", [0, 1])
@pytest.mark.parametrize("name", CONTRASTS)
def test_a_batch_without_a_contrast_costs_nothing(name: str, documents: int) -> None:
    s = similarities(documents)
    loss = CONTRASTS[name](s, everyone(documents))
    (gradient,) = torch.autograd.grad(loss, s)
    assert float(loss.detach()) == 0
    assert not gradient.any()


@pytest.mark.parametrize("name", CONTRASTS)
def test_order_of_documents_changes_nothing(name: str) -> None:
    s = similarities()
    order = torch.tensor([3, 1, 6, 0, 5, 2, 4])
    moved = CONTRASTS[name](s[order][:, order], everyone())
    assert torch.allclose(moved, CONTRASTS[name](s, everyone()), atol=1e-6)


@pytest.mark.parametrize("value", [-1.0, 0.0, 1.0])
def test_constant_similarities_are_no_success(value: float) -> None:
    s = torch.full((DOCUMENTS, DOCUMENTS), value, requires_grad=True)
    assert float(CONTRASTS["infonce"](s, everyone()).detach()) == pytest.approx(math.log(DOCUMENTS))
    assert float(CONTRASTS["sigmoid"](s, everyone()).detach()) > 0.1
    for name in ("hardest", "semi_hard"):
        assert float(CONTRASTS[name](s, everyone()).detach()) == pytest.approx(0.2)


@pytest.mark.parametrize("name", CONTRASTS)
def test_nan_is_never_hidden(name: str) -> None:
    s = similarities().detach()
    s[2, 4] = torch.nan
    assert CONTRASTS[name](s, everyone()).isnan()


@pytest.mark.parametrize("name", CONTRASTS)
@pytest.mark.parametrize("value", [-1.0, 1.0])
def test_loss_and_gradient_are_finite_at_the_highest_scale(name: str, value: float) -> None:
    s = (value * (2 * torch.eye(DOCUMENTS) - 1)).requires_grad_()
    scale, bias = torch.tensor(100.0, requires_grad=True), torch.tensor(-10.0, requires_grad=True)
    if name == "infonce":
        loss = symmetric_infonce(s, s.T, scale, everyone())
    elif name == "sigmoid":
        loss = bag_sigmoid(s, scale, bias, everyone())
    else:
        loss = CONTRASTS[name](s, everyone())
    gradients = torch.autograd.grad(loss, [s, scale, bias], allow_unused=True)
    assert loss.isfinite()
    assert all(gradient.isfinite().all() for gradient in gradients if gradient is not None)


@pytest.mark.parametrize("name", CONTRASTS)
def test_half_precision_is_computed_in_float32(name: str) -> None:
    half = similarities().detach().bfloat16()
    loss = CONTRASTS[name](half, everyone())
    assert loss.dtype == torch.float32
    assert torch.equal(loss, CONTRASTS[name](half.float(), everyone()))


@pytest.mark.parametrize("name", CONTRASTS)
def test_gradients_are_right(name: str) -> None:
    s = similarities(4, torch.float64)
    assert torch.autograd.gradcheck(lambda values: CONTRASTS[name](values, everyone(4)), s)


def test_soft_targets_are_the_cross_entropy_of_the_targets() -> None:
    s, found = similarities(), everyone()
    targets = (0.8 * torch.eye(DOCUMENTS) + 0.2 / DOCUMENTS).float()
    soft = Counterparts(found.own, found.negatives, found.taken, found.count, targets)
    wanted = (cross_entropy(SCALE * s, targets) + cross_entropy(SCALE * s.T, targets)) / 2
    assert torch.allclose(CONTRASTS["infonce"](s, soft), wanted, atol=1e-6)
    hard = Counterparts(found.own, found.negatives, found.taken, found.count, torch.eye(DOCUMENTS))
    assert torch.allclose(CONTRASTS["infonce"](s, hard), CONTRASTS["infonce"](s, found), atol=1e-6)
