from dataclasses import replace

import numpy as np
import pytest

from tests.training.units.units_samples import noisy_parts
from training.evaluation.contributions import contributions
from training.metrics.links import document_auc_dc, link_metrics
from training.units.weights import layout_weights


def test_each_part_adds_what_is_lost_without_it() -> None:
    problem, parts, truth = noisy_parts({"good": 0.5, "poor": 0.9, "none": 50.0}, documents=120)
    problem = replace(problem, truth=truth)
    found = contributions(problem, parts, layout_weights(problem, parts, truth))
    assert found["good"].low > 0
    assert found["good"].mean > found["poor"].mean
    assert found["none"].low <= 0.002
    assert all(each.low <= each.mean <= each.high for each in found.values())


def test_the_mean_over_documents_is_the_metric() -> None:
    problem, parts, truth = noisy_parts({"some": 1.0})
    offsets = problem.image_offsets, problem.column_offsets
    each = document_auc_dc(parts[0].scores, truth, *offsets)
    assert np.nanmean(each) == pytest.approx(link_metrics(parts[0].scores, truth, *offsets).auc_dc)
    assert np.isnan(document_auc_dc(parts[0].scores, np.zeros_like(truth), *offsets)).all()
