from __future__ import annotations

from typing import get_args

import pytest
import torch
from pydantic import ValidationError

from tests.training.ragged_samples import sets_of
from training.similarity.build import similarity_from
from training.similarity.settings import Form, SimilaritySettings

WIDTH = 4


@pytest.mark.parametrize("form", get_args(Form))
def test_every_form_that_the_settings_name_is_built(form: Form) -> None:
    similarity = similarity_from(SimilaritySettings(form=form), WIDTH)
    images, texts = sets_of([2, 1], WIDTH, 1, torch.float32), sets_of([3, 1, 2], WIDTH, 2, torch.float32)
    assert similarity(images, texts, scale=torch.tensor(14.0)).shape == (2, 3)


def test_options_reach_their_form() -> None:
    soft = similarity_from(SimilaritySettings(form="smooth_chamfer", alpha=3, alpha_start=2), WIDTH)
    assert soft.ends == (2.0, 3.0)


def test_an_option_that_the_form_does_not_read_is_refused() -> None:
    with pytest.raises(ValidationError, match="the form mean does not read alpha"):
        SimilaritySettings(form="mean", alpha=3)


def test_log_sum_exp_without_a_scale_is_refused() -> None:
    sets = sets_of([1], WIDTH, 0)
    with pytest.raises(ValueError, match="needs the scale"):
        similarity_from(SimilaritySettings(form="logsumexp"), WIDTH)(sets, sets)
