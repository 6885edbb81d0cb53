"""What may be added to the terms: within a document, rounds, a discriminator, each modality alone."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from storage.errors import LooseleafError
from tests.training.ragged_samples import SIZES, batch_of, encoded_of
from training import ragged
from training.encoded import Encoded, Gathered
from training.masks import Masks, between_documents_counterparts
from training.objectives.adversarial import ModalityConfusion, reverse_gradient
from training.objectives.intra_document import intra_document, sinkhorn_targets
from training.objectives.self_assignment import Assigned, assign, assigned_infonce, round_starts
from training.objectives.settings import (
    AdversarialSettings,
    IntraDocumentSettings,
    SelfAssignmentSettings,
    UnpairedSettings,
)
from training.objectives.unpaired import Unpaired
from training.objectives.within import doubly_centred, own_cosines, own_pairs

SCALE = torch.tensor(14.0)


def one_document(images: Tensor, texts: Tensor) -> Encoded:
    encoded = encoded_of(batch_of([(len(images), len(texts))]))
    return replace(encoded, images=images, texts=texts)


def test_own_cosines_and_centring_are_those_of_a_loop() -> None:
    encoded = encoded_of(batch_of(SIZES))
    pairs = own_pairs(encoded)
    cosines = own_cosines(encoded, pairs)
    centred = doubly_centred(cosines, pairs)
    start = 0
    for b in range(len(SIZES)):
        m, n = SIZES[b]
        if not m or not n:
            continue
        images = encoded.images[encoded.image_offsets[b] : encoded.image_offsets[b + 1]]
        texts = encoded.texts[encoded.text_offsets[b] : encoded.text_offsets[b + 1]]
        s = images @ texts.T
        assert torch.allclose(cosines[start : start + m * n].view(m, n), s, atol=1e-6)
        wanted = s - s.mean(1, keepdim=True) if n > 1 else s
        wanted = wanted - wanted.mean(0) if m > 1 else wanted
        assert torch.allclose(centred[start : start + m * n].view(m, n), wanted, atol=1e-6)
        start += m * n
    assert start == len(cosines)


def test_the_topic_gives_nothing_within_a_document() -> None:
    """Shifts of whole images and whole texts change neither loss nor what is learned."""
    random = torch.Generator().manual_seed(0)
    images, texts = torch.randn(4, 6, generator=random), torch.randn(5, 6, generator=random)
    topic = torch.randn(6, generator=random)
    settings = IntraDocumentSettings()
    scale, none = SCALE / 10, torch.zeros(0)
    loss = intra_document(one_document(images, texts), none, scale, settings)
    moved = intra_document(one_document(images + topic, texts + 2 * topic), none, scale, settings)
    assert torch.allclose(loss, moved, atol=1e-4)
    same = topic.expand(4, 6).clone().requires_grad_()
    only_topic = intra_document(one_document(same, topic.expand(5, 6)), torch.zeros(0), SCALE, settings)
    (gradient,) = torch.autograd.grad(only_topic, same)
    assert float(only_topic.detach()) == pytest.approx((math.log(5) + math.log(4)) / 2, abs=1e-5)
    assert float(gradient.abs().max()) < 1e-4


def test_targets_are_balanced_and_sharper() -> None:
    encoded = encoded_of(batch_of([(3, 4), (2, 2)]))
    pairs = own_pairs(encoded, least=2)
    logits = 3 * doubly_centred(own_cosines(encoded, pairs), pairs).detach()
    of_rows, of_columns = sinkhorn_targets(logits, pairs, 200)
    rows = ragged.segment_sum(of_rows, pairs.rows, 5)
    columns = ragged.segment_sum(of_columns, pairs.columns, 6)
    assert torch.allclose(rows, torch.ones(5), atol=1e-5)
    assert torch.allclose(columns, torch.ones(6), atol=1e-5)
    balance = ragged.segment_sum(of_rows, pairs.columns, 6)
    assert torch.allclose(balance, torch.tensor([0.75] * 4 + [1.0] * 2), atol=1e-4)


def test_discrimination_with_the_layout_is_its_cross_entropy() -> None:
    batch = batch_of([(2, 3)])
    encoded = encoded_of(batch)
    prior = torch.tensor([0.5, 0.5, 0.0, 0.0, 0.2, 0.8])
    settings = IntraDocumentSettings(targets="prior")
    loss = intra_document(encoded, prior, SCALE, settings)
    s = encoded.images @ encoded.texts.T
    z = SCALE * (s - s.mean(1, keepdim=True) - s.mean(0) + s.mean())
    p = prior.view(2, 3)
    wanted = (cross_entropy(z, p) + cross_entropy(z.T, (p / p.sum(0)).T)) / 2
    assert torch.allclose(loss, wanted, atol=1e-5)
    with pytest.raises(ValueError, match="need a prior"):
        intra_document(encoded, torch.zeros(0), SCALE, settings)


def test_discrimination_sharpens_what_the_model_half_knows() -> None:
    random = torch.Generator().manual_seed(2)
    images = ragged.unit(torch.eye(4) + 0.3 * torch.randn(4, 4, generator=random)).requires_grad_()
    texts = torch.eye(4)
    before = (images @ texts.T).diag().mean()
    loss = intra_document(one_document(images, texts), torch.zeros(0), SCALE / 4, IntraDocumentSettings())
    (gradient,) = torch.autograd.grad(loss, images)
    after = (ragged.unit(images - 0.5 * gradient) @ texts.T).diag().mean()
    assert after.item() > before.item()


def test_reversed_gradients_make_the_discriminator_worse_and_unreversed_ones_better() -> None:
    """The mistake of minimising an adversarial loss without reversal would pass no step of this."""
    encoded = encoded_of(batch_of(SIZES))
    torch.manual_seed(0)
    confusion = ModalityConfusion(AdversarialSettings(strength=1.0, hidden=8), 5)
    start = confusion(encoded)
    by_encoders = torch.autograd.grad(start, (encoded.images, encoded.texts), retain_graph=True)
    own = torch.autograd.grad(start, list(confusion.parameters()))

    def after(sign: float) -> float:
        images, texts = (
            vectors - sign * 0.5 * gradient
            for vectors, gradient in zip((encoded.images, encoded.texts), by_encoders, strict=True)
        )
        return float(confusion(replace(encoded, images=images, texts=texts)).detach())

    assert after(1.0) > float(start.detach()), "descent with reversal confuses it"
    assert after(-1.0) < float(start.detach()), "without reversal the encoders would help it"
    with torch.no_grad():
        for parameter, gradient in zip(confusion.parameters(), own, strict=True):
            parameter.sub_(0.5 * gradient)
    assert float(confusion(encoded).detach()) < float(start.detach()), "the discriminator learns"


def test_reversal_keeps_values_and_turns_gradients() -> None:
    values = torch.randn(3, requires_grad=True)
    turned = reverse_gradient(values, 0.3)
    assert torch.equal(turned, values)
    (gradient,) = torch.autograd.grad(turned.sum(), values)
    assert torch.allclose(gradient, torch.full((3,), -0.3))


def test_neutral_images_tell_the_discriminator_nothing() -> None:
    encoded = encoded_of(batch_of([(2, 2)]))
    confusion = ModalityConfusion(AdversarialSettings(), 5)
    more = replace(
        encoded,
        images=torch.cat([encoded.images, torch.zeros(3, 5)]),
        image_offsets=torch.tensor([0, 5]),
    )
    assert torch.allclose(confusion(more), confusion(encoded))


def test_unpaired_never_looks_at_which_document_holds_what() -> None:
    encoded = encoded_of(batch_of([(2, 2), (2, 2)]))
    torch.manual_seed(0)
    unpaired = Unpaired(UnpairedSettings(dropped=0.0), 5, 6, 4)
    pixels, texts = torch.randn(4, 6), torch.randn(4, 4)
    order = torch.tensor([3, 0, 1, 2])
    moved = replace(encoded, texts=encoded.texts[order])
    loss = unpaired(encoded, pixels, texts, 1)
    assert torch.allclose(loss, unpaired(moved, pixels, texts[order], 1), atol=1e-6)
    perfect = Unpaired(UnpairedSettings(dropped=0.0), 5, 5, 5)
    with torch.no_grad():
        for to in (perfect.to_pixels, perfect.to_texts):
            to.weight.copy_(torch.eye(5))
            to.bias.zero_()
    restored = perfect(encoded, 3 * encoded.images, encoded.texts, 1)
    assert restored.item() == pytest.approx(0, abs=1e-6)


def test_unpaired_shares_its_trunk_and_hides_parts() -> None:
    encoded = encoded_of(batch_of([(2, 2), (2, 2)]))
    unpaired = Unpaired(UnpairedSettings(dropped=0.5), 5, 6, 4)
    with torch.no_grad():  # a residual head starts as the identity
        for parameter in unpaired.trunk.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    pixels, texts = torch.randn(4, 6), torch.randn(4, 4)
    trunk = list(unpaired.trunk.parameters())
    without = {"images": encoded.images.detach()}, {"texts": encoded.texts.detach()}
    for blind in (replace(encoded, **part) for part in without):
        gradients = torch.autograd.grad(unpaired(blind, pixels, texts, 1), trunk)
        assert any(gradient.any() for gradient in gradients)
    losses = {float(unpaired(encoded, pixels, texts, draw).detach()) for draw in range(4)}
    assert len(losses) == 4
    assert float(unpaired(encoded, pixels, texts, 2).detach()) == float(
        unpaired(encoded, pixels, texts, 2).detach()
    )


def test_rounds_begin_after_the_warm_up() -> None:
    assert round_starts(SelfAssignmentSettings(warmup=0.4, rounds=3), 100) == [40, 60, 80]
    assert round_starts(SelfAssignmentSettings(warmup=0.0, rounds=1), 7) == [0]


def test_what_is_sure_is_assigned_and_the_rest_is_not() -> None:
    texts = torch.eye(5)
    images = torch.stack([texts[1], texts[3], ragged.unit(torch.ones(1, 5))[0]])
    found = assign(one_document(images, texts), SelfAssignmentSettings())
    assert list(zip(found.images.tolist(), found.texts.tolist(), strict=True)) == [(0, 1), (1, 3)]
    nobody = one_document(texts[:1].expand(3, 5).clone(), texts[:1].expand(4, 5).clone())
    assert len(assign(nobody, SelfAssignmentSettings()).images) == 0, "a constant encoder is sure of nothing"
    assert len(assign(encoded_of(batch_of([(0, 3), (2, 0), (0, 0)])), SelfAssignmentSettings()).images) == 0
    with pytest.raises(LooseleafError, match="not finite"):
        assign(one_document(images * torch.nan, texts), SelfAssignmentSettings())


def test_an_assigned_pair_stands_against_all_other_texts_its_own_documents_too() -> None:
    batch = batch_of([(3, 3), (2, 4)])
    encoded = encoded_of(batch)
    found = between_documents_counterparts(batch, encoded, Gathered(encoded, 0, 1), Masks())
    pairs = Assigned(torch.tensor([0, 1, 4]), torch.tensor([2, 2, 3]), torch.tensor([0, 0, 1]))
    loss = assigned_infonce(encoded, Gathered(encoded, 0, 1), found, pairs, SCALE)
    forth = SCALE * encoded.images[pairs.images] @ encoded.texts.T
    back = SCALE * encoded.texts[pairs.texts] @ encoded.images.T
    back[0, 1] = back[1, 0] = -torch.inf  # both images are assigned to text 2
    wanted = (cross_entropy(forth, pairs.texts) + cross_entropy(back, pairs.images)) / 2
    assert torch.allclose(loss, wanted, atol=1e-5)
