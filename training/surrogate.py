"""How well vectors predict a number: ridge regression, cross-validated over families.

Vectors may come in blocks, such as those of images, of texts and of printed numbers. Each block weighs the
same before the regression looks at it, however wide it is: a few numbers would drown among many features.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storage.errors import LooseleafError
from training.metrics.checks import require_finite

Floats = NDArray[np.float64]

_FOLDS = 5
_PENALTIES = np.logspace(-5, 4, 28)
_LEAST_SCALE = 1e-12


@dataclass(frozen=True)
class Score:
    """R2 over several deals of the families to folds."""

    mean: float
    spread: float  # standard deviation over the deals


def repeated_r2(blocks: Sequence[Floats], target: Floats, families: list[str], deals: int = 5) -> Score:
    """Return the mean and the spread of `cross_validated_r2` over `deals` deals of the families to folds."""
    found = [cross_validated_r2(blocks, target, families, seed) for seed in range(deals)]
    return Score(float(np.mean(found)), float(np.std(found)))


def cross_validated_r2(blocks: Sequence[Floats], target: Floats, families: list[str], seed: int = 0) -> float:
    """Return R2 of a ridge regression on documents of families that it has not seen.

    Features are standardised, blocks weigh the same, and the penalty is chosen within each training part,
    there too on families that were held out: among siblings alone a small penalty would seem best. Without
    blocks it is R2 of the mean predictor, which is at most zero.

    Args:
        blocks: [n, d] each.
        target: [n].
        families: [n]; documents of one family are never on both sides.
        seed: deals the families to folds.

    Raises:
        LooseleafError: if a number is not finite, there are fewer than three families, or the target is
            constant.
    """
    for block in blocks:
        require_finite(block, "the features")
    features = np.concatenate([np.empty((len(target), 0)), *blocks], axis=1)
    # A column of zeros has no part in a block: documents that print no number of some kind say nothing of it.
    widths = [max(int((block.std(axis=0) > _LEAST_SCALE).sum()), 1) for block in blocks]
    weight = np.repeat([width**-0.5 for width in widths], [block.shape[1] for block in blocks])
    require_finite(target, "the target")
    owner = np.unique(np.asarray(families, dtype=np.str_), return_inverse=True)[1]
    if len(np.unique(owner)) < 3:
        raise LooseleafError(
            "A surrogate is chosen and tested on families of documents that it has not seen, and there are "
            "fewer than three: give documents of more families."
        )
    spread = float(((target - target.mean()) ** 2).sum())
    if spread == 0.0:
        raise LooseleafError("The target has the same value in every document: choose another column.")
    draw = np.random.default_rng(seed)
    missed = 0.0
    for test in _held_out(owner, draw):
        inner = np.zeros(len(_PENALTIES))
        x, y = features[~test], target[~test]
        for held in _held_out(owner[~test], draw):
            inner += ((ridge_predictions(x[~held], y[~held], x[held], weight) - y[held]) ** 2).sum(axis=1)
        predicted = ridge_predictions(x, y, features[test], weight)[int(inner.argmin())]
        missed += float(((target[test] - predicted) ** 2).sum())
    return 1.0 - missed / spread


def ridge_predictions(features: Floats, target: Floats, wanted: Floats, weight: Floats) -> Floats:
    """Return predictions [penalties, m] for `wanted` [m, d] by ridge regression on [n, d] and [n].

    The features are standardised, then multiplied by their `weight` [d]; the penalties run from 1e-5 to 1e4.
    """
    middle, mean = features.mean(axis=0), float(target.mean())
    scale = features.std(axis=0)
    scale[scale < _LEAST_SCALE] = 1.0
    scale /= weight
    left, singular, right = np.linalg.svd((features - middle) / scale, full_matrices=False)
    shrunk = singular / (singular**2 + _PENALTIES[:, None]) * (left.T @ (target - mean))
    return shrunk @ ((wanted - middle) / scale @ right.T).T + mean


def _held_out(owner: NDArray[np.int64], draw: np.random.Generator) -> list[NDArray[np.bool_]]:
    """Return which rows are held out in each fold; the rows of one owner together."""
    own, index = np.unique(owner, return_inverse=True)
    fold = draw.permutation(len(own)) % min(_FOLDS, len(own))
    return [fold[index] == number for number in range(int(fold.max()) + 1)]
