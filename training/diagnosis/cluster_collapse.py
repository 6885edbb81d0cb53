"""A few clusters, and nothing within them."""

from __future__ import annotations

import numpy as np

from training.diagnosis.complete_collapse import is_one_point
from training.diagnosis.finding import Finding, judged, worst
from training.diagnosis.measured import Space, thinned
from training.metrics.checks import Floats, unit_rows

#: Healthy runs have 0.9 to 1 here, ones with few dimensions 0.35 to 0.45, collapsed ones 0.09 to 0.15.
_SUSPECTED, _FOUND = 0.3, 0.2
#: Vectors nearer than this are one cluster.
_COSINE = 0.95
_MOST_UNITS = 600
_LEAST_UNITS = 20


def cluster_collapse(space: Space) -> Finding | None:
    """Look for vectors that sit on a few points (as prototypes do in Caron et al. 2021, "DINO").

    The value is the effective number of clusters of vectors (exp of the entropy of their sizes; a unit joins
    the first leader within a cosine of 0.95) as a share of what it could be, the lower of both modalities.
    It could be that of the centred encoder features, or, where that is less, that of normal vectors of the
    same mean and covariance: in few dimensions even evenly spread vectors lie close, which is dimensional
    collapse. Two documents of one topic, or all images of one document, have then the same vector.
    """
    findings = []
    for name, whole, of_encoder in space.modalities:
        vectors, features = thinned(whole, _MOST_UNITS), thinned(of_encoder, _MOST_UNITS)
        if len(vectors) < _LEAST_UNITS or not features.shape[-1] or is_one_point(vectors):
            continue
        of_features = effective_clusters(features - features.mean(axis=0), _COSINE)
        spread = effective_clusters(_normal_like(vectors), _COSINE)
        has = effective_clusters(vectors, _COSINE)
        findings.append(
            judged(
                "cluster_collapse",
                has / min(of_features, spread),
                _SUSPECTED,
                _FOUND,
                f"{len(vectors)} {name} fall into {has:.1f} clusters of equal vectors, "
                f"where the encoder's features have {of_features:.1f} and an even spread {spread:.1f}.",
                "Put several documents of one family into a batch as negatives of each other "
                "(ignore_families: false, mined order), and lower optimizer.lr.",
            )
        )
    return worst(findings)


def _normal_like(vectors: Floats) -> Floats:
    """Return normal vectors with the mean and covariance of unit vectors [n, d], always the same ones."""
    units = unit_rows(vectors)
    mean = units.mean(axis=0)
    drawn = np.random.default_rng(0).normal(size=(len(units), len(units)))
    even: Floats = drawn @ (units - mean) / len(units) ** 0.5 + mean
    return even


def effective_clusters(vectors: Floats, cosine: float) -> float:
    """Return exp(entropy of the cluster sizes), where a vector joins the first leader that is so near.

    Args:
        vectors: [n, d].
        cosine: from which on two are of one cluster.
    """
    units = unit_rows(vectors)
    near = units @ units.T >= cosine
    left = np.ones(len(units), dtype=bool)
    sizes = []
    for leader in range(len(units)):
        if left[leader]:
            members = left & near[leader]
            members[leader] = True
            sizes.append(int(members.sum()))
            left &= ~members
    shares = np.array(sizes) / len(units)
    return float(np.exp(-(shares * np.log(shares)).sum()))
