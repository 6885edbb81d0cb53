"""All vectors alike."""

from __future__ import annotations

import numpy as np

from training.diagnosis.finding import Finding, judged, worst
from training.diagnosis.measured import Space
from training.metrics.checks import unit_rows

_SUSPECTED, _FOUND = 0.8, 0.95


def complete_collapse(space: Space) -> Finding | None:
    """Look for a space in which every vector is the same (Chen and He 2021, "SimSiam", figure 2).

    The value is the mean cosine of two different vectors of one modality, the higher of both. Evenly spread
    vectors have about 0; the narrow cone of language encoders reaches 0.5 to 0.7 (Ethayarajh 2019). Vectors
    of length zero, of a head that died, count as all the same.
    """
    findings = []
    for name, vectors, _ in space.modalities:
        units = unit_rows(vectors)
        held = units[(units != 0).any(axis=1)]
        dead = not len(held)
        count = len(held)
        likeness = (
            float((np.square(held.sum(axis=0)).sum() - count) / (count * (count - 1)))
            if count > 1
            else np.nan
        )
        sentence = (
            f"all {name} have a vector of length zero."
            if dead
            else f"two {name} have a cosine of {likeness:.2f} on average; of distinct vectors it is near 0."
        )
        findings.append(
            judged(
                "complete_collapse",
                1.0 if dead else likeness,
                _SUSPECTED,
                _FOUND,
                sentence,
                "Lower optimizer.lr, and check that other documents of a batch are negatives.",
            )
        )
    return worst(findings)
