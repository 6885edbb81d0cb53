"""The weight of each part of an image unit: few numbers, not negative, learned without alignment labels.

An image's columns (the sections of its document) have the probabilities
p(i, c) = (1 - u) softmax_c Σ_p w_p z_p(i, c) + u / columns, where z_p are the scores of part p, less the
image's mean, in units of the document's spread. u = 0.2 is the share of images of which the parts are taken
to tell nothing: without it a few of them, whose words match elsewhere, would pull all weights down. The
weights maximise Σ_i Σ_c q(i, c) log p(i, c): q is the layout of training documents (order-aware) or a
self-made target (order-free), never a link. Being fitted by likelihood, the probabilities are calibrated as
far as the target is right; a self-made one is surer than it should be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from training.metrics.checks import Floats, Integers
from training.metrics.pairs import own_pairs
from training.metrics.problems import LinkProblem
from training.units.parts import Part, relative

#: Beyond this a part's word would be law.
_MOST = 8.0
#: Pulls weights to zero: a part that says nothing gets nothing. In images' worth of evidence.
_RIDGE = 0.5
_ROUNDS = 5
#: The share of images that nothing is told of.
_UNTOLD = 0.2


@dataclass(frozen=True)
class PartWeights:
    """What the relative scores of each part are multiplied by."""

    names: tuple[str, ...]
    weights: tuple[float, ...]  # 0 to 8

    def without(self, name: str) -> PartWeights:
        """Return the weights with one part left out."""
        kept = tuple(0.0 if own == name else w for own, w in zip(self.names, self.weights, strict=True))
        return PartWeights(self.names, kept)


def combined(problem: LinkProblem, parts: Sequence[Part], weights: PartWeights) -> NDArray[np.float64]:
    """Return Σ_p w_p z_p of every own pair; an image that has no part has zeros.

    Args:
        problem: its truth is not read.
        parts: in the order of the weights.
        weights: from `layout_weights` or `agreement_weights`.
    """
    total = np.zeros(len(problem.truth))
    for part, weight in zip(parts, weights.weights, strict=True):
        total += weight * relative(problem, part)
    return total


def log_likelihood(problem: LinkProblem, parts: Sequence[Part], weights: PartWeights) -> NDArray[np.float64]:
    """Return the logarithm of each column's share among those of the image's document, by `combined` alone.

    Within an image the order is that of `combined`. Among images it is how sure each is: what parts say of
    all columns alike, as words do that stand in each of them, no longer lifts an image above the others.
    """
    rows, _, _ = own_pairs(problem.image_offsets, problem.column_offsets)
    return _log_softmax(combined(problem, parts, weights), rows)


def link_probabilities(
    problem: LinkProblem, parts: Sequence[Part], weights: PartWeights
) -> NDArray[np.float64]:
    """Return the probability of each column among those of the image's document; each image's sum to one."""
    rows, _, _ = own_pairs(problem.image_offsets, problem.column_offsets)
    chosen = np.exp(_log_softmax(combined(problem, parts, weights), rows))
    columns = np.bincount(rows)[rows]
    return np.asarray((1 - _UNTOLD) * chosen + _UNTOLD / columns)


def layout_weights(problem: LinkProblem, parts: Sequence[Part], prior: Floats) -> PartWeights:
    """Learn the weights from the layout of training documents (order-aware).

    Args:
        problem: training documents.
        parts: of these documents.
        prior: [Σ images x columns], the layout's weight of each pair; a row's sum counts as its evidence.
    """
    rows, _, _ = own_pairs(problem.image_offsets, problem.column_offsets)
    found = _fitted(_said(problem, parts), rows, np.asarray(prior, dtype=np.float64))
    return PartWeights(_names(parts), tuple(found.tolist()))


def agreement_weights(problem: LinkProblem, parts: Sequence[Part]) -> PartWeights:
    """Learn the weights from the agreement of the parts (order-free): self-training, part by part.

    Each part is weighed by how well it tells which column the *other* parts choose, where these are sure:
    the pair is the best of its image and of its column, and weighs as much as its probability. The others
    choose by their own weights of the round before, so that a part cannot vouch for itself.
    """
    said = _said(problem, parts)
    rows, columns, _ = own_pairs(problem.image_offsets, problem.column_offsets)
    weights = np.ones(len(parts))
    for _ in range(_ROUNDS):
        found = np.zeros(len(parts))
        for index in range(len(parts)):
            others = np.delete(np.arange(len(parts)), index)
            target = _confident(weights[others] @ said[others], rows, columns)
            found[index] = _fitted(said[[index]], rows, target)[0]
        weights = found
    return PartWeights(_names(parts), tuple(weights.tolist()))


def _names(parts: Sequence[Part]) -> tuple[str, ...]:
    return tuple(part.name for part in parts)


def _said(problem: LinkProblem, parts: Sequence[Part]) -> NDArray[np.float64]:
    return np.stack([relative(problem, part) for part in parts])


def _fitted(said: NDArray[np.float64], rows: Integers, target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the most likely weights, [parts]."""
    columns = np.bincount(rows)[rows]

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        chosen = np.exp(_log_softmax(weights @ said, rows))
        mixed = (1 - _UNTOLD) * chosen + _UNTOLD / columns
        pulled = target * (1 - _UNTOLD) * chosen / mixed
        slope = said @ (np.bincount(rows, weights=pulled)[rows] * chosen - pulled)
        return (
            float(-(target @ np.log(mixed)) + _RIDGE / 2 * weights @ weights),
            np.asarray(slope + _RIDGE * weights),
        )

    start = np.full(len(said), 0.5)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.0, _MOST)] * len(said))
    return np.asarray(found.x)


def _confident(scores: NDArray[np.float64], rows: Integers, columns: Integers) -> NDArray[np.float64]:
    """Return the probability of pairs that are the only best one of their row and of their column, else 0."""
    best = np.ones(len(scores), dtype=bool)
    for groups in (rows, columns):
        top = np.full(int(groups.max(initial=-1)) + 1, -np.inf)
        np.maximum.at(top, groups, scores)
        best &= (scores == top[groups]) & (scores > 0)
    return np.where(best, np.exp(_log_softmax(scores, rows)), 0.0)


def _log_softmax(values: NDArray[np.float64], groups: Integers) -> NDArray[np.float64]:
    if not len(values):
        return values
    top = np.full(int(groups.max()) + 1, -np.inf)
    np.maximum.at(top, groups, values)
    shifted = values - top[groups]
    # By group after the sum: a group without values has no logarithm.
    return np.asarray(shifted - np.log(np.bincount(groups, weights=np.exp(shifted))[groups]))
