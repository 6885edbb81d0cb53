"""The order of documents: every one once an epoch, resumable, the same whatever the number of workers."""

from itertools import islice

import numpy as np
import pytest

from training.checkpoint import Cursor
from training.order import Order, batches_from, share_of

BLOCKS = tuple(
    np.arange(start, start + size) for start, size in [(0, 8), (8, 8), (16, 3), (19, 8), (27, 8), (35, 2)]
)


@pytest.mark.parametrize("mined", [True, False])
def test_an_epoch_holds_each_document_once_in_batches_of_like_size(mined: bool) -> None:
    order = Order(BLOCKS, 10, mined)
    batches = order.epoch(seed=1, epoch=0)
    assert sorted(np.concatenate(batches).tolist()) == list(range(37))
    assert all(5 <= len(batch) <= 20 for batch in batches)


def test_mined_blocks_stay_whole() -> None:
    batches = [set(batch.tolist()) for batch in Order(BLOCKS, 10).epoch(0, 0)]
    assert all(any(set(block.tolist()) <= batch for batch in batches) for block in BLOCKS)


def test_epochs_and_seeds_differ_and_repeat() -> None:
    order = Order(BLOCKS, 10, mined=False)
    first, again = order.epoch(3, 0), order.epoch(3, 0)
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert any(a.tolist() != b.tolist() for a, b in zip(first, order.epoch(3, 1), strict=True))
    assert any(a.tolist() != b.tolist() for a, b in zip(first, order.epoch(4, 0), strict=True))


def test_few_documents_make_one_batch() -> None:
    assert [batch.tolist() for batch in Order((np.arange(3),), 32).epoch(0, 0)] == [[0, 1, 2]]


def test_no_batch_holds_one_document() -> None:
    blocks = (np.arange(8), np.array([8]), np.array([9]), np.arange(10, 18))
    for seed in range(20):
        batches = Order(blocks, 2).epoch(seed, 0)
        assert sorted(np.concatenate(batches).tolist()) == list(range(18))
        assert min(map(len, batches)) >= 2


def test_going_on_from_any_cursor_gives_the_rest() -> None:
    order = Order(BLOCKS, 10)
    whole = list(islice(batches_from(order, Cursor(seed=5)), 12))
    assert whole[-1][0].epoch > 1
    for at, (cursor, _) in enumerate(whole):
        rest = list(islice(batches_from(order, cursor), 11 - at))
        assert [c for c, _ in rest] == [c for c, _ in whole[at + 1 :]]
        assert all((a == b).all() for (_, a), (_, b) in zip(rest, whole[at + 1 :], strict=True))


@pytest.mark.parametrize("workers", [1, 2, 3, 7])
def test_workers_share_a_batch_evenly(workers: int) -> None:
    documents = np.array([3, 5, 8, 9, 20])
    sizes = [100, 1, 40, 61, 2]
    shares = [share_of(documents, sizes, rank, workers) for rank in range(workers)]
    assert sorted(np.concatenate(shares).tolist()) == documents.tolist()
    if workers == 2:
        assert [share.tolist() for share in shares] == [[3, 20], [5, 8, 9]]


def test_pieces_of_blocks_meet_in_the_share_that_is_asked_for() -> None:
    blocks = tuple(np.arange(start, start + 8) for start in range(0, 800, 8))

    def together(share: float) -> float:
        """The share of the documents that meet another one of their block in their batch."""
        met = 0
        for batch in Order(blocks, 20, together=2, share=share).epoch(0, 0):
            _, counts = np.unique(batch // 8, return_counts=True)
            met += int(counts[counts > 1].sum())
        return met / 800

    assert together(1.0) == 1
    assert together(0.0) < 0.3
    assert together(0.0) + 0.2 < together(0.5) < 0.9


def test_a_block_is_cut_anew_each_epoch() -> None:
    order = Order((np.arange(8), np.arange(8, 16)), 2, together=2)
    first, second = ({tuple(batch.tolist()) for batch in order.epoch(0, epoch)} for epoch in (0, 1))
    assert first != second
    assert all(a // 8 == b // 8 for a, b in first | second)
