"""Vectors as points of a plane, neighbours kept together; and as clusters."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

#: Points that the plane is laid out by; the others are put where their nearest ones are.
LANDMARKS = 6000
_NEAREST = 5
_PERPLEXITY = 30
_FEWEST_CLUSTERS, _MOST_CLUSTERS = 3, 28


def plane(vectors: Floats, seed: int = 0) -> Floats:
    """Return a point of the plane for each of the vectors [n, d], within -1 and 1.

    Some vectors are laid out by t-SNE (openTSNE; Poličar et al., doi:10.18637/jss.v109.i03), the others
    among their nearest ones of those. The same vectors give the same points.
    """
    total = len(vectors)
    if total < 4:
        return np.stack([np.linspace(-0.5, 0.5, total), np.zeros(total)], axis=1).astype(np.float32)
    chosen = np.sort(np.random.default_rng(seed).permutation(total)[:LANDMARKS])
    laid_out = _tsne(vectors[chosen], seed)
    points = _among(vectors, vectors[chosen], laid_out) if len(chosen) < total else laid_out
    centred = points - points.mean(axis=0)
    return np.asarray(centred / max(float(np.abs(centred).max()), 1e-9), dtype=np.float32)


def clusters(vectors: Floats, seed: int = 0) -> npt.NDArray[np.int64]:
    """Return a cluster for each of the vectors [n, d], by k-means; the largest is number 0."""
    import faiss  # noqa: PLC0415 (heavy)

    total = len(vectors)
    number = int(np.clip(round((total / 2) ** 0.5), _FEWEST_CLUSTERS, _MOST_CLUSTERS))
    if total <= number:
        return np.zeros(total, dtype=np.int64)
    means = faiss.Kmeans(
        vectors.shape[1], number, niter=20, seed=seed + 1, min_points_per_centroid=1, verbose=False
    )
    means.train(vectors)
    _, found = means.index.search(vectors, 1)
    sizes = np.bincount(found[:, 0], minlength=number)
    rank = np.empty(number, dtype=np.int64)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(number)
    return rank[found[:, 0]]


def _tsne(vectors: Floats, seed: int) -> Floats:
    from openTSNE import TSNE  # noqa: PLC0415 (heavy)

    drawn: Any = TSNE(
        perplexity=min(_PERPLEXITY, max(1.0, (len(vectors) - 1) / 3)),
        metric="euclidean",
        neighbors="exact",
        negative_gradient_method="bh" if len(vectors) < 2000 else "fft",
        random_state=seed,
        n_jobs=1,
    ).fit(vectors)
    return np.asarray(drawn, dtype=np.float32)


def _among(vectors: Floats, landmarks: Floats, places: Floats) -> Floats:
    """Return the mean place of each vector's nearest landmarks, the nearer ones weighing more."""
    import faiss  # noqa: PLC0415 (heavy)

    index = faiss.IndexFlatL2(landmarks.shape[1])
    index.add(np.ascontiguousarray(landmarks))
    distances, nearest = index.search(np.ascontiguousarray(vectors), min(_NEAREST, len(landmarks)))
    weights = 1.0 / (distances + 1e-6)
    weights /= weights.sum(axis=1, keepdims=True)
    return np.asarray((places[nearest] * weights[:, :, None]).sum(axis=1), dtype=np.float32)
