"""Scales matched apart: the definition in a loop, and what the weights can do."""

from __future__ import annotations

import torch
from torch import Tensor

from tests.training.ragged_samples import SIZES
from tests.training.token_samples import unit_tokens
from training import ragged
from training.ragged import Sets
from training.similarity.late_interaction import LateInteraction, ScaleWeights, UnitSets
from training.similarity.smooth_chamfer import SmoothChamfer
from training.unit_tokens import UnitTokens, merged, one_each


def units(of_images: bool, *, whole: bool = True) -> UnitSets:
    """The sample's documents; each unit has its whole, some have tokens of one or two more scales."""
    sizes = torch.tensor([pair[0 if of_images else 1] for pair in SIZES])
    count = int(sizes.sum())
    parts = [unit_tokens(count, 5, 3 + of_images, torch.float64)]
    if whole:
        parts.insert(0, one_each(torch.randn(count, 5, dtype=torch.float64)))
    tokens = merged(parts)
    vectors = ragged.unit(tokens.vectors).requires_grad_()
    return UnitSets(Sets(vectors, tokens.offsets), ragged.offsets_of(sizes), tokens.scales)


def weights() -> ScaleWeights:
    made = ScaleWeights().double()
    with torch.no_grad():
        made.logits.copy_(torch.linspace(-0.1, 0.1, 9).view(3, 3))
    return made


def in_a_loop(images: UnitSets, texts: UnitSets, table: Tensor) -> Tensor:
    """The similarity of each two units, one pair of scales after the other."""

    def tokens(sets: UnitSets, unit: int, scale: int) -> Tensor:
        rows = slice(int(sets.tokens.offsets[unit]), int(sets.tokens.offsets[unit + 1]))
        assert sets.scales is not None
        return sets.tokens.vectors[rows][sets.scales[rows] == scale]

    lines = []
    for u in range(len(images.tokens)):
        for v in range(len(texts.tokens)):
            total, weight = images.tokens.vectors.sum() * 0, table.sum() * 0
            for a in range(3):
                for b in range(3):
                    products = tokens(images, u, a) @ tokens(texts, v, b).T
                    if products.numel():
                        best = products.max(1).values.mean() + products.max(0).values.mean()
                        total, weight = total + table[a, b] * best / 2, weight + table[a, b]
            lines.append(total / weight if float(weight.detach()) > 0 else total)
    return torch.stack(lines).view(len(images.tokens), len(texts.tokens))


def test_it_is_the_weighted_mean_over_scales_in_blocks_of_any_size() -> None:
    for whole in (True, False):
        images, texts, learned = units(True, whole=whole), units(False, whole=whole), weights()
        table = learned()
        similarities = in_a_loop(images, texts, table)
        leaves = [images.tokens.vectors, texts.tokens.vectors, learned.logits]
        looped = _over_sets(similarities, images, texts)
        factors = torch.linspace(-1, 1, looped.numel(), dtype=torch.float64).view_as(looped)
        wanted = torch.autograd.grad((looped * factors).sum(), leaves)
        for block_pairs in (1, 100, 1 << 20):
            found = LateInteraction(SmoothChamfer(5.0), learned)(images, texts, block_pairs=block_pairs)
            torch.testing.assert_close(found, looped, atol=1e-9, rtol=0)
            gradients = torch.autograd.grad((found * factors).sum(), leaves)
            for gradient, expected in zip(gradients, wanted, strict=True):
                torch.testing.assert_close(gradient, expected, atol=1e-9, rtol=0)


def _over_sets(similarities: Tensor, images: UnitSets, texts: UnitSets) -> Tensor:
    rows, columns = ragged.segment_ids(images.offsets), ragged.segment_ids(texts.offsets)
    lines = []
    for b in range(len(images)):
        for c in range(len(texts)):
            part = similarities[rows == b][:, columns == c]
            if not part.numel():
                lines.append(similarities.sum() * 0)
                continue
            forth = (5 * part).exp().mean(1).log().mean()
            back = (5 * part).exp().mean(0).log().mean()
            lines.append((forth + back) / 10)
    return torch.stack(lines).view(len(images), len(texts))


def test_all_weight_on_the_wholes_leaves_the_form_over_single_vectors() -> None:
    images, texts, learned = units(True), units(False), ScaleWeights().double()
    with torch.no_grad():
        learned.logits[0, 0] = 80.0
    first = [Sets(_wholes(sets), sets.offsets) for sets in (images, texts)]
    found = LateInteraction(SmoothChamfer(5.0), learned)(images, texts)
    torch.testing.assert_close(found, SmoothChamfer(5.0)(*first), atol=1e-12, rtol=0)


def _wholes(sets: UnitSets) -> Tensor:
    assert sets.scales is not None
    return sets.tokens.vectors[sets.scales == 0]


def test_the_order_of_tokens_changes_nothing() -> None:
    images, texts, learned = units(True), units(False), weights()
    before = LateInteraction(SmoothChamfer(5.0), learned)(images, texts)
    assert images.scales is not None
    owner = ragged.segment_ids(images.tokens.offsets)
    order = torch.argsort(owner * 100 - torch.arange(len(owner)))
    turned = UnitTokens(images.tokens.vectors[order], images.tokens.offsets, images.scales[order])
    moved = UnitSets(Sets(turned.vectors, turned.offsets), images.offsets, turned.scales)
    torch.testing.assert_close(LateInteraction(SmoothChamfer(5.0), learned)(moved, texts), before)
