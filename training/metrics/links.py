"""How well scores find a document's true links, with the order of the document hidden.

The metric of Hessel, Lee and Mimno 2019 ("Unsupervised Discovery of Multimodal Links in Multi-image,
Multi-sentence Documents"): flatten a document's matrix, skip documents with no link or all links, average
the documents' ROC AUC; p@1 is the truth of the highest score. AUC-dc is the AUC after the matrix was centred
by rows and columns: a score that only says which columns (long sections), or which rows, are linked often,
gets one half. Where the truth itself says no more than that (one image, or all images in one section), no
score gets anything else: `auc_dc_apart` leaves such documents out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.metrics.checks import Booleans, Floats, Integers, require_finite
from training.metrics.pairs import own_pairs

#: Differences below this share of a document's largest centred score are rounding, and count as ties.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class LinkMetrics:
    """Means over the documents that have some links and not all; NaN when there is none."""

    auc: float
    auc_dc: float  # after double centring
    auc_dc_apart: float  # the same, over the documents whose links tell their rows apart
    p_at_1: float  # truth of the document's highest score
    p_at_5: float  # mean truth of the five highest; of all, where there are fewer
    accuracy: float  # share of a document's linked rows whose highest score is a link
    documents: int  # that were measured
    apart: int  # of these, documents whose links tell their rows apart


def link_metrics(
    scores: Floats, truth: Booleans, row_offsets: Integers, column_offsets: Integers
) -> LinkMetrics:
    """Measure scores against links; ties count half (mid-ranks), so that a constant score gets an AUC of 0.5.

    Args:
        scores: [Σ R_b C_b], in the order of `pairs.own_pairs`.
        truth: bool, of the same shape.
        row_offsets: int64 [B+1], for instance of images.
        column_offsets: int64 [B+1], for instance of sections.

    Returns:
        The means over documents; every document counts once, whatever its size.

    Raises:
        LooseleafError: if a score is not finite.
    """
    require_finite(scores, "link scores")
    rows, columns, documents = own_pairs(row_offsets, column_offsets)
    count = len(row_offsets) - 1
    sizes = np.bincount(documents, minlength=count)
    links = np.bincount(documents, weights=truth, minlength=count)
    measured = (links > 0) & (links < sizes)
    wide = np.asarray(scores, dtype=np.float64)
    auc = grouped_auc(wide, truth, documents, count)
    auc_dc = grouped_auc(_centred(wide, rows, columns, documents), truth, documents, count)
    apart = measured & told_apart(truth, row_offsets, column_offsets)
    best = truth_of_highest(wide, truth, documents, count)
    linked_rows = np.bincount(rows, weights=truth, minlength=int(row_offsets[-1])) > 0
    row_best = truth_of_highest(wide, truth, rows, int(row_offsets[-1]))
    return LinkMetrics(
        auc=_mean(auc[measured]),
        auc_dc=_mean(auc_dc[measured]),
        auc_dc_apart=_mean(auc_dc[apart]),
        p_at_1=_mean(best[measured]),
        p_at_5=_mean(truth_of_best(wide, truth, documents, count, 5)[measured]),
        accuracy=_mean(_mean_by(row_best, linked_rows, row_offsets)[measured]),
        documents=int(measured.sum()),
        apart=int(apart.sum()),
    )


def document_auc_dc(
    scores: Floats, truth: Booleans, row_offsets: Integers, column_offsets: Integers
) -> NDArray[np.float64]:
    """Return AUC-dc of each document, [B]; NaN where it has no link, or nothing else.

    Args:
        scores: [Σ R_b C_b], in the order of `pairs.own_pairs`.
        truth: bool, of the same shape.
        row_offsets: int64 [B+1].
        column_offsets: int64 [B+1].

    Raises:
        LooseleafError: if a score is not finite.
    """
    require_finite(scores, "link scores")
    rows, columns, documents = own_pairs(row_offsets, column_offsets)
    count = len(row_offsets) - 1
    links = np.bincount(documents, weights=truth, minlength=count)
    auc = grouped_auc(_centred(scores, rows, columns, documents), truth, documents, count)
    return np.where((links > 0) & (links < np.bincount(documents, minlength=count)), auc, np.nan)


def told_apart(truth: Booleans, row_offsets: Integers, column_offsets: Integers) -> NDArray[np.bool_]:
    """Return for each document whether its links are more than a prior of rows and columns, bool [B].

    Args:
        truth: bool [Σ R_b C_b], in the order of `pairs.own_pairs`.
        row_offsets: int64 [B+1].
        column_offsets: int64 [B+1].
    """
    rows, columns, documents = own_pairs(row_offsets, column_offsets)
    left = np.abs(_centred(truth.astype(np.float64), rows, columns, documents))
    return np.bincount(documents, weights=left, minlength=len(row_offsets) - 1) > 0


def grouped_auc(scores: Floats, truth: Booleans, groups: Integers, count: int) -> NDArray[np.float64]:
    """Return the ROC AUC of each group of scores, [count]; 0.5 where a group has one class only.

    Args:
        scores: [n], finite.
        truth: bool [n].
        groups: int64 [n], from 0 to count - 1.
        count: number of groups.
    """
    order = np.lexsort((scores, groups))
    group, score, true = groups[order], scores[order], truth[order].astype(np.float64)
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = (group[1:] != group[:-1]) | (score[1:] != score[:-1])
    tie = np.cumsum(begins) - 1
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(order)) if len(first) else first
    middle = (first + last + 1) / 2
    group_begin = np.searchsorted(group, np.arange(count))
    ranks = middle[tie] - group_begin[group]
    positives = np.bincount(group, weights=true, minlength=count)
    negatives = np.bincount(group, minlength=count) - positives
    rank_sum = np.bincount(group, weights=ranks * true, minlength=count)
    pairs = positives * negatives
    return np.where(
        pairs > 0, (rank_sum - positives * (positives + 1) / 2) / np.where(pairs > 0, pairs, 1), 0.5
    )


def truth_of_highest(scores: Floats, truth: Booleans, groups: Integers, count: int) -> NDArray[np.float64]:
    """Return the mean truth of each group's highest scores, [count]: one, unless several are equal."""
    top = np.full(count, -np.inf)
    np.maximum.at(top, groups, scores)
    highest = scores == top[groups]
    tied = np.bincount(groups, weights=highest, minlength=count)
    return np.bincount(groups, weights=highest & truth, minlength=count) / np.maximum(tied, 1)


def truth_of_best(
    scores: Floats, truth: Booleans, groups: Integers, count: int, k: int
) -> NDArray[np.float64]:
    """Return the mean truth of each group's k highest scores (of all, if it has fewer), [count].

    What is level with the last place shares what is left of the k places, so that no order wins anything.
    """
    sizes = np.bincount(groups, minlength=count)
    places = np.minimum(sizes, k)
    order = np.lexsort((-scores, groups))
    begins = np.cumsum(sizes) - sizes
    last = np.full(count, np.inf)
    held = sizes > 0
    last[held] = scores[order][(begins + places - 1)[held]]
    above, level = scores > last[groups], scores == last[groups]

    def counted(chosen: Booleans) -> NDArray[np.float64]:
        counts = np.bincount(groups, weights=chosen, minlength=count)
        return counts.astype(np.float64)

    left = (places - counted(above)) / np.maximum(counted(level), 1)
    return (counted(above & truth) + left * counted(level & truth)) / np.maximum(places, 1)


def _centred(scores: Floats, rows: Integers, columns: Integers, documents: Integers) -> Floats:
    """Subtract row and column means of each document's matrix, in steps of its rounding."""
    centred = scores.astype(np.float64)
    for groups in (rows, columns):
        means = np.bincount(groups, weights=centred) / np.maximum(np.bincount(groups), 1)
        centred = centred - means[groups]
    largest = np.zeros(int(documents.max(initial=-1)) + 1)
    np.maximum.at(largest, documents, np.abs(scores))
    step = np.where(largest > 0, largest, 1.0) * _ROUNDING
    return np.round(centred / step[documents])


def _mean_by(values: Floats, counted: Booleans, offsets: Integers) -> Floats:
    groups = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    totals = np.bincount(groups, weights=values * counted, minlength=len(offsets) - 1)
    return totals / np.maximum(np.bincount(groups, weights=counted, minlength=len(offsets) - 1), 1)


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else float("nan")
