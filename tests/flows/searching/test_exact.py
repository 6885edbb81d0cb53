from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.searching.exact import nearest_rows
from storage.errors import LooseleafError


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


def test_only_what_passes_is_found() -> None:
    vectors = np.eye(4, dtype=np.float32)
    batches = [([{"row": index} for index in range(4)], vectors)]
    found = nearest_rows(iter(batches), vectors[0], 4, lambda row: row["row"] % 2 == 1)
    assert [row["row"] for _, row in found] == [1, 3]


def test_another_width_is_named() -> None:
    batches = [([{"row": 0}], np.ones((1, 3), np.float32))]
    with pytest.raises(LooseleafError, match="of 2 numbers and the dataset's are of 3"):
        nearest_rows(iter(batches), np.ones(2, np.float32), 1)
