"""A document's numbers as a vector: for each dimension how large what it prints is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.numbers.quantities import UNITS, Quantity

DIMENSIONS = tuple(dict.fromkeys(unit.dimension for unit in UNITS.values()))
#: Of each dimension: the logarithms of these, and whether there is any number at all.
STATISTICS = ("largest", "smallest", "middle", "largest maximum", "smallest maximum")


def summaries(documents: Sequence[Sequence[Quantity]]) -> NDArray[np.float64]:
    """Return a vector for each document, [D, dimensions x (statistics + 1)].

    For each dimension it holds the natural logarithms, in SI, of the largest, the smallest and the middle
    number, and of the largest and the smallest that the words call a maximum, and one if there is any number.
    Numbers that are not positive are left out. What a document does not say is the mean of those that say it.

    Args:
        documents: the numbers of each.
    """
    rows = [np.concatenate([_of_dimension(one, name) for name in DIMENSIONS]) for one in documents]
    table = np.array(rows).reshape(len(rows), len(DIMENSIONS) * len(STATISTICS))
    said = ~np.isnan(table)
    means = np.where(said, table, 0.0).sum(axis=0) / np.maximum(said.sum(axis=0), 1)
    there = said[:, :: len(STATISTICS)].astype(np.float64)
    return np.concatenate([np.where(said, table, means), there], axis=1)


def _of_dimension(said: Sequence[Quantity], dimension: str) -> NDArray[np.float64]:
    values, extreme = [], []
    for quantity in said:
        value = quantity.number * quantity.unit.factor + quantity.unit.offset
        if quantity.unit.dimension == dimension and value > 0:
            values.append(value)
            extreme.append(quantity.extreme)
    if not values:
        return np.full(len(STATISTICS), np.nan)
    logs = np.log(values)
    maxima = logs[np.array(extreme)] if any(extreme) else np.full(1, np.nan)
    return np.array([logs.max(), logs.min(), float(np.median(logs)), maxima.max(), maxima.min()])
