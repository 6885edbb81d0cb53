"""What the table says of floor, ceiling and baselines."""

from __future__ import annotations

import math

import pytest
from scipy.stats import ttest_rel

from flows.bench.comparison import Seeds, best_baseline, compared, paired
from flows.bench.methods import methods_called


def _seeds(name: str, *values: float) -> Seeds:
    (method,) = methods_called([name])
    return Seeds(method, "pixels", [{"in_doc_auc": value, "in_doc_p_at_1": value / 2} for value in values])


def test_a_row_is_placed_between_floor_and_ceiling_and_beside_the_best_baseline() -> None:
    table = {
        "untrained/pixels": Seeds(None, "pixels", [{"in_doc_auc": 0.5, "in_doc_p_at_1": 0.1}] * 2),
        "clip_random/pixels": _seeds("clip_random", 0.5, 0.7),
        "mil_nce/pixels": _seeds("mil_nce", 0.7, 0.8),
        "unaligned/pixels": _seeds("unaligned", 0.8, 0.9),
        "clip_true/pixels": _seeds("clip_true", 0.9, 1.1),
    }
    assert best_baseline(table, "pixels") == "mil_nce/pixels"
    assert best_baseline(table, "words") is None
    found = compared(table)
    assert "untrained/pixels" not in found
    assert found["clip_random/pixels"]["in_doc_auc_way"] == 0
    assert found["clip_true/pixels"]["in_doc_p_at_1_way"] == 1
    assert found["unaligned/pixels"]["in_doc_auc_way"] == pytest.approx(0.625)
    assert found["unaligned/pixels"]["in_doc_auc_gain"] == pytest.approx(0.1)


def test_the_interval_is_that_of_the_paired_t_test() -> None:
    ours, theirs = [0.81, 0.84, 0.79, 0.86], [0.78, 0.80, 0.79, 0.80]
    interval = ttest_rel(ours, theirs).confidence_interval(0.95)
    assert paired(ours, theirs) == pytest.approx((0.0325, interval.low, interval.high))
    assert math.isnan(paired(ours[:1], theirs[:1])[1]), "one seed has no spread"


def test_gains_are_measured_against_a_method_that_is_named() -> None:
    table = {
        "mil_nce/pixels": _seeds("mil_nce", 0.9, 0.9),
        "unaligned_small/pixels": _seeds("unaligned_small", 0.6, 0.7),
        "unaligned_small_mined/pixels": _seeds("unaligned_small_mined", 0.7, 0.9),
    }
    found = compared(table, "unaligned_small")
    assert found["unaligned_small_mined/pixels"]["in_doc_auc_gain"] == pytest.approx(0.15)
    assert found["unaligned_small/pixels"]["in_doc_auc_gain"] == 0
    assert best_baseline(table, "pixels", "unaligned_small") == "unaligned_small/pixels"
    assert best_baseline(table, "words", "unaligned_small") is None
