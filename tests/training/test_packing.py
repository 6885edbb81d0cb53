"""Batches by a budget: every document once, never above it, blocks whole, lengths alike, reproducible."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.order import Order, share_of
from training.packing import Budget, packed


def _blocks(draw: np.random.Generator, documents: int, most: int) -> tuple[np.ndarray, ...]:
    ends = np.unique(np.append(np.cumsum(draw.integers(1, most + 1, documents)), documents))
    ends = ends[ends <= documents]
    return tuple(np.split(np.arange(documents), ends[:-1]))


@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 10_000), documents=st.integers(2, 120), most=st.integers(1, 12), mined=st.booleans()
)
def test_an_epoch_within_its_budget(seed: int, documents: int, most: int, mined: bool) -> None:
    draw = np.random.default_rng(seed)
    blocks, sizes = _blocks(draw, documents, most), draw.integers(2, 33, documents)
    order = Order(blocks, 2, mined, budget=Budget(64, sizes, by_length=bool(seed % 2)))
    batches = order.epoch(seed, 1)
    assert sorted(np.concatenate(batches).tolist()) == list(range(documents))
    assert max(sizes[batch].sum() for batch in batches) <= 64
    if min(map(len, batches)) == 1:
        assert max(map(len, batches)) <= 2
    again = order.epoch(seed, 1)
    assert all(np.array_equal(one, other) for one, other in zip(batches, again, strict=True))


def test_blocks_that_fit_stay_whole() -> None:
    draw = np.random.default_rng(0)
    blocks, sizes = _blocks(draw, 200, 6), draw.integers(2, 11, 200)
    batches = Order(blocks, 2, mined=True, budget=Budget(100, sizes)).epoch(0, 0)
    held = [set(batch.tolist()) for batch in batches]
    assert all(any(set(block.tolist()) <= batch for batch in held) for block in blocks)
    assert len(batches) <= 1.5 * sizes.sum() / 100, "budgets are used"


def test_a_block_above_the_budget_is_cut() -> None:
    sizes = np.full(10, 20)
    batches = packed([np.arange(10)], Budget(60, sizes))
    assert sorted(map(len, batches)) == [2, 2, 3, 3]


@pytest.mark.parametrize("mined", [True, False])
def test_documents_of_similar_length_meet(mined: bool) -> None:
    draw = np.random.default_rng(1)
    sizes = np.minimum(2 + draw.lognormal(2.5, 1.0, 600).astype(np.int64), 48)
    blocks = _blocks(draw, 600, 4)
    spread = []
    for by_length in (True, False):
        batches = Order(blocks, 2, mined, budget=Budget(256, sizes, by_length)).epoch(3, 0)
        spread.append(np.mean([sizes[batch].std() for batch in batches]))
    assert spread[0] < (0.93 if mined else 0.5) * spread[1]


def test_workers_get_equal_work() -> None:
    draw = np.random.default_rng(2)
    sizes = np.minimum(2 + draw.lognormal(2.5, 1.0, 600).astype(np.int64), 48)
    blocks = _blocks(draw, 600, 4)
    for batch in Order(blocks, 2, budget=Budget(256, sizes)).epoch(0, 0)[:-1]:
        work = [sizes[share_of(batch, sizes[batch].tolist(), rank, 2)].sum() for rank in range(2)]
        assert max(work) - min(work) <= sizes[batch].max()
