"""Probabilities that can be believed, and such that cannot."""

from __future__ import annotations

import math

import numpy as np
import pytest

from training.units.calibration import calibration_error


def test_probabilities_that_hold_have_no_error_and_surer_ones_do() -> None:
    draw = np.random.default_rng(0)
    images, columns = 20_000, 4
    chance = draw.dirichlet(np.ones(columns), images)
    linked = (chance.cumsum(axis=1) < draw.random((images, 1))).sum(axis=1).clip(max=columns - 1)
    truth = (np.arange(columns) == linked[:, None]).ravel()
    rows = np.repeat(np.arange(images), columns)
    assert calibration_error(chance.ravel(), truth, rows) < 0.02
    surer = chance**3 / (chance**3).sum(axis=1, keepdims=True)
    # What is right is the same columns; their probability is what grew.
    grown = surer.max(axis=1).mean() - chance.max(axis=1).mean()
    assert calibration_error(surer.ravel(), truth, rows) == pytest.approx(grown, abs=0.02)


def test_rows_that_ask_nothing_do_not_count() -> None:
    rows = np.array([0, 0, 1, 1, 2, 2])
    truth = np.array([True, True, False, False, True, False])
    told = np.array([0.5, 0.5, 0.9, 0.1, 0.7, 0.3])
    assert calibration_error(told, truth, rows) == pytest.approx(0.3)
    assert math.isnan(calibration_error(told[:4], truth[:4], rows[:4]))
