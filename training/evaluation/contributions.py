"""What each part of an image unit adds: all parts against all but one, document by document."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.evaluation.interval import Interval, bootstrap_interval
from training.metrics.links import document_auc_dc, told_apart
from training.metrics.problems import LinkProblem
from training.units.parts import Part
from training.units.weights import PartWeights, combined


def contributions(
    problem: LinkProblem, parts: Sequence[Part], weights: PartWeights, seed: int = 0
) -> dict[str, Interval]:
    """Return the AUC-dc that is lost without each part, with a bootstrap interval over documents.

    Documents whose links are but a prior of images and sections are left out: nothing is lost or won there.

    Args:
        problem: with the truth to measure against.
        parts: in the order of the weights.
        weights: of all parts; they stay as they are when one is left out.
        seed: of the documents that are drawn.
    """
    whole = _auc_dc(problem, parts, weights)
    return {
        part.name: bootstrap_interval(whole - _auc_dc(problem, parts, weights.without(part.name)), seed)
        for part in parts
    }


def _auc_dc(problem: LinkProblem, parts: Sequence[Part], weights: PartWeights) -> np.ndarray:
    scores = combined(problem, parts, weights)
    told = problem.truth, problem.image_offsets, problem.column_offsets
    return np.where(told_apart(*told), document_auc_dc(scores, *told), np.nan)
