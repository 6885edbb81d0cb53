"""All vectors alike."""

from __future__ import annotations

import numpy as np

from training.diagnosis.finding import Finding, judged, worst
from training.diagnosis.measured import Space
from training.metrics.checks import Floats, unit_rows

#: Healthy runs have 0.01 to 0.25 here, encoders that were never trained 0.6, a collapsed triplet loss 1.00.
_SUSPECTED, _FOUND = 0.8, 0.95


def complete_collapse(space: Space) -> Finding | None:
    """Look for a space in which every vector is the same (Chen and He 2021, "SimSiam", figure 2).

    The value is the mean cosine of two different vectors of one modality, the higher of both. Evenly spread
    vectors have about 0; the narrow cone of language encoders reaches 0.5 to 0.7 (Ethayarajh 2019). Vectors
    of length zero, of a head that died, count as all the same.
    """
    findings = []
    for name, vectors, _ in space.modalities:
        likeness = mean_cosine(vectors)
        sentence = (
            f"all {name} have a vector of length zero."
            if not vectors.any()
            else f"two {name} have a cosine of {likeness:.2f} on average; of distinct vectors it is near 0."
        )
        findings.append(
            judged(
                "complete_collapse",
                likeness,
                _SUSPECTED,
                _FOUND,
                sentence,
                "Lower optimizer.lr, and check that other documents of a batch are negatives.",
            )
        )
    return worst(findings)


def mean_cosine(vectors: Floats) -> float:
    """Return the mean cosine of two different vectors [n, d]; 1 if all are zero, NaN if only one is not."""
    units = unit_rows(vectors)
    held = units[(units != 0).any(axis=1)]
    count = len(held)
    if not count:
        return 1.0
    if count == 1:
        return float("nan")
    return float((np.square(held.sum(axis=0)).sum() - count) / (count * (count - 1)))


def is_one_point(vectors: Floats) -> bool:
    """Say whether vectors [n, d] are all the same: that has a name, and their clusters and hubs have none."""
    return mean_cosine(vectors) >= _FOUND
