from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tests.training.ragged_samples import sets_of
from tests.training.similarity.forms import documents
from training import ragged
from training.similarity.assignment import Assignment
from training.similarity.blockwise import blocks
from training.similarity.sinkhorn import Sinkhorn


def test_it_tends_to_the_optimal_matching_as_its_entropy_falls() -> None:
    images, texts = sets_of([3, 2, 4], 8, 1), sets_of([3, 5, 2], 8, 2)
    wanted = Assignment()(images, texts)
    off = []
    for epsilon in (0.5, 0.1, 0.02):
        similarity = Sinkhorn(epsilon, dustbin=-1.5, iterations=400).double()
        off.append(float((similarity(images, texts) - wanted).abs().max().detach()))
    assert off == sorted(off, reverse=True)
    assert off[-1] < 0.01 < off[0]


def test_the_iterations_settle() -> None:
    images, texts, _ = documents()
    (block,) = blocks(images.offsets, texts.offsets, None, 100)
    cosines = (images.vectors @ texts.vectors.T).detach()

    def mass(iterations: int) -> Tensor:
        similarity = Sinkhorn(iterations=iterations).double()
        plan = similarity.log_plan(cosines, block, similarity.dustbin).exp().detach()
        return ragged.segment_sum(plan.T.contiguous(), block.column_ids, block.column_sets)

    settled = mass(1000)
    off = [float((mass(iterations) - settled).abs().max()) for iterations in (1, 5, 20)]
    assert off == sorted(off, reverse=True)
    assert off[-1] < 0.03


def test_a_member_without_a_partner_goes_to_the_dustbin() -> None:
    images, texts = sets_of([1], 4, 1), sets_of([1], 4, 2)
    texts.vectors[0] = images.vectors[0]
    (block,) = blocks(images.offsets, texts.offsets, None, 1)

    def matched(cosine: float) -> float:
        similarity = Sinkhorn(0.05, dustbin=0.2).double()
        cosines = torch.full((1, 1), cosine, dtype=torch.float64)
        return float(similarity.log_plan(cosines, block, similarity.dustbin).exp().detach())

    assert matched(0.9) > 0.99
    assert matched(-0.5) < 0.01
    assert matched(0.2) == pytest.approx(0.5)


def test_the_score_of_the_dustbin_learns() -> None:
    images, texts, _ = documents()
    similarity = Sinkhorn(iterations=5).double()

    def of(dustbin: Tensor) -> Tensor:
        (block,) = blocks(images.offsets, texts.offsets, None, 100)
        return similarity.reduce(images.vectors.detach() @ texts.vectors.detach().T, block, dustbin)

    assert torch.autograd.gradcheck(of, similarity.dustbin)
    scores = similarity(images, texts, block_pairs=60)
    weights = torch.linspace(-1, 1, scores.numel(), dtype=torch.float64).view_as(scores)
    (found,) = torch.autograd.grad((scores * weights).sum(), similarity.dustbin)
    held = images.held[:, None] & texts.held
    (wanted,) = torch.autograd.grad((of(similarity.dustbin) * weights)[held].sum(), similarity.dustbin)
    assert torch.allclose(found, wanted)
    assert found != 0


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(ValueError, match=r"epsilon is 0\.0"):
        Sinkhorn(epsilon=0.0)
