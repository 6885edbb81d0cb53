"""Contrasts over single images and texts against plain loops over ragged documents."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, logsigmoid, softplus

from tests.training.ragged_samples import SIZES, batch_of, encoded_of
from training import ragged
from training.contrast.all_pairs import all_pairs_sigmoid
from training.contrast.latent_alignment import guessing, latent_alignment
from training.contrast.members import Sides
from training.contrast.mil_nce import mil_nce
from training.contrast.noisy_or import log1mexp_of_log, noisy_or
from training.contrast.supcon import supcon
from training.encoded import Encoded, Gathered
from training.masks import Masks, between_documents_counterparts
from training.similarity.layout import own_weights

SCALE, BIAS = torch.tensor(14.0), torch.tensor(-10.0)
Contrast = Callable[[Sides], Tensor]
CONTRASTS: dict[str, Contrast] = {
    "mil_nce": lambda of: mil_nce(of, SCALE),
    "latent_alignment": lambda of: latent_alignment(of, SCALE),
    "supcon": lambda of: supcon(of, SCALE),
    "all_pairs": lambda of: all_pairs_sigmoid(of, SCALE, BIAS),
    "noisy_or": lambda of: noisy_or(of, SCALE, BIAS),
}
BOTH = [0, 2, 5, 6]  # the documents of SIZES that have images and texts


def sides_of(encoded: Encoded, masks: Masks = Masks()) -> Sides:  # noqa: B008 - frozen
    sizes = ragged.lengths(encoded.image_offsets), ragged.lengths(encoded.text_offsets)
    batch = batch_of(list(zip(sizes[0].tolist(), sizes[1].tolist(), strict=True)))
    found = between_documents_counterparts(batch, encoded, Gathered(encoded, 0, 1), masks)
    return Sides(encoded, encoded, found)


def sample(sizes: list[tuple[int, int]] = SIZES, dtype: torch.dtype = torch.float32) -> Encoded:
    encoded = encoded_of(batch_of(sizes))
    images, texts = encoded.images.detach().to(dtype), encoded.texts.detach().to(dtype)
    return replace(encoded, images=images.requires_grad_(), texts=texts.requires_grad_())


def blocks_of(encoded: Encoded) -> dict[tuple[int, int], Tensor]:
    """Logits of each pair of documents that have both."""
    found = {}
    for b in BOTH:
        for c in BOTH:
            images = encoded.images[encoded.image_offsets[b] : encoded.image_offsets[b + 1]]
            texts = encoded.texts[encoded.text_offsets[c] : encoded.text_offsets[c + 1]]
            found[b, c] = SCALE * images @ texts.T
    return found


@pytest.mark.parametrize("name", CONTRASTS)
def test_one_image_and_one_text_each_is_clip_or_siglip(name: str) -> None:
    encoded = sample([(1, 1)] * 9)
    logits, labels = SCALE * encoded.images @ encoded.texts.T, torch.arange(9)
    if name in ("mil_nce", "latent_alignment", "supcon"):
        wanted = (cross_entropy(logits, labels) + cross_entropy(logits.T, labels)) / 2
    else:
        wanted = -logsigmoid((2 * torch.eye(9) - 1) * (logits + BIAS)).sum() / 9
    loss = CONTRASTS[name](sides_of(encoded))
    assert torch.allclose(loss, wanted, atol=1e-6, rtol=1e-6)
    inputs = (encoded.images, encoded.texts)
    found, right = torch.autograd.grad(loss, inputs, retain_graph=True), torch.autograd.grad(wanted, inputs)
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(found, right, strict=True))


@pytest.mark.parametrize("name", ["mil_nce", "supcon"])
def test_anchors_are_those_of_a_loop(name: str) -> None:
    encoded = sample()
    blocks = blocks_of(encoded)
    documents = []
    for b in BOTH:
        for own, every in (
            (blocks[b, b], torch.cat([blocks[b, c] for c in BOTH], 1)),
            (blocks[b, b].T, torch.cat([blocks[c, b] for c in BOTH]).T),
        ):
            right = own.logsumexp(1) if name == "mil_nce" else own.mean(1)
            documents.append((every.logsumexp(1) - right).mean())
    assert torch.allclose(CONTRASTS[name](sides_of(encoded)), torch.stack(documents).mean(), atol=1e-5)


def test_latent_alignment_is_the_mixture_of_a_loop() -> None:
    encoded = sample()
    blocks = blocks_of(encoded)
    documents = []
    for b in BOTH:
        for own, others in (
            (blocks[b, b], torch.cat([blocks[c, b] for c in BOTH if c != b])),  # images, each given a text
            (blocks[b, b].T, torch.cat([blocks[b, c] for c in BOTH if c != b], 1).T),
        ):
            posterior = own.exp() / (own.exp() + others.exp().sum(0))
            documents.append(-posterior.mean(1).log().mean())
    loss = latent_alignment(sides_of(encoded), SCALE)
    assert torch.allclose(loss, torch.stack(documents).mean(), atol=1e-5)


def test_the_layout_weighs_the_mixture() -> None:
    encoded = sample()
    generator = torch.Generator().manual_seed(4)
    pairs = int(ragged.pair_offsets(encoded.image_offsets, encoded.text_offsets)[-1])
    prior = torch.rand(pairs, generator=generator)
    blocks, documents, first = blocks_of(encoded), [], 0
    for b in range(len(SIZES)):
        shape = SIZES[b]
        weights = prior[first : first + shape[0] * shape[1]].view(shape)
        first += shape[0] * shape[1]
        if b in BOTH:
            for own, others, w in (
                (blocks[b, b], torch.cat([blocks[c, b] for c in BOTH if c != b]), weights),
                (blocks[b, b].T, torch.cat([blocks[b, c] for c in BOTH if c != b], 1).T, weights.T),
            ):
                posterior = own.exp() / (own.exp() + others.exp().sum(0))
                documents.append(-(posterior * w / w.sum(1, keepdim=True)).sum(1).log().mean())
    layout = own_weights(prior, encoded.image_offsets, encoded.text_offsets)
    loss = latent_alignment(sides_of(encoded), SCALE, weights=layout)
    assert torch.allclose(loss, torch.stack(documents).mean(), atol=1e-5)


def test_guessing_is_the_loss_of_a_constant_encoder() -> None:
    encoded = sample()
    images, texts = torch.ones_like(encoded.images), torch.ones_like(encoded.texts)
    of = sides_of(replace(encoded, images=images, texts=texts))
    assert torch.allclose(latent_alignment(of, SCALE), guessing(of))


def test_a_text_that_says_the_topic_alone_takes_no_image_in_a_latent_alignment() -> None:
    """Document 0 has a text of its own image and one that is as near to everybody's image."""
    own, common = torch.eye(4)[0], torch.ones(4) / 2
    encoded = sample([(1, 2), (1, 1), (1, 1), (1, 1)])
    texts = torch.stack([own, common, *torch.eye(4)[1:]])
    gradients = {}
    for name, contrast in (("mil_nce", mil_nce), ("latent_alignment", latent_alignment)):
        images = torch.eye(4).requires_grad_()
        of = sides_of(replace(encoded, images=images, texts=texts))
        (gradients[name],) = torch.autograd.grad(contrast(of, torch.tensor(4.0)), images)
    drawn = {name: float(-(gradient[0] @ common)) for name, gradient in gradients.items()}
    assert drawn["latent_alignment"] < drawn["mil_nce"]


def test_all_pairs_are_those_of_a_loop() -> None:
    encoded = sample()
    blocks = blocks_of(encoded)
    losses = [softplus(-(z + BIAS) if b == c else z + BIAS).sum() for (b, c), z in blocks.items()]
    wanted = torch.stack(losses).sum() / sum(blocks[b, b].numel() for b in BOTH)
    assert torch.allclose(CONTRASTS["all_pairs"](sides_of(encoded)), wanted, atol=1e-5)


def test_noisy_or_is_the_product_of_a_loop() -> None:
    encoded = sample(dtype=torch.float64)
    losses = []
    for (b, c), z in blocks_of(encoded).items():
        none = (1 - torch.sigmoid(z + BIAS)).prod()
        losses.append(-(1 - none).log() if b == c else -none.log())
    wanted = torch.stack(losses).sum() / len(BOTH)
    assert torch.allclose(CONTRASTS["noisy_or"](sides_of(encoded)), wanted, atol=1e-9)


def test_a_perfect_alignment_costs_nothing_in_mil_nce_and_something_in_supcon() -> None:
    """One's own members count once: counted twice, what is left is log 2."""
    encoded = sample([(2, 2), (2, 2)])
    corners = torch.eye(4)
    scale = torch.tensor(100.0)
    perfect = sides_of(replace(encoded, images=corners, texts=corners))
    assert float(mil_nce(perfect, scale)) == pytest.approx(0.0, abs=1e-6)
    assert float(supcon(perfect, scale)) > 10, "the other text of a document counts as true"


@pytest.mark.parametrize("name", CONTRASTS)
def test_blocks_change_nothing(name: str) -> None:
    tiny: dict[str, Contrast] = {
        "mil_nce": lambda of: mil_nce(of, SCALE, block_pairs=20),
        "latent_alignment": lambda of: latent_alignment(of, SCALE, block_pairs=20),
        "supcon": lambda of: supcon(of, SCALE, block_pairs=20),
        "all_pairs": lambda of: all_pairs_sigmoid(of, SCALE, BIAS, block_pairs=20),
        "noisy_or": lambda of: noisy_or(of, SCALE, BIAS, block_pairs=20),
    }
    encoded = sample()
    inputs = (encoded.images, encoded.texts)
    found, wanted = tiny[name](sides_of(encoded)), CONTRASTS[name](sides_of(encoded))
    assert torch.allclose(found, wanted, atol=1e-6)
    gradients = torch.autograd.grad(found, inputs), torch.autograd.grad(wanted, inputs)
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(*gradients, strict=True))


@pytest.mark.parametrize("name", CONTRASTS)
@pytest.mark.parametrize("sizes", [[(0, 2), (3, 0)], [(0, 0)], [], [(2, 3)], [(0, 0), (1, 2), (2, 0)]])
def test_batches_without_a_contrast_cost_nothing(name: str, sizes: list[tuple[int, int]]) -> None:
    encoded = sample(sizes)
    loss = CONTRASTS[name](sides_of(encoded))
    gradients = torch.autograd.grad(loss, (encoded.images, encoded.texts))
    assert float(loss.detach()) == 0
    assert not any(gradient.any() for gradient in gradients)


@pytest.mark.parametrize("name", CONTRASTS)
def test_documents_without_both_change_neither_loss_nor_gradient(name: str) -> None:
    encoded = sample()
    loss = CONTRASTS[name](sides_of(encoded))
    inputs = (encoded.images, encoded.texts)
    image_rows, image_offsets = ragged.select_rows(encoded.image_offsets, torch.tensor(BOTH[::-1]))
    text_rows, text_offsets = ragged.select_rows(encoded.text_offsets, torch.tensor(BOTH[::-1]))
    fewer = Encoded(
        encoded.images[image_rows],
        image_offsets,
        encoded.texts[text_rows],
        text_offsets,
        encoded.keys[BOTH[::-1]],
        encoded.families[BOTH[::-1]],
    )
    other = CONTRASTS[name](sides_of(fewer))
    assert torch.allclose(loss, other, atol=1e-5)
    gradients = torch.autograd.grad(loss, inputs, retain_graph=True), torch.autograd.grad(other, inputs)
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(*gradients, strict=True))


@pytest.mark.parametrize("name", CONTRASTS)
@pytest.mark.parametrize("value", [-1.0, 1.0])
def test_loss_and_gradient_are_finite_at_the_highest_scale(name: str, value: float) -> None:
    encoded = sample()
    one = torch.zeros(5)
    one[0] = 1.0
    images = one.expand_as(encoded.images).clone().requires_grad_()
    texts = (value * one).expand_as(encoded.texts).clone().requires_grad_()
    scale, bias = torch.tensor(100.0, requires_grad=True), torch.tensor(-10.0, requires_grad=True)
    far: dict[str, Contrast] = {
        "mil_nce": lambda of: mil_nce(of, scale),
        "latent_alignment": lambda of: latent_alignment(of, scale),
        "supcon": lambda of: supcon(of, scale),
        "all_pairs": lambda of: all_pairs_sigmoid(of, scale, bias),
        "noisy_or": lambda of: noisy_or(of, scale, bias),
    }
    loss = far[name](sides_of(replace(encoded, images=images, texts=texts)))
    gradients = torch.autograd.grad(loss, [images, texts, scale, bias], allow_unused=True)
    assert loss.isfinite()
    assert float(loss.detach()) > 0.1, "a constant encoder is no success"
    assert all(gradient.isfinite().all() for gradient in gradients if gradient is not None)


@pytest.mark.parametrize("name", CONTRASTS)
def test_half_precision_is_computed_in_float32(name: str) -> None:
    encoded = sample()
    half = replace(encoded, images=encoded.images.bfloat16(), texts=encoded.texts.bfloat16())
    whole = replace(half, images=half.images.float(), texts=half.texts.float())
    loss = CONTRASTS[name](sides_of(half))
    assert loss.dtype == torch.float32
    assert torch.equal(loss, CONTRASTS[name](sides_of(whole)))


@pytest.mark.parametrize("name", CONTRASTS)
def test_nan_is_never_hidden(name: str) -> None:
    encoded = sample()
    broken = encoded.images.detach().clone()
    broken[0] = torch.nan
    assert CONTRASTS[name](sides_of(replace(encoded, images=broken))).isnan()


def test_families_are_no_negatives_of_members() -> None:
    encoded = replace(sample([(2, 2), (1, 3), (3, 1), (2, 2)]), families=torch.tensor([0, 0, 1, 1]))
    of = sides_of(encoded, Masks(("document", "family")))
    assert of.counterparts.negatives.sum(1).tolist() == [2, 2, 2, 2]
    near = encoded.images.detach().clone()
    near[:2] = encoded.texts.detach()[2:4]  # an image of document 0 says what document 1 says
    for name in ("mil_nce", "latent_alignment", "all_pairs", "noisy_or"):
        (gradient,) = torch.autograd.grad(
            CONTRASTS[name](sides_of(replace(encoded, images=near), Masks(("document", "family")))),
            encoded.texts,
        )
        (open_gradient,) = torch.autograd.grad(
            CONTRASTS[name](sides_of(replace(encoded, images=near))), encoded.texts
        )
        assert float((open_gradient - gradient)[2:4].norm()) > 1e-3


def test_log1mexp_is_exact_from_the_smallest_to_the_largest() -> None:
    x = torch.tensor([1e-3, 0.015, 0.02, 0.3, 0.69, 0.7, 1.0, 5.0, 30.0], dtype=torch.float64)
    assert torch.allclose(log1mexp_of_log(x.log()), torch.log(-torch.expm1(-x)), rtol=1e-9)
    far = torch.tensor([-200.0, -50.0], dtype=torch.float64)
    assert torch.allclose(log1mexp_of_log(far), far), "log x, where x is not to be told from zero"
    log_x = torch.linspace(-30, 3, 40, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(log1mexp_of_log, log_x)
    assert math.isfinite(float(log1mexp_of_log(torch.tensor(-300.0))))
