"""The interval holds the truth about as often as it says, and needs no order."""

from __future__ import annotations

import numpy as np
import pytest

from training.evaluation.interval import bootstrap_interval


def test_it_holds_the_truth_as_often_as_it_says() -> None:
    random = np.random.default_rng(0)
    found = [bootstrap_interval(random.normal(0.6, 0.2, size=80), seed) for seed in range(150)]
    held = np.mean([one.low <= 0.6 <= one.high for one in found])
    assert 0.88 <= held <= 0.99
    assert all(one.low <= one.mean <= one.high for one in found)


def test_what_was_not_measured_is_left_out() -> None:
    values = np.array([0.2, np.nan, 0.4, np.nan])
    found = bootstrap_interval(values)
    assert found == bootstrap_interval(np.array([0.2, 0.4]))
    assert found.mean == pytest.approx(0.3)
    assert np.isnan(bootstrap_interval(np.full(3, np.nan)).mean)
    assert bootstrap_interval(np.full(9, 0.7)).low == pytest.approx(0.7)
