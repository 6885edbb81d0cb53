from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from tests.training.ragged_samples import SIZES, sets_of
from tests.training.similarity.forms import CASES, SCALE, WIDTH, documents, whole_own
from training import ragged
from training.ragged import Sets
from training.similarity.base import CosineForm
from training.similarity.late_interaction import LateInteraction, UnitSets
from training.similarity.mean import Mean

FORMS = sorted(set(CASES) - {"late_interaction"})


def units(of_images: bool) -> UnitSets:
    """The sample's documents, whose units have 0 to 3 tokens."""
    counts = [pair[0 if of_images else 1] for pair in SIZES]
    sizes = [(2 * k + of_images) % 4 for k in range(sum(counts))]
    tokens = sets_of(sizes, WIDTH, 4 + of_images)
    tokens.vectors.requires_grad_()
    return UnitSets(tokens, ragged.offsets_of(torch.tensor(counts)))


def _tokens(sets: UnitSets, unit: int) -> Tensor:
    begins = sets.tokens.offsets
    return sets.tokens.vectors[begins[unit] : begins[unit + 1]]


def max_sim(images: UnitSets, texts: UnitSets) -> Tensor:
    """Each pair of units after the other."""
    lines = []
    for u in range(len(images.tokens)):
        line = []
        for v in range(len(texts.tokens)):
            products = _tokens(images, u) @ _tokens(texts, v).T
            if products.numel():
                line.append((products.max(1).values.mean() + products.max(0).values.mean()) / 2)
            else:
                line.append(images.tokens.vectors.sum() * 0)
        lines.append(torch.stack(line))
    return torch.stack(lines)


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("block_pairs", [1, 100, 1 << 20])
def test_it_is_the_form_over_the_units_similarities(name: str, block_pairs: int) -> None:
    images, texts = units(True), units(False)
    form = CASES[name].build()
    assert isinstance(form, CosineForm)
    found = LateInteraction(form)(images, texts, scale=SCALE, block_pairs=block_pairs)
    similarities = max_sim(images, texts)
    rows, columns = ragged.segment_ids(images.offsets), ragged.segment_ids(texts.offsets)
    ones = torch.ones(len(rows), len(columns), dtype=torch.float64)
    for b in range(len(images)):
        for c in range(len(texts)):
            of_pair = similarities[rows == b][:, columns == c]
            flat = ones[rows == b][:, columns == c]
            wanted = CASES[name].definition(of_pair, flat, flat) if of_pair.numel() else torch.zeros(())
            assert torch.allclose(found[b, c], wanted.double(), atol=1e-9)


def test_gradients_are_those_of_the_loop() -> None:
    images, texts = units(True), units(False)
    inputs = (images.tokens.vectors, texts.tokens.vectors)
    found = LateInteraction(Mean())(images, texts, block_pairs=30)
    similarities = max_sim(images, texts)
    per_set = ragged.segment_mean(similarities, ragged.segment_ids(images.offsets), len(images))
    looped = ragged.segment_mean(per_set.T.contiguous(), ragged.segment_ids(texts.offsets), len(texts)).T
    weights = torch.linspace(-1, 1, found.numel(), dtype=torch.float64).view_as(found)
    first = torch.autograd.grad((found * weights).sum(), inputs)
    second = torch.autograd.grad((looped * weights).sum(), inputs)
    assert all(torch.allclose(a, b, atol=1e-10) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("name", FORMS)
def test_units_of_one_token_are_plain_vectors(name: str) -> None:
    images, texts, prior = documents()
    own = whole_own(images, texts, prior)
    form = CASES[name].build()
    assert isinstance(form, CosineForm)
    late = LateInteraction(form)(images, texts, own, scale=SCALE, block_pairs=20)
    assert torch.allclose(late, form(images, texts, own, scale=SCALE), atol=1e-12)


def test_a_token_that_repeats_and_the_order_of_tokens_change_nothing_but_their_share() -> None:
    images, texts = units(True), units(False)
    before = LateInteraction(Mean())(images, texts)
    turned = torch.cat([torch.arange(b, a).flip(0) for b, a in _runs(images.tokens)])
    moved = replace(images, tokens=Sets(images.tokens.vectors[turned], images.tokens.offsets))
    assert torch.allclose(LateInteraction(Mean())(moved, texts), before, atol=1e-12)
    twice = torch.cat([torch.arange(b, a).repeat(2) for b, a in _runs(images.tokens)])
    doubled = replace(images, tokens=Sets(images.tokens.vectors[twice], images.tokens.offsets * 2))
    assert torch.allclose(LateInteraction(Mean())(doubled, texts), before, atol=1e-12)


def _runs(tokens: Sets) -> list[tuple[int, int]]:
    return list(zip(tokens.offsets[:-1].tolist(), tokens.offsets[1:].tolist(), strict=True))
