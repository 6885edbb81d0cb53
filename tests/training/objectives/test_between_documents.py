from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from tests.training.ragged_samples import SIZES, batch_of, encoded_of, smooth_chamfer_in_a_loop
from training import ragged
from training.batch import TensorBatch
from training.model import ModelConfig, UnalignedModel
from training.objectives.between_documents import BetweenDocuments, between_documents

WIDTH = 5


def model() -> UnalignedModel:
    torch.manual_seed(0)
    return UnalignedModel(ModelConfig(pixel_width=6, text_width=WIDTH, text_hidden=4))


def clip_loss(images: Tensor, texts: Tensor, scale: Tensor) -> Tensor:
    """Radford et al. 2021, figure 3."""
    logits = scale * images @ texts.T
    labels = torch.arange(len(images))
    return (cross_entropy(logits, labels) + cross_entropy(logits.T, labels)) / 2


@pytest.mark.parametrize(("chamfer", "routing"), [(1.0, 0.0), (0.0, 1.0), (1.0, 0.5)])
@pytest.mark.parametrize("use_prior", [False, True])
def test_one_image_and_one_text_each_is_clip(chamfer: float, routing: float, use_prior: bool) -> None:
    batch = batch_of([(1, 1)] * 9)
    encoded, unaligned = encoded_of(batch, WIDTH), model()
    inputs = (encoded.images, encoded.texts, unaligned.log_scale)
    units = replace(encoded, images=ragged.unit(encoded.images), texts=ragged.unit(encoded.texts))
    settings = BetweenDocuments(chamfer_weight=chamfer, routing_weight=routing, use_prior=use_prior)
    loss = between_documents(unaligned, batch, units, settings).total
    wanted = clip_loss(units.images, units.texts, unaligned.scale)
    assert torch.allclose(loss, wanted, atol=1e-6, rtol=0)
    found, right = torch.autograd.grad(loss, inputs, retain_graph=True), torch.autograd.grad(wanted, inputs)
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(found, right, strict=True))


def test_it_is_infonce_over_the_documents_that_have_both() -> None:
    batch = batch_of(SIZES)
    encoded, unaligned = encoded_of(batch, WIDTH), model()
    loss = between_documents(unaligned, batch, encoded, BetweenDocuments(routing_weight=0.0))
    both = torch.tensor([0, 2, 5, 6])
    similarity = smooth_chamfer_in_a_loop(encoded.image_sets, encoded.text_sets, 16.0, batch.prior)
    logits = unaligned.scale * similarity[both][:, both]
    labels = torch.arange(4)
    wanted = (cross_entropy(logits, labels) + cross_entropy(logits.T, labels)) / 2
    assert torch.allclose(loss.total, wanted, atol=1e-5)
    assert torch.equal(loss.terms["chamfer"], loss.total.detach())


@pytest.mark.parametrize("sizes", [[(0, 2), (3, 0)], [(0, 0)], [], [(2, 3)], [(0, 0), (1, 2), (2, 0)]])
def test_batches_without_a_contrast_cost_nothing(sizes: list[tuple[int, int]]) -> None:
    batch = batch_of(sizes)
    encoded, unaligned = encoded_of(batch, WIDTH), model()
    loss = between_documents(unaligned, batch, encoded, BetweenDocuments()).total
    loss.backward()
    assert abs(float(loss.detach())) < 1e-6
    assert encoded.images.grad is not None
    assert (encoded.images.grad.abs() < 1e-6).all()


def test_empty_documents_change_neither_loss_nor_gradient() -> None:
    batch = batch_of(SIZES)
    kept = batch.select([0, 2, 5, 6])
    found = _loss_and_gradient(batch)
    wanted = _loss_and_gradient(kept)
    assert torch.allclose(found[0], wanted[0], atol=1e-6)
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(found[1], wanted[1], strict=True))


def test_order_of_documents_changes_neither_loss_nor_gradient() -> None:
    batch = batch_of(SIZES)
    found = _loss_and_gradient(batch)
    wanted = _loss_and_gradient(batch.select([6, 3, 0, 5, 4, 2, 1]))
    assert torch.allclose(found[0], wanted[0], atol=1e-6)
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(found[1], wanted[1], strict=True))


def test_order_within_a_set_changes_neither_loss_nor_gradient() -> None:
    batch = replace(batch_of(SIZES), prior=torch.zeros(0))
    end = int(batch.image_offsets[6])
    flipped = torch.cat([torch.arange(end - 4), torch.arange(end - 1, end - 5, -1), torch.arange(end, 11)])
    moved = replace(batch, pixels=batch.pixels[flipped], words=batch.words[flipped])
    found, wanted = _loss_and_gradient(batch), _loss_and_gradient(moved)
    assert torch.allclose(found[0], wanted[0], atol=1e-6)
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(found[1], wanted[1], strict=True))


def _loss_and_gradient(batch: TensorBatch) -> tuple[Tensor, list[Tensor]]:
    torch.manual_seed(0)
    unaligned = UnalignedModel(ModelConfig(pixel_width=6, text_width=4, text_hidden=4))
    loss = between_documents(unaligned, batch, unaligned.encode(batch), BetweenDocuments()).total
    loss.backward()
    return loss.detach(), [p.grad for p in unaligned.parameters() if p.grad is not None]


def test_families_and_repeated_documents_are_no_negatives() -> None:
    batch = batch_of([(1, 1)] * 4)
    encoded, unaligned = encoded_of(batch, WIDTH), model()
    settings = BetweenDocuments(routing_weight=0.0, ignore_families=True)
    paired = between_documents(unaligned, batch, encoded, settings).total
    logits = unaligned.scale * encoded.images @ encoded.texts.T
    family = torch.arange(4) // 2
    masked = logits.masked_fill((family[:, None] == family) & ~torch.eye(4, dtype=torch.bool), -torch.inf)
    wanted = (cross_entropy(masked, torch.arange(4)) + cross_entropy(masked.T, torch.arange(4))) / 2
    assert torch.allclose(paired, wanted, atol=1e-6)
    twice = replace(encoded, keys=torch.zeros(4, dtype=torch.int64))
    assert float(between_documents(unaligned, batch, twice, BetweenDocuments()).total.detach()) == 0


def test_the_layout_is_looked_at_only_when_asked() -> None:
    batch = batch_of(SIZES)
    encoded, unaligned = encoded_of(batch, WIDTH), model()
    other = replace(batch, prior=torch.rand_like(batch.prior))

    def loss(of: TensorBatch, use_prior: bool) -> float:
        return float(
            between_documents(unaligned, of, encoded, BetweenDocuments(use_prior=use_prior)).total.detach()
        )

    assert loss(batch, False) == loss(other, False)
    assert loss(batch, True) != loss(other, True)


def test_wrong_weights_are_refused() -> None:
    with pytest.raises(ValueError, match="not both zero"):
        BetweenDocuments(chamfer_weight=0.0, routing_weight=0.0)
