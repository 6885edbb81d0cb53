from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.nn.functional import cross_entropy

from tests.training.ragged_samples import SIZES, batch_of, encoded_of
from training import ragged
from training.choices import MaskName, PairKind
from training.encoded import Gathered
from training.masks import Masks, between_documents_counterparts, ids_apart, without_negative
from training.model import ModelConfig, UnalignedModel
from training.objectives.clip_pairs import (
    ClipPairs,
    candidates,
    choose_pairs,
    clip_pairs,
    clip_pairs_between,
)

KINDS: list[PairKind] = ["random", "adjacent", "true"]


def model() -> UnalignedModel:
    return UnalignedModel(ModelConfig(pixel_width=6, text_width=5, text_hidden=0))


@pytest.mark.parametrize("kind", KINDS)
def test_one_image_and_one_text_each_is_clip(kind: PairKind) -> None:
    batch = replace(batch_of([(1, 1)] * 9), link=torch.ones(9, dtype=torch.int8))
    encoded, unaligned = encoded_of(batch), model()
    loss = clip_pairs(unaligned, batch, encoded, ClipPairs(kind), draw=1).total
    logits = unaligned.scale * encoded.images @ encoded.texts.T
    labels = torch.arange(9)
    wanted = (cross_entropy(logits, labels) + cross_entropy(logits.T, labels)) / 2
    assert torch.allclose(loss, wanted, atol=1e-6, rtol=0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("per_document", [1, 3])
def test_pairs_are_candidates_of_their_document_and_differ(kind: PairKind, per_document: int) -> None:
    batch = batch_of(SIZES)
    pairs = choose_pairs(batch, kind, draw=7, per_document=per_document)
    rows, columns, documents = ragged.own_pairs(batch.image_offsets, batch.text_offsets)
    allowed = candidates(batch, kind)
    legal = set(
        zip(rows[allowed].tolist(), columns[allowed].tolist(), documents[allowed].tolist(), strict=True)
    )
    found = list(zip(pairs.images.tolist(), pairs.texts.tolist(), pairs.documents.tolist(), strict=True))
    assert set(found) <= legal
    assert len(set(found)) == len(found)
    per = torch.bincount(documents[allowed], minlength=len(batch)).clamp(max=per_document)
    assert torch.equal(torch.bincount(pairs.documents, minlength=len(batch)), per)


def test_the_draw_belongs_to_the_document() -> None:
    batch = batch_of(SIZES)
    whole = choose_pairs(batch, "random", draw=7)
    half = batch.select([5, 6])
    part = choose_pairs(half, "random", draw=7)
    inside = whole.documents >= 5
    assert torch.equal(whole.images[inside] - batch.image_offsets[5], part.images)
    assert torch.equal(whole.texts[inside] - batch.text_offsets[5], part.texts)
    draws = {tuple(choose_pairs(batch, "random", draw=d).texts.tolist()) for d in range(20)}
    assert len(draws) > 10


def test_adjacent_pairs_are_the_nearest_of_their_image() -> None:
    batch = batch_of(SIZES)
    pairs = choose_pairs(batch, "adjacent", draw=1, per_document=50)
    rows, columns, _ = ragged.own_pairs(batch.image_offsets, batch.text_offsets)
    for image, text in zip(pairs.images, pairs.texts, strict=True):
        own = rows == image
        assert batch.prior[own & (columns == text)] == batch.prior[own].max()
    with pytest.raises(ValueError, match="layout prior"):
        candidates(replace(batch, prior=torch.zeros(0)), "adjacent")


def test_true_pairs_prefer_links_then_captions_then_sections() -> None:
    batch = batch_of([(2, 2), (2, 2), (2, 2), (2, 2)])
    batch = replace(
        batch,
        link=torch.tensor([0, 1, 0, 0] + [0] * 12, dtype=torch.int8),
        caption_of=torch.tensor([0, -1, -1, 1, -1, -1, -1, -1]),
        image_section=torch.tensor([1, 1, 1, 1, 1, 2, 1, 2]),
        text_section=torch.tensor([1, 1, 1, 1, 2, 1, 3, 4]),
    )
    chosen = candidates(batch, "true").view(4, 2, 2).tolist()
    assert chosen[0] == [[False, True], [False, False]], "the link"
    assert chosen[1] == [[False, False], [False, True]], "the caption"
    assert chosen[2] == [[False, True], [True, False]], "the section"
    assert chosen[3] == [[False, False], [False, False]], "nothing is known"


def test_other_pairs_of_a_document_are_ignored() -> None:
    batch = batch_of([(2, 2), (1, 1)])
    encoded, unaligned = encoded_of(batch), model()
    pairs = choose_pairs(batch, "random", draw=2, per_document=2)
    assert pairs.documents.tolist() == [0, 0, 1]
    loss = clip_pairs(unaligned, batch, encoded, ClipPairs("random", 2), draw=2).total
    logits = unaligned.scale * encoded.images[pairs.images] @ encoded.texts[pairs.texts].T
    logits[0, 1] = logits[1, 0] = -torch.inf
    labels = torch.arange(3)
    wanted = (cross_entropy(logits, labels) + cross_entropy(logits.T, labels)) / 2
    assert torch.allclose(loss, wanted, atol=1e-6)


def test_documents_without_pairs_cost_nothing() -> None:
    batch = batch_of([(0, 2), (3, 0)])
    encoded, unaligned = encoded_of(batch), model()
    loss = clip_pairs(unaligned, batch, encoded, ClipPairs(), draw=1).total
    loss.backward()
    assert float(loss.detach()) == 0


@pytest.mark.parametrize("mask", ["document", "family"])
@pytest.mark.parametrize("bias", [None, -3.0])
@pytest.mark.parametrize("sizes", [[*SIZES, (2, 2), (3, 1)], [(2, 3), (1, 1)], [(2, 2)]])
def test_masks_by_ids_are_masks_by_a_matrix(
    mask: MaskName, bias: float | None, sizes: list[tuple[int, int]]
) -> None:
    """The second sizes are one family, the third is one document: nothing is left to contrast."""
    batch, unaligned = batch_of(sizes), model()
    settings, masks = ClipPairs("random", 2), Masks((mask,))
    results = []
    for by_ids in (True, False):
        encoded = encoded_of(batch)
        learned = None if bias is None else torch.tensor(bias, requires_grad=True)
        between = between_documents_counterparts(batch, encoded, Gathered(encoded, 0, 1), masks)
        apart = ids_apart(encoded, masks)
        assert apart is not None
        alone = float((encoded.contrasted & ~between.taken).sum())
        assert float(without_negative(encoded, apart)) == alone
        loss = (
            clip_pairs(unaligned, batch, encoded, settings, 3, apart=apart, bias=learned)
            if by_ids
            else clip_pairs_between(unaligned, batch, encoded, settings, 3, between=between, bias=learned)
        ).total
        leaves = [encoded.images, encoded.texts, unaligned.log_scale] + ([] if learned is None else [learned])
        results.append((loss.detach(), *torch.autograd.grad(loss, leaves)))
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(*results, strict=True))


def test_some_masks_cannot_be_told_by_ids() -> None:
    assert ids_apart(encoded_of(batch_of(SIZES)), Masks(("document", "text"))) is None
