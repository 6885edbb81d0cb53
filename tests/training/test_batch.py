from __future__ import annotations

from dataclasses import fields, replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.training.ragged_samples import SIZES, batch_of
from training.batch import TensorBatch, concatenate, from_ragged


def same(one: TensorBatch, other: TensorBatch) -> bool:
    pairs = [(getattr(one, field.name), getattr(other, field.name)) for field in fields(TensorBatch)]
    return all(torch.equal(a, b) if isinstance(a, Tensor) else a == b for a, b in pairs)


def with_tokens(batch: TensorBatch) -> TensorBatch:
    images, texts = len(batch.pixels), len(batch.texts)
    sizes = torch.arange(texts) % 3
    offsets = torch.cat([torch.zeros(1, dtype=torch.int64), sizes.cumsum(0)])
    return replace(
        batch,
        images=torch.randn(images, 3, 2, 2),
        text_tokens=torch.arange(int(offsets[-1])),
        text_token_offsets=offsets,
    )


def test_parts_joined_again_are_the_whole() -> None:
    batch = with_tokens(batch_of(SIZES))
    parts = [batch.select(chosen) for chosen in ([0, 1, 2], [3], [4, 5, 6])]
    assert same(concatenate(parts), batch)


def test_select_reorders_documents() -> None:
    batch = batch_of(SIZES)
    order = [5, 0, 3]
    picked = batch.select(order)
    assert picked.doc_ids == tuple(batch.doc_ids[index] for index in order)
    assert torch.equal(picked.pixels[:4], batch.pixels[batch.image_offsets[5] : batch.image_offsets[6]])
    assert torch.equal(picked.prior[:20], batch.prior[batch.prior_offsets[5] : batch.prior_offsets[6]])
    assert picked.pairs == 20 + 6 + 0
    assert len(batch.select([])) == 0


def test_links_that_are_unknown_become_zero() -> None:
    batch = batch_of(SIZES)
    linked = replace(batch, link=torch.ones(batch.pairs, dtype=torch.int8))
    assert concatenate([linked, batch]).link.tolist() == [1] * batch.pairs + [0] * batch.pairs


def test_a_layout_for_some_batches_only_is_refused() -> None:
    batch = batch_of(SIZES)
    with pytest.raises(ValueError, match="prior is there for some batches only"):
        concatenate([batch, replace(batch, prior=batch.prior[:0])])


def test_images_without_words_are_known() -> None:
    batch = batch_of(SIZES)
    assert batch.has_words.tolist() == [index % 3 != 0 for index in range(11)]


def test_a_ragged_batch_of_arrays_becomes_tensors() -> None:
    arrays = SimpleNamespace(
        doc_ids=["a", "b"],
        families=["f", "f"],
        image_offsets=np.array([0, 2, 2]),
        text_offsets=np.array([0, 1, 3]),
        pixels=np.ones((2, 4), dtype=np.float32),
        words=np.zeros((0,), dtype=np.float32),
        text_features=np.ones(9, dtype=np.float32),
        text_section=np.zeros(3, dtype=np.int32),
        image_section=np.zeros(2, dtype=np.int32),
        caption_of=np.full(3, -1, dtype=np.int32),
        prior=np.ones(2, dtype=np.float32),
        prior_offsets=np.array([0, 2, 2]),
        link=np.zeros(0, dtype=np.int8),
    )
    for array in vars(arrays).values():
        if isinstance(array, np.ndarray):
            array.flags.writeable = False
    batch = from_ragged(arrays)
    assert batch.texts.shape == (3, 3)
    assert batch.words.shape == (2, 0)
    assert not batch.has_words.any()
    assert batch.families[0] == batch.families[1]
    assert batch.keys[0] != batch.keys[1]
    assert same(batch.to("cpu"), batch)
