"""The scores of one part of an image unit, made comparable with those of the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.metrics.checks import Booleans, Floats
from training.metrics.pairs import own_pairs
from training.metrics.problems import LinkProblem

#: Differences below this share of the scores themselves are rounding.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Part:
    """What one part says of all own pairs, in the order of `pairs.own_pairs`."""

    name: str
    scores: Floats  # [Σ images x columns]
    held: Booleans  # [ΣM], which images have this part at all


def relative(problem: LinkProblem, part: Part) -> NDArray[np.float64]:
    """Return a part's scores less their mean over the image's columns, in units of their document's spread.

    The spread is the root mean square over what the part says of the document. Pairs of an image without the
    part are zero, and so is a part that says the same of all columns: a missing part moves no column against
    another, and lifts no image above or below the others.
    """
    rows, _, documents = own_pairs(problem.image_offsets, problem.column_offsets)
    held = part.held[rows]
    values = np.where(held, part.scores, 0.0).astype(np.float64)
    means = np.bincount(rows, weights=values) / np.maximum(np.bincount(rows), 1)
    values -= means[rows]
    values[np.abs(values) <= _ROUNDING * np.abs(means[rows])] = 0.0
    said = np.bincount(documents, weights=values != 0)
    spread = np.sqrt(np.bincount(documents, weights=values**2) / np.maximum(said, 1))
    return np.asarray(values / np.where(spread > 0, spread, 1.0)[documents])
