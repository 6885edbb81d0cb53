"""What is asked of whole documents: is an image linked at all, and whose texts are these images'?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.metrics.checks import Booleans, Floats, Integers, require_finite, unit_rows
from training.metrics.links import grouped_auc
from training.metrics.pairs import own_pairs
from training.metrics.retrieval import Retrieval, score_retrieval

#: Documents whose images begin among as many are compared at once.
_IMAGES = 256


def orphan_auroc(scores: Floats, truth: Booleans, row_offsets: Integers, column_offsets: Integers) -> float:
    """Return how well an image's best score in its document tells linked images from orphans.

    Over all images of all documents; 0.5 is chance, and NaN where all are linked or none is.

    Args:
        scores: [Σ R_b C_b], in the order of `pairs.own_pairs`.
        truth: bool, of the same shape.
        row_offsets: int64 [B+1], of images.
        column_offsets: int64 [B+1], of texts.

    Raises:
        LooseleafError: if a score is not finite.
    """
    require_finite(scores, "link scores")
    rows, _, _ = own_pairs(row_offsets, column_offsets)
    count = int(row_offsets[-1])
    best = np.full(count, -np.inf)
    np.maximum.at(best, rows, scores)
    linked = np.bincount(rows, weights=truth, minlength=count) > 0
    asked = np.isfinite(best)
    best, linked = best[asked], linked[asked]
    if linked.all() or not linked.any():
        return float("nan")
    return float(grouped_auc(best, linked, np.zeros(len(best), np.int64), 1)[0])


def document_scores(
    images: Floats, texts: Floats, image_offsets: Integers, text_offsets: Integers
) -> NDArray[np.float64]:
    """Return the Chamfer similarity of every document's images with every document's texts, [B, B].

    That is half of the mean over images of their best cosine, and half of the same over texts. A document
    without images or texts scores zero with everything.
    """
    seen, read = unit_rows(images), unit_rows(texts)
    count = len(image_offsets) - 1
    has_images, has_texts = np.diff(image_offsets) > 0, np.diff(text_offsets) > 0
    scores = np.zeros((count, count))
    if not has_images.any() or not has_texts.any():
        return scores
    starts = text_offsets[:-1][has_texts]
    sizes = np.diff(text_offsets)[has_texts]
    asked = np.flatnonzero(has_images)
    first = image_offsets[asked] // _IMAGES
    for rows in np.split(asked, np.flatnonzero(np.diff(first)) + 1):
        begin, end = image_offsets[rows[0]], image_offsets[rows[-1] + 1]
        cosines = seen[begin:end] @ read.T
        own = image_offsets[rows] - begin
        best = np.maximum.reduceat(cosines, starts, axis=1)
        forth = np.add.reduceat(best, own, axis=0) / np.diff(image_offsets)[rows][:, None]
        back = np.add.reduceat(np.maximum.reduceat(cosines, own, axis=0), starts, axis=1) / sizes
        scores[np.ix_(rows, has_texts)] = (forth + back) / 2
    return scores


def document_retrieval(
    images: Floats,
    texts: Floats,
    image_offsets: Integers,
    text_offsets: Integers,
    ks: Sequence[int] = (1, 5, 10),
) -> Retrieval:
    """Find each document's texts, as a set, by its images, among all documents with both.

    Args:
        images: vectors [ΣM, d].
        texts: vectors [ΣN, d].
        image_offsets: int64 [B+1].
        text_offsets: int64 [B+1].
        ks: cut-offs.

    Raises:
        LooseleafError: if a vector is not finite.
    """
    require_finite(images, "image vectors")
    require_finite(texts, "text vectors")
    whole = (np.diff(image_offsets) > 0) & (np.diff(text_offsets) > 0)
    scores = document_scores(images, texts, image_offsets, text_offsets)[whole][:, whole]
    return score_retrieval(scores, np.eye(len(scores), dtype=bool), ks)
