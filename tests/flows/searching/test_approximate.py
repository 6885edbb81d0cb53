from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from flows.searching.approximate import nearest_in_index
from flows.searching.exact import nearest_rows
from flows.searching.vectors import Batch
from storage.errors import LooseleafError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "looseleaf" / "search"


def batches(count: int, seed: int = 0) -> Iterator[Batch]:
    draw = np.random.default_rng(seed)
    centres = draw.standard_normal((20, 8))
    vectors = (centres[draw.integers(20, size=count)] + 0.2 * draw.standard_normal((count, 8))).astype("f4")
    for start in range(0, count, 500):
        part = vectors[start : start + 500]
        rows = [{"image_id": None, "doc_id": "d", "position": start + index} for index in range(len(part))]
        yield rows, part


def test_finds_nearly_all_that_the_exact_search_finds() -> None:
    query = np.random.default_rng(1).standard_normal(8).astype("f4")
    exact = {row["position"] for _, row in nearest_rows(batches(4000), query, 20)}
    hits = nearest_in_index("v1", batches(4000), query, 20)
    assert len(exact & {row["position"] for _, row in hits}) >= 18
    scores = [score for score, _ in hits]
    assert scores == sorted(scores, reverse=True)


def test_the_index_is_kept_for_its_version_alone(cache: Path) -> None:
    query = np.ones(8, np.float32)
    first = nearest_in_index("v1", batches(300), query, 3)
    # The vectors are not read again.
    assert nearest_in_index("v1", iter(()), query, 3) == first
    assert nearest_in_index("v2", batches(300, seed=5), query, 3) != first
    assert len(list(cache.glob("*.faiss"))) == 2


def test_only_what_passes_is_found() -> None:
    query = np.ones(8, np.float32)
    hits = nearest_in_index("v", batches(300), query, 300, lambda row: row["position"] % 3 == 0)
    assert len(hits) > 50
    assert all(row["position"] % 3 == 0 for _, row in hits)


def test_nothing_is_stored() -> None:
    assert nearest_in_index("v", iter(()), np.ones(8, np.float32), 3) == []


def test_another_width_is_named() -> None:
    with pytest.raises(LooseleafError, match="of 5 numbers and the dataset's are of 8"):
        nearest_in_index("v", batches(100), np.ones(5, np.float32), 3)
