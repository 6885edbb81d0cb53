"""A few texts near to everything."""

from __future__ import annotations

import numpy as np

from training.diagnosis.complete_collapse import is_one_point
from training.diagnosis.finding import Finding, judged
from training.diagnosis.measured import Space, thinned
from training.metrics.hubs import Hubs, hubs_of

#: Healthy runs have 0.1 to 0.35 here, and 0.41 where two documents of five are of one topic.
_SUSPECTED, _FOUND = 0.45, 0.5
#: Images and texts below which a count of neighbours says nothing.
_LEAST_UNITS = 30


def hubness(space: Space) -> Finding | None:
    """Look for hubs: texts among the nearest of most images (Radovanović et al. 2010, "Hubs in space").

    The value is the share of the images that have the most frequent text among their k nearest ones, k = 10
    or a tenth of the texts where there are fewer than 100; by chance it is k over the texts. A text that
    stands in many documents is one. The skewness of the k-occurrence is told beside it: it grows with the
    dimension, so that it is no verdict. Where all images are one point there are no hubs.
    """
    hubs = None if is_one_point(space.images) else hubs_in(space)
    if hubs is None:
        return None
    return judged(
        "hubness",
        hubs.largest_share,
        _SUSPECTED,
        _FOUND,
        f"one text is among the {hubs.neighbours} nearest of {100 * hubs.largest_share:.0f} % of the images "
        f"(skewness of the k-occurrence {hubs.skewness:.1f}).",
        "Remove boilerplate texts, centre the features, or rank by a similarity corrected for hubs "
        "(inverted softmax, CSLS).",
    )


def hubs_in(space: Space) -> Hubs | None:
    """Count how often each distinct text is among the nearest of the images; None where there are too few."""
    images, texts = thinned(space.images), thinned(space.texts)
    distinct = np.unique(np.round(texts, 6), axis=0)
    if len(distinct) < _LEAST_UNITS or len(images) < _LEAST_UNITS:
        return None
    return hubs_of(images, distinct)
