"""The mean over documents, and how far other documents would have moved it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_DRAWS = 1000


@dataclass(frozen=True)
class Interval:
    """A mean and its 95 % interval; NaN where nothing was measured."""

    mean: float
    low: float
    high: float


def bootstrap_interval(values: NDArray[np.floating], seed: int = 0) -> Interval:
    """Return the mean of what was measured, with a percentile bootstrap interval (Efron 1979).

    Args:
        values: [n], one for each document; NaN where a document was not measured.
        seed: of the documents that are drawn.
    """
    measured = values[~np.isnan(values)]
    if not len(measured):
        return Interval(*[float("nan")] * 3)
    random = np.random.default_rng(seed)
    drawn = measured[random.integers(len(measured), size=(_DRAWS, len(measured)))].mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975]).tolist()
    return Interval(float(measured.mean()), low, high)
