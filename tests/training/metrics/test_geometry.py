from __future__ import annotations

import numpy as np
import pytest

from storage.errors import LooseleafError
from training.metrics import geometry
from training.metrics.geometry import alignment, effective_rank, modality_gap, uniformity


def spread(count: int = 200, width: int = 6) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(count, width))


def test_the_gap_is_the_distance_of_the_means() -> None:
    vectors = spread()
    assert modality_gap(vectors, vectors) == 0
    assert modality_gap(np.array([[1.0, 0.0]]), np.array([[-2.0, 0.0]])) == pytest.approx(2)
    with_neutral = np.concatenate([vectors, np.zeros((50, 6))])
    assert modality_gap(with_neutral, vectors) == 0


def test_effective_rank_counts_directions() -> None:
    assert effective_rank(np.tile(np.eye(6), (10, 1))) == pytest.approx(6)
    assert effective_rank(np.tile(np.array([[1.0, 2.0, 3.0]]), (10, 1))) == pytest.approx(1)
    flat = spread()
    flat[:, 2:] = 0
    assert 1.5 < effective_rank(flat) <= 2 + 1e-9


def test_uniformity_equals_brute_force(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = spread(30)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    distance = np.square(units[:, None] - units[None]).sum(-1)
    wanted = np.log(np.exp(-2 * distance)[~np.eye(30, dtype=bool)].mean())
    assert uniformity(vectors) == pytest.approx(wanted)
    monkeypatch.setattr(geometry, "_BLOCK", 100)
    assert uniformity(vectors) == pytest.approx(wanted)
    assert uniformity(np.ones((5, 3))) == pytest.approx(0)


def test_alignment_of_equal_and_opposite_pairs() -> None:
    vectors = spread(10)
    index = np.arange(10)
    assert alignment(vectors, vectors, (index, index)) == 0
    assert alignment(vectors, -vectors, (index, index)) == pytest.approx(4)


def test_nan_is_refused_and_nothing_gives_nan() -> None:
    broken = np.full((2, 3), np.nan)
    with pytest.raises(LooseleafError, match="not finite"):
        modality_gap(broken, broken)
    with pytest.raises(LooseleafError, match="not finite"):
        effective_rank(broken)
    empty = np.zeros((0, 3))
    assert np.isnan(modality_gap(empty, empty))
    assert np.isnan(effective_rank(empty))
    assert np.isnan(uniformity(empty))
