"""What each part of an image unit adds: all parts against all but one, document by document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.metrics.links import document_auc_dc
from training.metrics.problems import LinkProblem
from training.units.parts import Part
from training.units.weights import PartWeights, combined

_DRAWS = 1000


@dataclass(frozen=True)
class Contribution:
    """AUC-dc lost without a part: mean over documents and 95 % interval; NaN where none is measured."""

    mean: float
    low: float
    high: float


def contributions(
    problem: LinkProblem, parts: Sequence[Part], weights: PartWeights, seed: int = 0
) -> dict[str, Contribution]:
    """Return each part's own contribution, with a bootstrap interval over documents.

    Args:
        problem: with the truth to measure against.
        parts: in the order of the weights.
        weights: of all parts; they stay as they are when one is left out.
        seed: of the documents that are drawn.
    """
    whole = _auc_dc(problem, parts, weights)
    random = np.random.default_rng(seed)
    found = {}
    for part in parts:
        lost = whole - _auc_dc(problem, parts, weights.without(part.name))
        lost = lost[~np.isnan(lost)]
        if not len(lost):
            found[part.name] = Contribution(*[float("nan")] * 3)
            continue
        drawn = lost[random.integers(len(lost), size=(_DRAWS, len(lost)))].mean(axis=1)
        low, high = np.quantile(drawn, [0.025, 0.975]).tolist()
        found[part.name] = Contribution(float(lost.mean()), low, high)
    return found


def _auc_dc(problem: LinkProblem, parts: Sequence[Part], weights: PartWeights) -> np.ndarray:
    scores = combined(problem, parts, weights)
    return document_auc_dc(scores, problem.truth, problem.image_offsets, problem.column_offsets)
