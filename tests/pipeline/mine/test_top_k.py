from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.mine import top_k
from pipeline.mine.top_k import CEILING, Exclusion, KeyBlock, blockwise_top_k, top_k_of_blocks


def brute_force(scores: np.ndarray, k: int) -> list[list[int]]:
    return [
        [int(j) for j in np.lexsort((np.arange(len(row)), -row)) if np.isfinite(row[j])][:k] for row in scores
    ]


# Small whole numbers: inner products are exact and full of ties.
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), k=st.integers(1, 12), block_rows=st.integers(1, 40))
def test_blocks_equal_brute_force(seed: int, k: int, block_rows: int) -> None:
    draw = np.random.default_rng(seed)
    n_queries, n_keys = draw.integers(1, 20), draw.integers(0, 60)
    queries = draw.integers(-2, 3, (n_queries, 3)).astype(np.float32)
    keys = draw.integers(-2, 3, (n_keys, 3)).astype(np.float32)
    of_query, of_unit = draw.integers(0, 5, n_queries), draw.integers(0, 5, n_keys)
    ceilings = np.where(draw.random(n_queries) < 0.5, 3.0, np.nan).astype(np.float32)
    scores = queries @ keys.T
    same = of_query[:, None] == of_unit[None, :]
    above = ~same & (scores > ceilings[:, None])
    expected = brute_force(np.where(same | above, -np.inf, scores), k)

    exclusions = [Exclusion("same", of_query, of_unit)]
    found = blockwise_top_k(queries, keys, k, block_rows, exclusions=exclusions, ceilings=ceilings)
    assert [[int(u) for u in row if u >= 0] for row in found.units] == expected
    assert found.refused["same"] == same.sum()
    assert found.refused[CEILING] == above.sum()
    for row, units, values in zip(scores, found.units, found.scores, strict=True):
        np.testing.assert_array_equal(values[units >= 0], row[units[units >= 0]])


def test_the_order_of_blocks_does_not_matter() -> None:
    draw = np.random.default_rng(0)
    queries = draw.integers(-2, 3, (9, 4)).astype(np.float32)
    keys = draw.integers(-2, 3, (50, 4)).astype(np.float32)
    whole = blockwise_top_k(queries, keys, 7, 50)
    for size in (3, 11, 49):
        starts = draw.permutation(np.arange(0, 50, size))
        blocks = [KeyBlock(np.arange(s, min(s + size, 50)), keys[s : s + size]) for s in starts]
        found = top_k_of_blocks(queries, blocks, 7)
        np.testing.assert_array_equal(found.units, whole.units)


@pytest.mark.parametrize(("scores", "queries", "waiting"), [(40, 31, 0.5), (40, 7, 0.0), (10_000, 4, 1e9)])
def test_slices_and_waiting_change_nothing(
    scores: int, queries: int, waiting: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = np.random.default_rng(0)
    asked = draw.integers(-2, 3, (31, 4)).astype(np.float32)
    keys = draw.integers(-2, 3, (50, 4)).astype(np.float32)
    whole = blockwise_top_k(asked, keys, 5, 16)
    monkeypatch.setattr(top_k, "_SCORES_AT_ONCE", scores)
    monkeypatch.setattr(top_k, "_QUERIES_AT_ONCE", queries)
    monkeypatch.setattr(top_k, "_WAITING", waiting)
    found = blockwise_top_k(asked, keys, 5, 16)
    np.testing.assert_array_equal(found.units, whole.units)
    np.testing.assert_array_equal(found.scores, whole.scores)


@pytest.mark.parametrize("spread", [3, 1000])  # full of ties, and without
def test_many_strips_equal_brute_force(spread: int) -> None:
    draw = np.random.default_rng(0)
    queries = draw.integers(-spread, spread + 1, (9, 3)).astype(np.float32)
    keys = draw.integers(-spread, spread + 1, (1000, 3)).astype(np.float32)
    found = blockwise_top_k(queries, keys, 7, 300)
    assert found.units.tolist() == brute_force(queries @ keys.T, 7)
