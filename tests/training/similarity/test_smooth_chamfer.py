from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from tests.training.ragged_samples import SIZES, prior_of, sets_of, smooth_chamfer_in_a_loop
from training import ragged
from training.ragged import Sets
from training.similarity.layout import OwnWeights, own_weights, transposed
from training.similarity.smooth_chamfer import smooth_chamfer

IMAGES = [m for m, _ in SIZES]
TEXTS = [n for _, n in SIZES]


def documents(dtype: torch.dtype = torch.float64) -> tuple[Sets, Sets, Tensor]:
    images, texts = sets_of(IMAGES, 4, 1, dtype), sets_of(TEXTS, 4, 2, dtype)
    images.vectors.requires_grad_()
    texts.vectors.requires_grad_()
    return images, texts, prior_of(SIZES, 3, dtype)


def gradients(similarity: Tensor, *inputs: Tensor) -> tuple[Tensor, ...]:
    weights = torch.linspace(-1, 1, similarity.numel(), dtype=similarity.dtype).view_as(similarity)
    return torch.autograd.grad((similarity * weights).sum(), inputs)


@pytest.mark.parametrize("block_pairs", [1, 12, 40, 1 << 20])
@pytest.mark.parametrize("with_prior", [False, True])
def test_packed_equals_a_plain_loop_with_gradients(block_pairs: int, with_prior: bool) -> None:
    images, texts, prior = documents()
    own = own_weights(prior, images.offsets, texts.offsets) if with_prior else None
    packed = smooth_chamfer(images, texts, 16.0, own, block_pairs=block_pairs)
    looped = smooth_chamfer_in_a_loop(images, texts, 16.0, prior if with_prior else None)
    assert torch.allclose(packed, looped, atol=1e-12)
    found = gradients(packed, images.vectors, texts.vectors)
    wanted = gradients(looped, images.vectors, texts.vectors)
    assert all(torch.allclose(a, b, atol=1e-12) for a, b in zip(found, wanted, strict=True))


def test_gradcheck_with_a_layout_and_empty_sets() -> None:
    images, texts = sets_of([2, 0, 1], 3, 1), sets_of([3, 1, 0], 3, 2)
    images.vectors.requires_grad_()
    texts.vectors.requires_grad_()
    own = own_weights(prior_of([(2, 3), (0, 1), (1, 0)], 3), images.offsets, texts.offsets)

    def similarity(rows: Tensor, columns: Tensor) -> Tensor:
        return smooth_chamfer(
            replace(images, vectors=rows), replace(texts, vectors=columns), 5.0, own, block_pairs=4
        )

    assert torch.autograd.gradcheck(similarity, (images.vectors, texts.vectors))


def test_local_rows_against_gathered_columns() -> None:
    images, texts, prior = documents()
    whole = smooth_chamfer(images, texts, 16.0, own_weights(prior, images.offsets, texts.offsets))
    first, last = 2, 6
    rows = Sets(
        images.vectors[images.offsets[first] : images.offsets[last]],
        images.offsets[first : last + 1] - images.offsets[first],
    )
    own_columns = texts.offsets[first : last + 1] - texts.offsets[first]
    pairs = ragged.pair_offsets(images.offsets, texts.offsets)
    local = own_weights(prior[pairs[first] : pairs[last]], rows.offsets, own_columns)
    assert torch.allclose(smooth_chamfer(rows, texts, 16.0, local, first_column=first), whole[first:last])


def test_exchanging_the_sides_transposes_the_matrix() -> None:
    images, texts, prior = documents()
    own = own_weights(prior, images.offsets, texts.offsets)
    turned = smooth_chamfer(texts, images, 16.0, transposed(own, images.offsets, texts.offsets))
    assert torch.allclose(turned, smooth_chamfer(images, texts, 16.0, own).T, atol=1e-12)


def test_empty_sets_score_zero_and_get_no_gradient() -> None:
    images, texts, prior = documents(torch.float32)
    own = own_weights(prior, images.offsets, texts.offsets)
    similarity = smooth_chamfer(images, texts, 100.0, own)
    assert (similarity[[1, 4]] == 0).all()
    assert (similarity[:, [3, 4]] == 0).all()
    assert similarity.isfinite().all()
    assert all(g.isfinite().all() for g in gradients(similarity, images.vectors, texts.vectors))
    nothing = sets_of([0, 0], 4, 0)
    assert smooth_chamfer(nothing, texts, 16.0).shape == (2, 7)
    assert smooth_chamfer(sets_of([], 4, 0), nothing, 16.0).shape == (0, 2)


def test_order_within_a_set_and_of_documents_changes_nothing() -> None:
    images, texts, prior = documents()
    before = smooth_chamfer(images, texts, 16.0, own_weights(prior, images.offsets, texts.offsets))
    grad_before = gradients(before.sum(1).square(), images.vectors)[0]
    order = torch.tensor([5, 2, 0, 6, 1, 4, 3])
    rows, row_offsets = ragged.select_rows(images.offsets, order)
    columns, column_offsets = ragged.select_rows(texts.offsets, order)
    for begin, end in zip(row_offsets[:-1].tolist(), row_offsets[1:].tolist(), strict=True):
        rows[begin:end] = rows[begin:end].flip(0)
    dense = torch.zeros(len(images.vectors), len(texts.vectors), dtype=prior.dtype)
    row, column, _ = ragged.own_pairs(images.offsets, texts.offsets)
    dense[row, column] = prior
    row, column, _ = ragged.own_pairs(row_offsets, column_offsets)
    moved = dense[rows[row], columns[column]]
    shuffled_images = Sets(images.vectors.detach()[rows].requires_grad_(), row_offsets)
    after = smooth_chamfer(
        shuffled_images,
        Sets(texts.vectors[columns], column_offsets),
        16.0,
        own_weights(moved, row_offsets, column_offsets),
    )
    assert torch.allclose(after, before[order][:, order], atol=1e-12)
    # The loss must not depend on the order either: weights follow the documents.
    back = torch.argsort(order)
    grad_after = gradients(after[back].sum(1).square(), shuffled_images.vectors)[0]
    assert torch.allclose(grad_after, grad_before[rows], atol=1e-12)


def test_one_sharp_limit_is_chamfer_and_the_other_the_mean() -> None:
    rows, columns = sets_of([3], 8, 1), sets_of([6], 8, 2)
    cosines = rows.vectors @ columns.vectors.T
    best = (cosines.max(1).values.mean() + cosines.max(0).values.mean()) / 2
    assert torch.allclose(smooth_chamfer(rows, columns, 1e-4)[0, 0], cosines.mean(), atol=1e-4)
    sharp = smooth_chamfer(rows, columns, 100.0)[0, 0]
    assert best - torch.log(torch.tensor(6.0)) / 100 <= sharp <= best
    assert smooth_chamfer(rows, columns, 16.0)[0, 0] < sharp


def test_a_long_document_gains_nothing_by_its_length() -> None:
    image = sets_of([1], 8, 1)
    texts = sets_of([4], 8, 2)
    twice = Sets(torch.cat([texts.vectors, texts.vectors]), torch.tensor([0, 8]))
    assert torch.allclose(smooth_chamfer(image, texts), smooth_chamfer(image, twice), atol=1e-12)


def test_float32_is_stable_at_the_largest_sharpness() -> None:
    sizes = [2, 3, 4]
    rows, columns = sets_of(sizes, 16, 1, torch.float32), sets_of(sizes, 16, 2, torch.float32)
    columns.vectors[:2] = rows.vectors[:2]
    columns.vectors[2:5] = -rows.vectors[2:3]
    exact = smooth_chamfer(
        replace(rows, vectors=rows.vectors.double()),
        replace(columns, vectors=columns.vectors.double()),
        100.0,
    )
    assert torch.allclose(smooth_chamfer(rows, columns, 100.0).double(), exact, atol=1e-6)
    half = smooth_chamfer(replace(rows, vectors=rows.vectors.bfloat16()), columns, 16.0)
    assert half.dtype == torch.float32


def test_wrong_sharpness_is_refused() -> None:
    rows = sets_of([1], 4, 0)
    with pytest.raises(ValueError, match="alpha is 101"):
        smooth_chamfer(rows, rows, 101.0)


def test_weights_of_the_layout_sum_to_the_set_sizes() -> None:
    images, texts, prior = documents()
    own: OwnWeights = own_weights(prior, images.offsets, texts.offsets)
    rows, columns, _ = ragged.own_pairs(images.offsets, texts.offsets)
    per_row = ragged.segment_sum(own.over_columns.exp(), rows, 11)
    per_column = ragged.segment_sum(own.over_rows.exp(), columns, 15)
    row_of_pairs = torch.bincount(rows, minlength=11).double()
    column_of_pairs = torch.bincount(columns, minlength=15).double()
    assert torch.allclose(per_row, row_of_pairs)
    assert torch.allclose(per_column, column_of_pairs)
