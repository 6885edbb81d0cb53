from __future__ import annotations

import pytest
import torch

from tests.training.ragged_samples import sets_of
from tests.training.similarity.forms import documents, whole_own
from training.similarity.chamfer import Chamfer
from training.similarity.mean import Mean
from training.similarity.top_k import TopK


def test_one_partner_is_chamfer_and_all_are_the_mean() -> None:
    images, texts, prior = documents()
    own = whole_own(images, texts, prior)
    assert torch.allclose(TopK(1)(images, texts, own), Chamfer()(images, texts, own), atol=1e-12)
    assert torch.allclose(TopK(50)(images, texts, own), Mean()(images, texts, own), atol=1e-12)


def test_equal_cosines_are_as_many_as_they_are() -> None:
    image, texts = sets_of([1], 4, 1), sets_of([4], 4, 2)
    texts.vectors[1] = texts.vectors[0]
    cosines = (texts.vectors @ image.vectors[0]).sort(descending=True).values
    wanted = (cosines[:3].mean() + cosines.mean()) / 2
    assert torch.allclose(TopK(3)(image, texts)[0, 0], wanted, atol=1e-12)


def test_no_partner_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="k is 0"):
        TopK(0)
