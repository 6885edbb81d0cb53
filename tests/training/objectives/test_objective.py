"""Objectives as a whole: what holds for each of them, whatever it is made of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor
from torch.nn.functional import cross_entropy, logsigmoid

from tests.training.objectives.models import loss_of, model_of
from tests.training.ragged_samples import SIZES, batch_of, encoded_of, smooth_chamfer_in_a_loop
from training import ragged
from training.batch import TensorBatch
from training.config import config_from
from training.model import UnalignedModel
from training.objectives.named import NAMES, named_objective
from training.objectives.objective import Objective
from training.objectives.settings import ObjectiveSettings
from training.similarity.settings import Form

WIDTH = 5
LIKE_SIGLIP = ["siglip_bag", "siglip_all_pairs", "noisy_or"]
LIKE_CLIP = [
    "unaligned", "unaligned_layout", "clip_random", "clip_adjacent", "clip_true", *get_args(Form),
    "mil_nce", "latent_alignment", "latent_alignment_layout", "smooth_alignment", "supcon",
    "intra_document", "self_assignment",
]  # fmt: skip
SMOOTH: dict[str, Any] = {"terms": [{"similarity": {"form": "smooth_chamfer"}}]}


def objective(**told: Any) -> ObjectiveSettings:
    return config_from({"objective": told}).objective


@pytest.mark.parametrize("name", LIKE_CLIP + LIKE_SIGLIP)
def test_one_image_and_one_text_each_is_clip_or_siglip(name: str) -> None:
    """Radford et al. 2021, figure 3; Zhai et al. 2023, algorithm 1."""
    batch = replace(batch_of([(1, 1)] * 9), link=torch.ones(9, dtype=torch.int8))
    encoded, unaligned = encoded_of(batch, WIDTH), model_of(named_objective(name), width=WIDTH)
    inputs = (encoded.images, encoded.texts, unaligned.log_scale)
    units = replace(encoded, images=ragged.unit(encoded.images), texts=ragged.unit(encoded.texts))
    assert isinstance(unaligned.objective, Objective)
    unaligned.objective.begin_step(unaligned, 4, 10)
    loss = loss_of(unaligned, batch, units).total
    logits, labels = unaligned.scale * units.images @ units.texts.T, torch.arange(9)
    if name in LIKE_SIGLIP:
        wanted = -logsigmoid((2 * torch.eye(9) - 1) * (logits - 10)).sum() / 9
    else:
        wanted = (cross_entropy(logits, labels) + cross_entropy(logits.T, labels)) / 2
    assert torch.allclose(loss, wanted, atol=1e-6, rtol=1e-6)
    found, right = torch.autograd.grad(loss, inputs, retain_graph=True), torch.autograd.grad(wanted, inputs)
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(found, right, strict=True))


def test_it_is_infonce_over_the_documents_that_have_both() -> None:
    batch = batch_of(SIZES)
    encoded, unaligned = (
        encoded_of(batch, WIDTH),
        model_of(objective(layout_prior=True, **SMOOTH), width=WIDTH),
    )
    loss = loss_of(unaligned, batch, encoded)
    both = torch.tensor([0, 2, 5, 6])
    similarity = smooth_chamfer_in_a_loop(encoded.image_sets, encoded.text_sets, 16.0, batch.prior)
    logits = unaligned.scale * similarity[both][:, both]
    labels = torch.arange(4)
    wanted = (cross_entropy(logits, labels) + cross_entropy(logits.T, labels)) / 2
    assert torch.allclose(loss.total, wanted, atol=1e-5)
    assert torch.equal(loss.terms["smooth_chamfer"], loss.total.detach())


def test_terms_are_a_weighted_mean() -> None:
    batch = batch_of(SIZES)
    terms = [*SMOOTH["terms"], {"similarity": {"form": "routing"}, "weight": 0.5}]
    encoded, unaligned = encoded_of(batch, WIDTH), model_of(objective(terms=terms), width=WIDTH)
    loss = loss_of(unaligned, batch, encoded)
    wanted = (loss.terms["smooth_chamfer"] + 0.5 * loss.terms["routing"]) / 1.5
    assert torch.allclose(loss.total, wanted)


def test_a_constant_encoder_costs_what_the_log_calls_guessing() -> None:
    batch = batch_of(SIZES)
    encoded, unaligned = encoded_of(batch, WIDTH), model_of(named_objective("smooth_alignment"), width=WIDTH)
    alike = replace(
        encoded,
        images=ragged.unit(torch.ones_like(encoded.images)),
        texts=ragged.unit(torch.ones_like(encoded.texts)),
    )
    loss = loss_of(unaligned, batch, alike)
    assert torch.allclose(loss.total, loss.terms["guessing"])


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("adversarial", "unpaired")])
@pytest.mark.parametrize("sizes", [[(0, 2), (3, 0)], [(0, 0)], [], [(1, 1)], [(0, 0), (1, 2), (2, 0)]])
def test_batches_without_a_contrast_cost_nothing(name: str, sizes: list[tuple[int, int]]) -> None:
    batch = batch_of(sizes)
    encoded, unaligned = encoded_of(batch, WIDTH), model_of(named_objective(name), width=WIDTH)
    loss = loss_of(unaligned, batch, encoded)
    loss.total.backward()
    assert abs(float(loss.total.detach())) < 1e-6
    assert encoded.images.grad is not None
    assert (encoded.images.grad.abs() < 1e-6).all()
    alone = sum(1 for m, n in sizes if m and n)
    assert float(loss.terms["without_negative"]) == alone, "what takes no part is said"


@pytest.mark.parametrize("name", NAMES)
def test_order_of_documents_changes_neither_loss_nor_gradient(name: str) -> None:
    batch = batch_of(SIZES)
    found = _loss_and_gradient(batch, name)
    wanted = _loss_and_gradient(batch.select([6, 3, 0, 5, 4, 2, 1]), name)
    assert torch.allclose(found[0], wanted[0], atol=1e-5)
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(found[1], wanted[1], strict=True))


ORDER_FREE = [name for name in NAMES if name not in ("clip_random", "clip_adjacent", "clip_true", "unpaired")]


@pytest.mark.parametrize("name", ORDER_FREE)
def test_order_within_a_set_changes_neither_loss_nor_gradient(name: str) -> None:
    batch = replace(batch_of(SIZES), prior=torch.zeros(0))
    end = int(batch.image_offsets[6])
    flipped = torch.cat([torch.arange(end - 4), torch.arange(end - 1, end - 5, -1), torch.arange(end, 11)])
    moved = replace(batch, pixels=batch.pixels[flipped], words=batch.words[flipped])
    found, wanted = _loss_and_gradient(batch, name), _loss_and_gradient(moved, name)
    assert torch.allclose(found[0], wanted[0], atol=1e-5)
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(found[1], wanted[1], strict=True))


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("adversarial", "unpaired")])
def test_documents_without_both_change_neither_loss_nor_gradient(name: str) -> None:
    batch = batch_of(SIZES)
    found = _loss_and_gradient(batch, name)
    wanted = _loss_and_gradient(batch.select([0, 2, 5, 6]), name)
    assert torch.allclose(found[0], wanted[0], atol=1e-5)
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(found[1], wanted[1], strict=True))


def _loss_and_gradient(batch: TensorBatch, name: str) -> tuple[Tensor, list[Tensor]]:
    unaligned = model_of(named_objective(name))
    loss = loss_of(unaligned, batch, unaligned.encode(batch)).total
    loss.backward()
    return loss.detach(), [p.grad for p in unaligned.parameters() if p.grad is not None]


def test_families_and_repeated_documents_are_no_negatives() -> None:
    batch = batch_of([(1, 1)] * 4)
    encoded = encoded_of(batch, WIDTH)
    unaligned = model_of(objective(mask=["document", "family"], **SMOOTH), width=WIDTH)
    paired = loss_of(unaligned, batch, encoded).total
    logits = unaligned.scale * encoded.images @ encoded.texts.T
    family = torch.arange(4) // 2
    masked = logits.masked_fill((family[:, None] == family) & ~torch.eye(4, dtype=torch.bool), -torch.inf)
    wanted = (cross_entropy(masked, torch.arange(4)) + cross_entropy(masked.T, torch.arange(4))) / 2
    assert torch.allclose(paired, wanted, atol=1e-6)
    pairs = model_of(objective(name="clip_random", mask=["family"]), width=WIDTH)
    assert torch.allclose(loss_of(pairs, batch, encoded).total, wanted, atol=1e-6)
    twice = replace(encoded, keys=torch.zeros(4, dtype=torch.int64))
    assert float(loss_of(unaligned, batch, twice).total.detach()) == 0


def test_alike_in_one_modality_softens_the_truth() -> None:
    batch = batch_of([(1, 1)] * 4)
    twins = replace(batch, texts=batch.texts[[0, 0, 2, 3]])
    encoded = encoded_of(batch, WIDTH)
    hard = model_of(objective(mask=["unimodal"], **SMOOTH), width=WIDTH)
    softly = {"soft": True, "share": 0.4}
    soft = model_of(objective(mask=["unimodal"], unimodal=softly, **SMOOTH), width=WIDTH)
    for unaligned in (hard, soft):
        plain = loss_of(model_of(objective(**SMOOTH), width=WIDTH), twins, encoded).total
        assert float((loss_of(unaligned, twins, encoded).total - plain).abs().detach()) > 1e-3


@pytest.mark.parametrize(
    "name", ["unaligned", "unaligned_layout", "latent_alignment", "latent_alignment_layout"]
)
def test_the_layout_is_looked_at_only_when_asked(name: str) -> None:
    batch = batch_of(SIZES)
    encoded, unaligned = encoded_of(batch, WIDTH), model_of(named_objective(name), width=WIDTH)
    other = replace(batch, prior=torch.rand_like(batch.prior))
    losses = [float(loss_of(unaligned, of, encoded).total.detach()) for of in (batch, other)]
    assert (losses[0] == losses[1]) == (not name.endswith("layout"))


@pytest.mark.parametrize("name", NAMES)
def test_nan_is_never_hidden(name: str) -> None:
    batch = batch_of([(2, 2)] * 4)
    encoded, unaligned = encoded_of(batch, WIDTH), model_of(named_objective(name), width=WIDTH)
    broken = encoded.images.detach().clone()
    broken[3] = torch.nan
    assert loss_of(unaligned, batch, replace(encoded, images=broken)).total.isnan()


@pytest.mark.parametrize("name", NAMES)
def test_loss_and_gradient_are_finite_at_the_highest_scale_for_constant_vectors(name: str) -> None:
    batch = batch_of(SIZES)
    encoded, unaligned = encoded_of(batch, WIDTH), model_of(named_objective(name), width=WIDTH)
    with torch.no_grad():
        unaligned.log_scale.fill_(9.0)
        encoded.images.copy_(torch.eye(5)[0])
        encoded.texts.copy_(-torch.eye(5)[0])
    loss = loss_of(unaligned, batch, encoded).total
    loss.backward()
    assert float(unaligned.scale.detach()) == pytest.approx(100.0)
    assert float(loss.detach()) > 0.1, "a constant encoder is no success"
    gradients = [encoded.images.grad, encoded.texts.grad, *(p.grad for p in unaligned.parameters())]
    assert all(gradient.isfinite().all() for gradient in gradients if gradient is not None)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"terms": [{"contrast": {"form": "infonce"}}]}, "infonce compares documents: give the term a sim"),
        (
            {"terms": [{"similarity": {"form": "mean"}, "contrast": {"form": "mil_nce"}}]},
            "mil_nce compares single images and texts: leave its similarity out",
        ),
        ({"terms": [], "pairs": None}, "nothing is minimised"),
        ({**SMOOTH, "pairs": {"kind": "true"}}, "chosen pairs stand in place of terms"),
        ({"terms": [{"similarity": {"form": "routing"}}], "layout_prior": True}, "reads the layout"),
        ({"unimodal": {"soft": True}}, "the mask does not name it"),
        (
            {
                "mask": ["unimodal"],
                "unimodal": {"soft": True},
                "terms": [{"contrast": {"form": "supcon"}}],
            },
            "soft unimodal targets need the contrast infonce",
        ),
        ({"terms": [], "unpaired": {}, "self_assignment": {}}, "self_assignment needs terms or pairs"),
    ],
)
def test_illegal_combinations_are_refused(told: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        ObjectiveSettings.model_validate(told)


def test_parameters_of_the_objective_are_the_models() -> None:
    unaligned: UnalignedModel = model_of(named_objective("siglip_bag"))
    assert "objective.terms.0.bias" in dict(unaligned.named_parameters())
