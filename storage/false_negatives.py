"""Which mined negatives may be false ones: a probability from features of encoders that nobody trains here.

A document that was published twice is no negative of itself under another name. Two documents are compared by
the best partner of each image and of each text. A logistic regression weighs both likenesses; it is fitted on
pairs that are known to be one (a document against a copy of it, of which some members are left out on either
side) and on documents drawn at random.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

#: Documents that an estimate is fitted on, and the fewest that it can be fitted on.
MOST, LEAST = 256, 8
_STRANGERS = 4  # that a document is compared with
_KEPT = 0.7  # share of the members that each of two copies keeps
_RIDGE = 1e-3
_ROUNDS = 50


@dataclass(frozen=True)
class Features:
    """A document to encoders that are not trained: rows of unit length, either may have none."""

    images: Floats  # [M, D]
    texts: Floats  # [N, E]


@dataclass(frozen=True)
class Estimate:
    """The probability that two documents are one, where both were equally likely before one looks."""

    intercept: float
    weights: tuple[float, float]  # of the likeness of images and of texts, neither negative
    means: tuple[float, float]  # what stands for a likeness that is not known

    def probability(self, likeness: Floats) -> NDArray[np.float64]:
        """Return the probability, [P], for each pair's `likeness` [P, 2]."""
        known = np.where(np.isnan(likeness), 0.0, likeness - np.array(self.means))
        return _sigmoid(self.intercept + known @ np.array(self.weights))


def features(images: Floats, texts: Floats) -> Features:
    """Return a document by its vectors [M, D] and [N, E]; those that are zero or not finite are left out."""
    return Features(_units(images), _units(texts))


def likeness(first: Features, second: Features) -> tuple[float, float]:
    """Return how alike two documents are, by images and by texts: the mean cosine of a member's best partner.

    Both sides count the same; NaN where one of them has no member.
    """
    return _best(first.images, second.images), _best(first.texts, second.texts)


def fit_estimate(documents: Sequence[Features], seed: int = 0) -> Estimate | None:
    """Return the estimate for such documents; None for fewer than 8, or where all are equally alike.

    Args:
        documents: of which some are drawn.
        seed: of what is drawn.
    """
    draw = np.random.default_rng(seed)
    chosen = [documents[index] for index in draw.permutation(len(documents))[:MOST]]
    if len(chosen) < LEAST:
        return None
    copies = [likeness(_copy(document, draw), _copy(document, draw)) for document in chosen]
    strangers = [
        likeness(document, chosen[(index + int(step)) % len(chosen)])
        for index, document in enumerate(chosen)
        for step in draw.integers(1, len(chosen), _STRANGERS)
    ]
    return _fit(np.array(copies), np.array(strangers))


def _fit(copies: Floats, strangers: Floats) -> Estimate | None:
    """Fit by Newton's method; targets short of 0 and 1 keep the weights finite (Platt 1999)."""
    found = np.concatenate([copies, strangers])
    held = ~np.isnan(found).all(axis=0)
    means = np.where(held, np.nanmean(np.where(held, found, 0.0), axis=0), 0.0)
    values = np.where(np.isnan(found), 0.0, found - means)
    spread = values.std(axis=0)
    used = spread > 1e-6
    targets = np.repeat(
        [(len(copies) + 1) / (len(copies) + 2), 1 / (len(strangers) + 2)], [len(copies), len(strangers)]
    )
    # Both kinds weigh the same, however many pairs there are of each.
    shares = np.repeat([0.5 / len(copies), 0.5 / len(strangers)], [len(copies), len(strangers)]) * len(found)
    while True:
        scaled = values[:, used] / spread[used]
        solution = _newton(np.column_stack([np.ones(len(found)), scaled]), targets, shares)
        if (solution[1:] >= 0).all():
            break
        # More alike cannot mean less likely the same: what says so only leans on the other one.
        used[np.flatnonzero(used)[np.argmin(solution[1:])]] = False
    if not used.any():
        return None
    weights = np.zeros(2)
    weights[used] = solution[1:] / spread[used]
    return Estimate(float(solution[0]), (weights[0], weights[1]), (float(means[0]), float(means[1])))


def _newton(design: Floats, targets: Floats, shares: Floats) -> NDArray[np.float64]:
    ridge = _RIDGE * len(design) * np.diag([0.0] + [1.0] * (design.shape[1] - 1))
    solution = np.zeros(design.shape[1])
    for _ in range(_ROUNDS):
        guess = _sigmoid(design @ solution)
        gradient = design.T @ (shares * (guess - targets)) + ridge @ solution
        curvature = (design * (shares * guess * (1 - guess))[:, None]).T @ design + ridge
        step = np.linalg.solve(curvature + 1e-9 * np.eye(len(solution)), gradient)
        solution = solution - step
        if np.abs(step).max() < 1e-8:
            break
    return solution


def _copy(document: Features, draw: np.random.Generator) -> Features:
    return Features(_some(document.images, draw), _some(document.texts, draw))


def _some(rows: Floats, draw: np.random.Generator) -> Floats:
    kept = draw.random(len(rows)) < _KEPT
    if len(rows) and not kept.any():
        kept[draw.integers(len(rows))] = True
    return rows[kept]


def _best(first: Floats, second: Floats) -> float:
    if not len(first) or not len(second):
        return float("nan")
    cosines = first @ second.T
    return float((cosines.max(axis=1).mean() + cosines.max(axis=0).mean()) / 2)


def _units(vectors: Floats) -> Floats:
    norms = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    good = (np.isfinite(norms) & (norms > 0))[:, 0]
    return np.asarray(vectors[good] / norms[good], dtype=np.float32)


def _sigmoid(values: Floats) -> NDArray[np.float64]:
    return np.asarray(0.5 * (1 + np.tanh(values / 2)), dtype=np.float64)
