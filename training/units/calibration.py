"""How far the probabilities of links can be believed."""

from __future__ import annotations

import math

import numpy as np

from training.metrics.checks import Booleans, Floats, Integers
from training.metrics.links import truth_of_highest

_BINS = 10


def calibration_error(probabilities: Floats, truth: Booleans, rows: Integers) -> float:
    """Return how far the probability of each row's best column is from how often it is right, 0 to 1.

    The expected calibration error of Guo et al. 2017 ("On Calibration of Modern Neural Networks"): rows in
    ten bins by their highest probability, in each the distance between its mean and the share that is right,
    averaged over rows. Rows without a link, or with links alone, are left out; NaN where none is left.

    Args:
        probabilities: [n], 0 to 1.
        truth: bool [n].
        rows: int64 [n], the row of each pair, for instance of an image, from 0.
    """
    count = int(rows.max(initial=-1)) + 1
    links = np.bincount(rows, weights=truth, minlength=count)
    asked = (links > 0) & (links < np.bincount(rows, minlength=count))
    if not asked.any():
        return math.nan
    highest = np.zeros(count)
    np.maximum.at(highest, rows, probabilities)
    right = truth_of_highest(np.asarray(probabilities, dtype=np.float64), truth, rows, count)
    bins = np.minimum((highest[asked] * _BINS).astype(np.int64), _BINS - 1)
    apart = np.bincount(bins, weights=highest[asked] - right[asked], minlength=_BINS)
    return float(np.abs(apart).sum() / asked.sum())
