from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.searching import nearest_rows


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 40), st.integers(1, 9), st.integers(1, 7), st.integers(0, 2**32 - 1))
def test_batches_change_nothing(rows: int, top: int, size: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    vectors = draw.standard_normal((rows, 5)).astype(np.float32)
    query = draw.standard_normal(5).astype(np.float32)
    names = [{"row": row} for row in range(rows)]
    batches = ((names[start : start + size], vectors[start : start + size]) for start in range(0, rows, size))
    found = nearest_rows(batches, query, top)
    cosines = vectors @ query / (np.linalg.norm(vectors, axis=1) * np.linalg.norm(query))
    expected = np.argsort(-cosines)[:top]
    assert [row["row"] for _, row in found] == expected.tolist()
    np.testing.assert_allclose([score for score, _ in found], cosines[expected], atol=1e-5)


def test_of_equal_rows_the_first_wins() -> None:
    vectors = np.ones((3, 2), dtype=np.float32)
    batches = [([{"row": index}], vectors[index : index + 1]) for index in range(3)]
    assert [row["row"] for _, row in nearest_rows(iter(batches), vectors[0], 2)] == [0, 1]
