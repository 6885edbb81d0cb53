"""The scores of one part of an image unit, made comparable with those of the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.metrics.checks import Booleans, Floats
from training.metrics.pairs import own_pairs
from training.metrics.problems import LinkProblem


@dataclass(frozen=True)
class Part:
    """What one part says of all own pairs, in the order of `pairs.own_pairs`."""

    name: str
    scores: Floats  # [Σ images x columns]
    held: Booleans  # [ΣM], which images have this part at all


def relative(problem: LinkProblem, part: Part) -> NDArray[np.float64]:
    """Return a part's scores less their mean over the document's pairs that have the part.

    Pairs of an image without the part are zero, and so is all that a part says of its document as a whole:
    a missing part moves no column against another, and lifts no image above or below the others.
    """
    rows, _, documents = own_pairs(problem.image_offsets, problem.column_offsets)
    held = part.held[rows]
    values = np.where(held, part.scores, 0.0).astype(np.float64)
    means = np.bincount(documents, weights=values) / np.maximum(np.bincount(documents, weights=held), 1)
    return np.where(held, values - means[documents], 0.0)


def spread(values: Floats) -> float:
    """Return the root mean square of the values that are not zero; one where there is none.

    Measured once, on training documents: dividing by it makes parts comparable, and keeps what one document
    says more clearly than another.
    """
    said = values[values != 0]
    return float(np.sqrt(np.mean(np.square(said)))) if len(said) else 1.0
