"""Finding the right thing in the whole corpus: ties win nothing, and there may be several right answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from training.metrics.checks import Booleans, Floats, Integers, require_finite, unit_rows
from training.metrics.pairs import own_pairs
from training.metrics.problems import LinkProblem, column_vectors

#: Scores held at once.
_BLOCK = 1 << 22
#: Scores are rounded to this many decimals, so that equal vectors tie in whatever order they were multiplied.
_DECIMALS = 9


@dataclass(frozen=True)
class Retrieval:
    """Over the queries that have a right answer at all; NaN when there is none."""

    recall: dict[int, float]  # at k: some right answer is among the k best
    median_rank: float  # of the best right answer, from 1; ties count as the middle of their ranks
    queries: int


def corpus_retrieval(
    queries: Floats,
    targets: Floats,
    positives: tuple[Integers, Integers],
    ks: Sequence[int] = (1, 5, 10),
) -> Retrieval:
    """Rank all targets for each query by cosine.

    Equal scores are put in a random order, in expectation: a constant encoder gets the recall of chance.

    Args:
        queries: vectors [Q, d]; a zero row scores zero with everything.
        targets: vectors [T, d].
        positives: query indices and target indices of the right answers, int64 [P] each.
        ks: cut-offs.

    Raises:
        LooseleafError: if a vector is not finite.
    """
    require_finite(queries, "query vectors")
    require_finite(targets, "target vectors")
    asked = np.unique(positives[0])
    if not len(asked):
        return Retrieval({k: float("nan") for k in ks}, float("nan"), 0)
    of_query = np.searchsorted(asked, positives[0])
    order = np.argsort(of_query, kind="stable")
    of_query, right = of_query[order], positives[1][order]
    seen, found = unit_rows(queries)[asked], unit_rows(targets)
    step = max(_BLOCK // max(len(found), 1), 1)
    parts = []
    for start in range(0, len(asked), step):
        scores = np.round(seen[start : start + step] @ found.T, _DECIMALS)
        low, high = np.searchsorted(of_query, [start, start + len(scores)])
        is_right = np.zeros(scores.shape, dtype=bool)
        is_right[of_query[low:high] - start, right[low:high]] = True
        parts.append(_standing(scores, is_right))
    return _retrieval(np.concatenate(parts, axis=1), ks)


def score_retrieval(scores: Floats, is_right: Booleans, ks: Sequence[int] = (1, 5, 10)) -> Retrieval:
    """Rank targets by given scores; see `corpus_retrieval`.

    Args:
        scores: [Q, T].
        is_right: [Q, T]; queries without a right answer are not asked.
        ks: cut-offs.

    Raises:
        LooseleafError: if a score is not finite.
    """
    require_finite(scores, "retrieval scores")
    asked = is_right.any(axis=1)
    if not asked.any():
        return Retrieval({k: float("nan") for k in ks}, float("nan"), 0)
    return _retrieval(_standing(np.round(scores[asked], _DECIMALS), is_right[asked]), ks)


def _retrieval(standing: Floats, ks: Sequence[int]) -> Retrieval:
    above, tied_wrong, tied_right = standing
    ranks = 1 + above + tied_wrong / (tied_right + 1)
    recall = {k: float(_hit(k, above, tied_wrong, tied_right).mean()) for k in ks}
    return Retrieval(recall, float(np.median(ranks)), len(above))


def problem_retrieval(
    problem: LinkProblem, images: Floats, texts: Floats, ks: Sequence[int] = (1, 5, 10)
) -> tuple[Retrieval, Retrieval]:
    """Find an image's columns (texts, captions, sections) among all documents' ones, and the reverse.

    Args:
        problem: whose true links are the right answers.
        images: vectors [ΣM, d].
        texts: vectors [ΣN, d].
        ks: cut-offs.

    Returns:
        Image to column, and column to image.
    """
    rows, columns, _ = own_pairs(problem.image_offsets, problem.column_offsets)
    rows, columns = rows[problem.truth], columns[problem.truth]
    vectors = column_vectors(problem, texts)
    return (
        corpus_retrieval(images, vectors, (rows, columns), ks),
        corpus_retrieval(vectors, images, (columns, rows), ks),
    )


def _standing(scores: Floats, is_right: Booleans) -> NDArray[np.float64]:
    """Count what is above the best right answer, and what is level with it, wrong and right: [3, q]."""
    best = np.where(is_right, scores, -np.inf).max(axis=1, keepdims=True)
    level = scores == best
    right = (level & is_right).sum(axis=1)
    return np.stack([(scores > best).sum(axis=1), level.sum(axis=1) - right, right]).astype(np.float64)


def _hit(k: int, above: Floats, wrong: Floats, right: Floats) -> Floats:
    """Chance that one of the `right` is among the k best, when all that is level comes in random order."""
    places = np.minimum(np.maximum(k - above, 0), wrong)
    none_right = _log_choose(wrong, places) - _log_choose(wrong + right, places)
    return np.where(k - above > wrong, 1.0, -np.expm1(none_right))


def _log_choose(n: Floats, k: Floats) -> Floats:
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
