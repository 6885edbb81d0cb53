from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from tests.training.ragged_samples import sets_of
from tests.training.similarity.forms import documents, whole_own
from training.similarity.annealing import anneal
from training.similarity.chamfer import Chamfer
from training.similarity.mean import Mean
from training.similarity.smooth_chamfer import SmoothChamfer


def test_one_sharp_limit_is_chamfer_and_the_other_the_mean() -> None:
    rows, columns = sets_of([3, 2], 8, 1), sets_of([6, 5], 8, 2)
    best, mean = Chamfer()(rows, columns), Mean()(rows, columns)
    assert torch.allclose(SmoothChamfer(1e-4)(rows, columns), mean, atol=1e-4)
    sharp = SmoothChamfer(100.0)(rows, columns)
    assert (best - torch.log(torch.tensor(6.0)) / 100 <= sharp).all()
    assert (sharp <= best).all()
    assert (SmoothChamfer(16.0)(rows, columns) < sharp).all()


def test_the_limits_hold_under_a_layout() -> None:
    images, texts, prior = documents()
    own = whole_own(images, texts, prior)
    # log w / a vanishes only with 1 / a, and alpha ends at 100: the smallest w bounds what is left.
    assert own.weights is not None
    smallest = min(float(w[w.isfinite()].min()) for w in (own.weights.over_columns, own.weights.over_rows))
    sharp, best = SmoothChamfer(100.0)(images, texts, own), Chamfer()(images, texts, own)
    assert ((sharp - best).abs() <= (torch.log(torch.tensor(6.0)) - smallest) / 100).all()
    assert torch.allclose(SmoothChamfer(1e-5)(images, texts, own), Mean()(images, texts, own), atol=1e-4)


def test_alpha_follows_the_steps_and_nothing_but_them() -> None:
    rows, columns = sets_of([3], 8, 1), sets_of([6], 8, 2)
    similarity = SmoothChamfer(32.0, alpha_start=2.0)
    model = nn.ModuleList([similarity, Mean()])
    seen = []
    for progress in (0.0, 0.5, 1.0):
        anneal(model, progress)
        seen.append(similarity.alpha)
        assert torch.equal(similarity(rows, columns), SmoothChamfer(similarity.alpha)(rows, columns))
    assert seen == pytest.approx([2.0, 8.0, 32.0])
    anneal(model, 0.5)
    assert similarity.alpha == pytest.approx(8.0)
    with pytest.raises(ValueError, match=r"progress is 1\.5"):
        anneal(model, 1.5)


def test_float32_is_stable_at_the_largest_sharpness() -> None:
    sizes = [2, 3, 4]
    rows, columns = sets_of(sizes, 16, 1, torch.float32), sets_of(sizes, 16, 2, torch.float32)
    columns.vectors[:2] = rows.vectors[:2]
    columns.vectors[2:5] = -rows.vectors[2:3]
    exact = SmoothChamfer(100.0)(
        replace(rows, vectors=rows.vectors.double()), replace(columns, vectors=columns.vectors.double())
    )
    assert torch.allclose(SmoothChamfer(100.0)(rows, columns).double(), exact, atol=1e-6)


def test_wrong_sharpness_is_refused() -> None:
    with pytest.raises(ValueError, match="alpha is 101"):
        SmoothChamfer(101.0)
    with pytest.raises(ValueError, match=r"alpha is -1\.0"):
        SmoothChamfer(16.0, alpha_start=-1.0)
