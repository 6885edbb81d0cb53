"""Hubs: things that are near to very many others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.metrics.checks import Floats, require_finite, unit_rows


@dataclass(frozen=True)
class Hubs:
    """How often targets are among the k nearest of the queries."""

    neighbours: int  # k
    occurrences: NDArray[np.float64]  # [m], by how many queries each target is held among their k nearest
    skewness: float  # of the k-occurrence over the targets (Radovanović et al. 2010); 0 where all are equal
    largest_share: float  # of the queries, that have the most frequent target among their k nearest


def hubs_of(queries: Floats, targets: Floats, most: int = 10) -> Hubs:
    """Count k-occurrences, by cosine; k is `most`, or a tenth of the targets where these are few.

    Where targets are level at the k-th place, each counts in part, so that a constant target has no luck.

    Args:
        queries: vectors [n, d].
        targets: vectors [m, d].
        most: the highest k.

    Raises:
        LooseleafError: if a number is not finite.
    """
    require_finite(queries, "query vectors")
    require_finite(targets, "target vectors")
    k = max(1, min(most, len(targets) // 10))
    scores = np.round(unit_rows(queries) @ unit_rows(targets).T, 9)
    limit = -np.partition(-scores, k - 1, axis=1)[:, k - 1 : k]
    above, level = scores > limit, scores == limit
    part = (k - above.sum(axis=1, keepdims=True)) / level.sum(axis=1, keepdims=True)
    counts = (above + part * level).sum(axis=0)
    spread = counts.std()
    skewness = float((((counts - counts.mean()) / spread) ** 3).mean()) if spread > 0 else 0.0
    return Hubs(k, counts, skewness, float(counts.max() / len(queries)))
