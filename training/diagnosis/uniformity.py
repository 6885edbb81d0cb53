"""How evenly the sphere is filled."""

from __future__ import annotations

from training.diagnosis.finding import Finding, judged, worst
from training.diagnosis.measured import Space
from training.metrics.geometry import uniformity as uniformity_of

_SUSPECTED, _FOUND = -1.0, -0.4


def uniformity(space: Space) -> Finding | None:
    """Look for vectors that crowd on the sphere (Wang and Isola 2020).

    The value is log of the mean of exp(-2 distance²), the higher of both modalities: 0 if all vectors are
    the same, -4 for many dimensions evenly filled; trained encoders have -2 to -3.9.
    """
    findings = []
    for name, vectors, _ in space.modalities:
        value = uniformity_of(vectors)
        findings.append(
            judged(
                "uniformity",
                value,
                _SUSPECTED,
                _FOUND,
                f"the {name} have a uniformity of {value:.2f}; 0 is one point, -4 an even sphere.",
                "Use larger batches or harder negatives, and lower model.scale at the start.",
            )
        )
    return worst(findings)
