"""What holds of every form that the cosines decide."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from tests.training.ragged_samples import prior_of, sets_of
from tests.training.similarity.forms import CASES, SCALE, WIDTH, documents, in_a_loop, whole_own
from training import ragged
from training.contrast.counterparts import counterparts
from training.contrast.infonce import symmetric_infonce
from training.ragged import Sets
from training.similarity.layout import Own, own_weights

each_form = pytest.mark.parametrize("name", CASES)


def gradients(similarity: Tensor, *inputs: Tensor) -> tuple[Tensor, ...]:
    weights = torch.linspace(-1, 1, similarity.numel(), dtype=similarity.dtype).view_as(similarity)
    return torch.autograd.grad((similarity * weights).sum(), inputs)


@each_form
@pytest.mark.parametrize("block_pairs", [1, 40, 1 << 20])
@pytest.mark.parametrize("with_prior", [False, True])
def test_packed_equals_the_definition_in_a_loop(name: str, block_pairs: int, with_prior: bool) -> None:
    images, texts, prior = documents()
    own = whole_own(images, texts, prior) if with_prior else None
    packed = CASES[name].build()(images, texts, own, scale=SCALE, block_pairs=block_pairs)
    looped = in_a_loop(CASES[name].definition, images, texts, prior if with_prior else None)
    assert torch.allclose(packed, looped, atol=1e-10)
    found = gradients(packed, images.vectors, texts.vectors)
    wanted = gradients(looped, images.vectors, texts.vectors)
    assert all(torch.allclose(a, b, atol=1e-9) for a, b in zip(found, wanted, strict=True))


@each_form
def test_the_gradient_is_that_of_finite_differences(name: str) -> None:
    images, texts = sets_of([2, 0, 1, 3], WIDTH, 1), sets_of([3, 1, 0], WIDTH, 2)
    prior = prior_of([(2, 3), (0, 1), (1, 0)], 3)
    own = Own(own_weights(prior, images.offsets[:4], texts.offsets), 0, 0, 3)
    similarity = CASES[name].build()

    def of(rows: Tensor, columns: Tensor, scale: Tensor) -> Tensor:
        sets = replace(images, vectors=rows), replace(texts, vectors=columns)
        return similarity(*sets, own, scale=scale, block_pairs=4)  # type: ignore[no-any-return]

    inputs = (images.vectors.requires_grad_(), texts.vectors.requires_grad_(), SCALE.clone().requires_grad_())
    assert torch.autograd.gradcheck(of, inputs)


@each_form
def test_one_image_and_one_text_each_is_the_cosine_and_the_loss_is_that_of_clip(name: str) -> None:
    images, texts = sets_of([1] * 9, WIDTH, 1, torch.float32), sets_of([1] * 9, WIDTH, 2, torch.float32)
    scale = torch.tensor(14.0, requires_grad=True)
    inputs = (images.vectors.requires_grad_(), texts.vectors.requires_grad_(), scale)
    own = whole_own(images, texts, torch.rand(9) + 0.1)
    cosines = images.vectors @ texts.vectors.T
    similarity = CASES[name].build(torch.float32)(images, texts, own, scale=scale)
    assert torch.allclose(similarity, cosines, atol=1e-6)
    labels = torch.arange(9)
    pairs = counterparts(labels, labels >= 0, torch.zeros(9, 9, dtype=torch.bool))
    loss = symmetric_infonce(similarity, similarity.T, scale, pairs)
    clip = (cross_entropy(scale * cosines, labels) + cross_entropy(scale * cosines.T, labels)) / 2
    assert torch.allclose(loss, clip, atol=1e-6, rtol=0)
    found, wanted = torch.autograd.grad(loss, inputs, retain_graph=True), torch.autograd.grad(clip, inputs)
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(found, wanted, strict=True))


@each_form
def test_local_sets_against_gathered_ones_on_either_side(name: str) -> None:
    images, texts, prior = documents()
    similarity = CASES[name].build()
    whole = similarity(images, texts, whole_own(images, texts, prior), scale=SCALE)
    first, last = 2, 6
    pairs = ragged.pair_offsets(images.offsets, texts.offsets)
    some_images, some_texts = _some(images, first, last), _some(texts, first, last)
    local = own_weights(prior[pairs[first] : pairs[last]], some_images.offsets, some_texts.offsets)
    forth = similarity(some_images, texts, Own(local, 0, first, last - first), scale=SCALE, block_pairs=9)
    back = similarity(images, some_texts, Own(local, first, 0, last - first), scale=SCALE, block_pairs=9)
    assert torch.allclose(forth, whole[first:last], atol=1e-12)
    assert torch.allclose(back, whole[:, first:last], atol=1e-12)


def _some(sets: Sets, first: int, last: int) -> Sets:
    begin, end = sets.offsets[first], sets.offsets[last]
    return Sets(sets.vectors[begin:end], sets.offsets[first : last + 1] - begin)


@each_form
def test_empty_sets_score_zero_and_get_no_gradient(name: str) -> None:
    images, texts, prior = documents(torch.float32)
    similarity = CASES[name].build(torch.float32)
    scores = similarity(images, texts, whole_own(images, texts, prior), scale=SCALE)
    assert (scores[[1, 4]] == 0).all()
    assert (scores[:, [3, 4]] == 0).all()
    assert scores.isfinite().all()
    assert all(g.isfinite().all() for g in gradients(scores, images.vectors, texts.vectors))
    nothing = sets_of([0, 0], WIDTH, 0)
    assert similarity(nothing, texts, scale=SCALE).shape == (2, 7)
    assert similarity(sets_of([], WIDTH, 0), nothing, scale=SCALE).shape == (0, 2)


@each_form
def test_order_within_a_set_and_of_sets_changes_nothing(name: str) -> None:
    images, texts, prior = documents()
    similarity = CASES[name].build()
    before = similarity(images, texts, whole_own(images, texts, prior), scale=SCALE)
    order = torch.tensor([5, 2, 0, 6, 1, 4, 3])
    rows, row_offsets = ragged.select_rows(images.offsets, order)
    columns, column_offsets = ragged.select_rows(texts.offsets, order)
    for begin, end in zip(row_offsets[:-1].tolist(), row_offsets[1:].tolist(), strict=True):
        rows[begin:end] = rows[begin:end].flip(0)
    dense = torch.zeros(len(images.vectors), len(texts.vectors), dtype=prior.dtype)
    row, column, _ = ragged.own_pairs(images.offsets, texts.offsets)
    dense[row, column] = prior
    row, column, _ = ragged.own_pairs(row_offsets, column_offsets)
    moved = Sets(images.vectors[rows], row_offsets), Sets(texts.vectors[columns], column_offsets)
    after = similarity(*moved, whole_own(*moved, dense[rows[row], columns[column]]), scale=SCALE)
    assert torch.allclose(after, before[order][:, order], atol=1e-12)


@each_form
def test_a_uniform_layout_is_no_layout(name: str) -> None:
    images, texts, prior = documents()
    similarity = CASES[name].build()
    plain = similarity(images, texts, scale=SCALE)
    uniform = similarity(images, texts, whole_own(images, texts, torch.full_like(prior, 0.3)), scale=SCALE)
    assert torch.allclose(plain, uniform, atol=1e-12)
    silent = similarity(images, texts, whole_own(images, texts, torch.zeros_like(prior)), scale=SCALE)
    assert torch.allclose(plain, silent, atol=1e-12)


@each_form
def test_a_vector_that_is_not_a_number_shows_in_every_score_of_its_set(name: str) -> None:
    images, texts, prior = documents()
    broken = images.vectors.detach().clone()
    broken[2] = torch.nan  # the first image of the third document
    sets = replace(images, vectors=broken)
    scores = CASES[name].build()(sets, texts, whole_own(images, texts, prior), scale=SCALE)
    assert scores[2, texts.held].isnan().all()
    assert scores[[0, 1, 3, 4, 5, 6]].isfinite().all()


@each_form
def test_half_precision_is_computed_in_float32(name: str) -> None:
    images, texts, prior = documents(torch.float32)
    half = replace(images, vectors=images.vectors.bfloat16())
    with torch.autocast("cpu", torch.bfloat16):
        scores = CASES[name].build(torch.float32)(half, texts, whole_own(images, texts, prior), scale=SCALE)
    assert scores.dtype == torch.float32
    rounded = replace(images, vectors=half.vectors.float())
    wanted = CASES[name].build(torch.float32)(rounded, texts, whole_own(images, texts, prior), scale=SCALE)
    assert torch.allclose(scores, wanted, atol=1e-6)


@pytest.mark.parametrize("name", ["mean", "max", "chamfer", "smooth_chamfer"])
def test_a_long_document_gains_nothing_by_repeating_itself(name: str) -> None:
    images, texts = sets_of([3], WIDTH, 1), sets_of([4], WIDTH, 2)
    twice = Sets(torch.cat([texts.vectors, texts.vectors]), torch.tensor([0, 8]))
    similarity = CASES[name].build()
    assert torch.allclose(similarity(images, texts), similarity(images, twice), atol=1e-12)
