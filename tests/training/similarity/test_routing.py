from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from tests.training.ragged_samples import SIZES, sets_of
from training import ragged
from training.ragged import Sets
from training.similarity.routing import Routing, route_within

WIDTH = 4


def trained_router(dtype: torch.dtype = torch.float64) -> Routing:
    """A router whose parameters are no longer what they start as."""
    torch.manual_seed(0)
    router = Routing(WIDTH, temperature=0.3).to(dtype)
    with torch.no_grad():
        for parameter in router.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return router


def documents() -> tuple[Sets, Sets]:
    images, texts = sets_of([m for m, _ in SIZES], WIDTH, 1), sets_of([n for _, n in SIZES], WIDTH, 2)
    images.vectors.requires_grad_()
    texts.vectors.requires_grad_()
    return images, texts


def routed_in_a_loop(router: Routing, images: Sets, texts: Sets) -> Tensor:
    """The definition, one text and one document after the other."""
    lines = []
    for b in range(len(images)):
        line = []
        for c in range(len(texts)):
            seen = images.vectors[images.offsets[b] : images.offsets[b + 1]]
            read = texts.vectors[texts.offsets[c] : texts.offsets[c + 1]]
            scores = []
            for text in read if len(seen) else ():
                logits = torch.cat([seen @ (text @ router.ask), (text @ router.null_key)[None]])
                logits = logits / router.temperature
                logits = torch.cat([logits[:-1], logits[-1:] + router.null_bias])
                routed = logits.softmax(0) @ torch.cat([seen, router.null_value[None]])
                scores.append(routed @ text / routed.norm())  # the text is a unit vector
            line.append(torch.stack(scores).mean() if scores else images.vectors.sum() * 0)
        lines.append(torch.stack(line))
    return torch.stack(lines)


@pytest.mark.parametrize("block_pairs", [1, 40, 1 << 20])
def test_packed_equals_a_plain_loop_with_gradients(block_pairs: int) -> None:
    images, texts = documents()
    router = trained_router()
    inputs = (images.vectors, texts.vectors, *router.parameters())
    packed = router(images, texts, block_pairs=block_pairs)
    looped = routed_in_a_loop(router, images, texts)
    assert torch.allclose(packed, looped, atol=1e-10)
    weights = torch.linspace(-1, 1, packed.numel(), dtype=packed.dtype).view_as(packed)
    found = torch.autograd.grad((packed * weights).sum(), inputs)
    wanted = torch.autograd.grad((looped * weights).sum(), inputs)
    assert all(torch.allclose(a, b, atol=1e-9) for a, b in zip(found, wanted, strict=True))


def test_gradcheck() -> None:
    images, texts = sets_of([2, 0, 1], WIDTH, 1), sets_of([1, 2, 0], WIDTH, 2)
    images.vectors.requires_grad_()
    texts.vectors.requires_grad_()
    router = trained_router()

    def similarity(seen: Tensor, read: Tensor) -> Tensor:
        sets = replace(images, vectors=seen), replace(texts, vectors=read)
        return router(*sets, block_pairs=4)  # type: ignore[no-any-return]

    assert torch.autograd.gradcheck(similarity, (images.vectors, texts.vectors))


def test_the_text_decides_what_is_routed() -> None:
    images = Sets(torch.eye(WIDTH)[:2], torch.tensor([0, 2]))
    texts = Sets(torch.eye(WIDTH)[:2], torch.tensor([0, 1, 2]))
    attention = route_within(Routing(WIDTH), images, Sets(texts.vectors, torch.tensor([0, 2]))).attention
    assert attention.view(2, 2).argmax(0).tolist() == [0, 1]
    assert (Routing(WIDTH)(images, texts) > 0.99).all()


def test_shares_and_null_sum_to_one_and_equal_a_loop() -> None:
    images, texts = documents()
    router = trained_router()
    routes = route_within(router, images, texts, block_pairs=8)
    _, columns, _ = ragged.own_pairs(images.offsets, texts.offsets)
    total = ragged.segment_sum(routes.attention, columns, len(texts.vectors)) + routes.null
    assert torch.allclose(total, torch.ones_like(total))
    assert (routes.null[3:5] == 1).all(), "texts of a document without images go nowhere"
    logits = images.vectors[:2] @ (texts.vectors[0] @ router.ask)
    null = texts.vectors[0] @ router.null_key
    wanted = (
        torch.cat([logits, null[None]]) / router.temperature
        + torch.stack([torch.zeros(()), torch.zeros(()), router.null_bias])
    ).softmax(0)
    assert torch.allclose(routes.attention[[0, 3]], wanted[:2])
    empty = sets_of([0, 0], WIDTH, 0)
    assert route_within(router, empty, empty).attention.shape == (0,)


def test_empty_sets_score_zero_and_nothing_is_nan() -> None:
    images, texts = documents()
    similarity = trained_router()(images, texts)
    assert (similarity[[1, 4]] == 0).all()
    assert (similarity[:, [3, 4]] == 0).all()
    found = torch.autograd.grad(similarity.sum(), (images.vectors, texts.vectors))
    assert all(g.isfinite().all() for g in found)
    assert trained_router()(sets_of([], WIDTH, 0), texts).shape == (0, 7)


def test_order_within_a_set_and_of_documents_changes_nothing() -> None:
    images, texts = documents()
    router = trained_router()
    before = router(images, texts)
    order = torch.tensor([5, 2, 0, 6, 1, 4, 3])
    rows, row_offsets = ragged.select_rows(images.offsets, order)
    columns, column_offsets = ragged.select_rows(texts.offsets, order)
    rows[:4] = rows[:4].flip(0)
    moved = Sets(images.vectors[rows], row_offsets), Sets(texts.vectors[columns], column_offsets)
    assert torch.allclose(router(*moved), before[order][:, order], atol=1e-12)


def test_a_text_that_no_image_shows_learns_to_go_to_the_null() -> None:
    images, texts = sets_of([3], WIDTH, 1), sets_of([2], WIDTH, 2)
    router = Routing(WIDTH)
    with torch.no_grad():
        router.null_bias.fill_(50.0)
        router.null_value.copy_(texts.vectors[0])
    assert route_within(router.double(), images, texts).null.min() > 0.999
    lone = Sets(texts.vectors[:1], torch.tensor([0, 1]))
    assert torch.allclose(router(images, lone), torch.ones(1, 1, dtype=torch.float64))
