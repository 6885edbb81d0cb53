"""Counts of k-occurrence equal a naive loop; ties win nothing; a hub is seen."""

from __future__ import annotations

import numpy as np
import pytest

from storage.errors import LooseleafError
from training.metrics.hubs import hubs_of


def _vectors(count: int, seed: int, width: int = 8) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, width))


def test_occurrences_equal_a_naive_loop() -> None:
    queries, targets = _vectors(40, 0), _vectors(120, 1)
    found = hubs_of(queries, targets)
    counts = np.zeros(len(targets))
    for query in queries:
        cosines = targets @ query / np.linalg.norm(targets, axis=1)
        counts[np.argsort(-cosines)[:10]] += 1
    assert found.neighbours == 10
    np.testing.assert_allclose(found.occurrences, counts)
    assert found.largest_share == pytest.approx(counts.max() / len(queries))
    third = ((counts - counts.mean()) ** 3).mean() / counts.std() ** 3
    assert found.skewness == pytest.approx(third)


@pytest.mark.parametrize(("targets", "neighbours"), [(5, 1), (49, 4), (100, 10), (500, 10)])
def test_few_targets_have_few_neighbours(targets: int, neighbours: int) -> None:
    found = hubs_of(_vectors(30, 0), _vectors(targets, 1))
    assert found.neighbours == neighbours
    assert found.occurrences.sum() == pytest.approx(30 * neighbours)


def test_equal_targets_share_their_places() -> None:
    found = hubs_of(_vectors(30, 0), np.ones((50, 8)))
    np.testing.assert_allclose(found.occurrences, 30 * 5 / 50)
    assert found.skewness == pytest.approx(0)
    assert found.largest_share == pytest.approx(5 / 50)


def test_a_target_near_to_all_is_a_hub() -> None:
    queries, targets = _vectors(60, 0), _vectors(200, 1)
    queries[:, 0] += 4
    plain = hubs_of(queries, targets)
    targets[17] = np.eye(8)[0]
    found = hubs_of(queries, targets)
    assert found.largest_share > 0.95 > plain.largest_share
    assert int(np.argmax(found.occurrences)) == 17
    assert found.skewness > plain.skewness


def test_order_and_length_of_vectors_change_nothing() -> None:
    queries, targets = _vectors(30, 0), _vectors(110, 1)
    order = np.random.default_rng(2).permutation(len(targets))
    there, back = hubs_of(queries, targets), hubs_of(3 * queries, 0.5 * targets[order])
    np.testing.assert_allclose(back.occurrences, there.occurrences[order])


def test_nan_is_refused() -> None:
    with pytest.raises(LooseleafError, match="not finite"):
        hubs_of(np.full((3, 2), np.nan), _vectors(20, 0, 2))
    with pytest.raises(LooseleafError, match="not finite"):
        hubs_of(_vectors(20, 0, 2), np.full((3, 2), np.inf))
