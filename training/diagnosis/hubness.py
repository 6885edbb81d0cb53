"""A few texts near to everything."""

from __future__ import annotations

from training.diagnosis.finding import Finding, judged
from training.diagnosis.measured import Space, thinned
from training.metrics.hubs import hubs_of

_SUSPECTED, _FOUND = 0.4, 0.6
#: Images and texts below which a count of neighbours says nothing.
LEAST_UNITS = 30


def hubness(space: Space) -> Finding | None:
    """Look for hubs: texts among the nearest of most images (Radovanović et al. 2010, "Hubs in space").

    The value is the share of the images that have the most frequent text among their k nearest ones, k = 10
    or a tenth of the texts where there are fewer than 100; by chance it is k over the texts. The
    skewness of the k-occurrence is told beside it: it grows with the dimension, so that it is no verdict.
    """
    if len(space.texts) < LEAST_UNITS or len(space.images) < LEAST_UNITS:
        return None
    hubs = hubs_of(thinned(space.images), thinned(space.texts))
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
